/** A gateway as several processes: what the primary puts together, and what each worker does. */
import cluster from 'node:cluster'
import { once } from 'node:events'
import type { Config } from '../../config/config.ts'
import { observationServer } from '../../observe/health.ts'
import { type Service, type ServiceOptions, startService } from '../gateway-service.ts'
import { adviseOnAddress, type Signals, untilToldToStop } from '../running.ts'
import { openObservationTls } from '../tls-files.ts'
import { poolObservation } from './pool-observation.ts'
import type { Seat } from './seat.ts'
import {
  hearPrimary,
  type Ports,
  reportMarkupDiffers,
  type Subject,
  type WorkerReport,
} from './worker-line.ts'
import { WorkerPool, type WorkerPoolOptions } from './worker-pool.ts'

/** The workers of a gateway, running. */
export interface RunningWorkers {
  readonly ports: Ports & { readonly observation: number }
  reload(): void
  stop(): Promise<void>
}

/** What a worker may take beyond its drain: its last report to the store, and closing it. */
const GRACE_MS = 5_000

/** In the primary: starts the workers and answers for all of them; settles once all listen. */
export async function startWorkers(config: Config, options: WorkerPoolOptions): Promise<RunningWorkers> {
  cluster.schedulingPolicy = cluster.SCHED_RR
  const pool = new WorkerPool(options)
  let isDraining = false
  const tls = await openObservationTls(config, options.log)
  const observation = observationServer(
    poolObservation(pool, () => isDraining),
    tls?.create,
  )
  const stop = async () => {
    isDraining = true
    await pool.stop(config.limits.drainNoticeMs + config.drainMs + GRACE_MS)
    observation.close()
    observation.closeAllConnections()
    tls?.close()
  }
  try {
    const { host, port } = config.control.listen
    await once(observation.listen(port, host), 'listening').catch((error) =>
      adviseOnAddress(error, 'control.listen'),
    )
    const ports = await pool.start().catch(couldNotStart)
    const reload = () => {
      pool.reload()
      void tls?.refresh()
    }
    const address = observation.address()
    const observed = typeof address === 'object' ? (address?.port ?? 0) : 0
    return { ports: { ...ports, observation: observed }, reload, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function couldNotStart(cause: Error): never {
  throw new Error(`${cause.message}; why is written above`)
}

export interface WorkerOptions extends ServiceOptions {
  readonly seat: Seat
}

/** In a worker: carries messages until it is told to stop, or its primary is gone. */
export async function serveAsWorker(signals: Signals, options: WorkerOptions): Promise<void> {
  const told = Promise.race([untilToldToStop(signals), untilPrimaryIsGone()])
  try {
    await serveUntil(told, signals, options)
  } finally {
    // The channel to the primary would keep the process up.
    if (process.connected) process.disconnect()
  }
}

async function serveUntil(told: Promise<string>, signals: Signals, options: WorkerOptions): Promise<void> {
  const { log } = options
  const service = await startService({ ...options, onMarkupDiffers: reportMarkupDiffers }).catch((error) =>
    adviseOnAddress(error, 'southbound.listen'),
  )
  signals.onSignal('SIGHUP', () => void service.reload())
  hearPrimary(service.gateway.ports, {
    report: (on) => reportOf(service, on),
    onMarkupDiffers() {
      service.gateway.readStrictly()
      log.warn('learned markup was wrong in a worker; this one reads every message strictly')
    },
  })
  log.info({ pid: process.pid, flags: service.flags.status().state }, 'the worker listens')
  log.info({ signal: await told }, 'draining')
  await service.stop()
  log.info('stopped')
}

/** Without this Node ends a worker at once when its primary has gone, in the middle of its messages. */
async function untilPrimaryIsGone(): Promise<string> {
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true
  await once(process, 'disconnect')
  return 'the primary is gone'
}

async function reportOf({ gateway }: Service, on: Subject): Promise<WorkerReport> {
  const readiness = gateway.readiness()
  return on === 'readiness' ? { readiness } : { readiness, metrics: await gateway.metrics.snapshot() }
}
