/** C9, L8 and L9: workers that follow flags each by itself, a control plane that stands still, a worker that fails. */
import { Agent } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { instantOf } from '../../../src/core/device/device.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { deviceKey } from '../../../test/support/plans.ts'
import { restrict } from '../../../test/support/restrict.ts'
import type { StubPeer } from '../../../test/support/stub-dsp.ts'
import { besideEachOther, isUnmoved, type Sending, textOfBeside } from '../beside.ts'
import { deviceOf, readOf } from '../messages.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { msUntil, newFolder, PATIENCE_MS, quantile, ServedGateway } from '../served-gateway.ts'
import { startDsp } from '../upstream.ts'
import { withSupplier } from '../with-supplier.ts'

const WORKERS = 4
/** How many times as late as the soonest worker the latest may be, each by its median. */
const LATER = 4

/** A flag is set, and every worker is asked until it goes by it. */
export async function workersInStep(scope: ProbeScope): Promise<Seen> {
  const dsp = await startDsp(scope)
  const folder = newFolder(scope)
  const settings = [`workers=${WORKERS}`, `southbound.dspUrl=${dsp.url.origin}`]
  const gateway = await ServedGateway.start(scope, { folder, settings })
  const store = openSqliteStore({ file: join(folder, 'duisgate.db') })
  scope.teardown(() => store.close())
  const agents = await oneForEachWorker(scope, gateway)
  const times = agents.map((): number[] => [])
  const changes = scope.isQuick ? 3 : 20
  for (let change = 0; change < changes; change++) {
    const eui = deviceOf(100 + change)
    await restrict(store, [deviceKey(eui)], instantOf(0))
    const all = agents.map((agent) =>
      msUntil(PATIENCE_MS, async () => (await gateway.send(readOf(eui), agent)).status === 200),
    )
    for (const [worker, ms] of (await Promise.all(all)).entries())
      times[worker]?.push(ms ?? Number.POSITIVE_INFINITY)
  }
  const halves = times.map((ofWorker) => quantile(ofWorker, 0.5))
  const [soonest, latest] = [Math.min(...halves), Math.max(...halves)]
  return {
    holds: times.flat().every(Number.isFinite) && latest <= LATER * soonest,
    figure: `${changes} flags at ${WORKERS} workers: half within ${soonest.toFixed(0)} ms at the soonest worker and ${latest.toFixed(0)} ms at the latest, each after at most ${Math.max(...times.flat()).toFixed(0)} ms`,
  }
}

/** Connections are given out in turn, so as many as there are workers, opened one after the other, reach each. */
async function oneForEachWorker(scope: ProbeScope, gateway: ServedGateway): Promise<readonly Agent[]> {
  const agents = Array.from({ length: WORKERS }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
  scope.teardown(() => {
    for (const agent of agents) agent.destroy()
  })
  for (const agent of agents) await gateway.send(readOf(deviceOf(1)), agent)
  return agents
}

const STILL_MS = 2_000

/** The process of page and API is stopped for two seconds, as a busy loop in it would stop it. */
export async function stillControlPlane(scope: ProbeScope): Promise<Seen> {
  const [stopped, alone] = [await withSupplier(scope), await withSupplier(scope)]
  const [suffering, other] = [sendingTo(stopped.gateway), sendingTo(alone.gateway)]
  await besideEachOther(suffering, other, pause(STILL_MS / 2))
  process.kill(stopped.planePid, 'SIGSTOP')
  const beside = await besideEachOther(suffering, other, pause(STILL_MS))
  process.kill(stopped.planePid, 'SIGCONT')
  return { holds: isUnmoved(beside), figure: textOfBeside(beside) }
}

function sendingTo(gateway: ServedGateway): Sending {
  let sent = 0
  return async () => (await gateway.send(readOf(deviceOf(sent), sent++))).status === 204
}

/** What nobody catches, put into a process from outside: thrown, and in a promise. */
const FAILINGS = [
  ['exception', 'SIGUSR2', 'throw new Error("injected")'],
  ['rejection', 'SIGPWR', 'Promise.reject(new Error("injected"))'],
] as const

const FAIL_POINTS = FAILINGS.map(([, signal, does]) => `process.on("${signal}",()=>{${does}});`).join('')

/** One of two workers fails with messages in flight at both. */
export async function failingWorker(scope: ProbeScope): Promise<Seen> {
  const dsp = await startDsp(scope)
  const from = performance.now()
  const gateway = await ServedGateway.start(scope, {
    settings: ['workers=2', `southbound.dspUrl=${dsp.url.origin}`],
    environment: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(FAIL_POINTS)}` },
  })
  const startMs = performance.now() - from
  const seen: Failure[] = []
  for (const [name, signal] of FAILINGS) seen.push({ name, ...(await failOne(gateway, dsp, signal)) })
  return {
    holds: seen.every(
      ({ carried, cut, begun, backMs }) =>
        carried > 0 &&
        cut > 0 &&
        carried + cut === IN_FLIGHT &&
        begun === IN_FLIGHT &&
        backMs <= TIMES * startMs,
    ),
    figure: seen
      .map(
        ({ name, carried, cut, backMs }) =>
          `${name}: ${carried} of ${IN_FLIGHT} in flight answered by the other worker, ${cut} cut off, replaced after ${(backMs / 1_000).toFixed(1)} s`,
      )
      .join('; '),
  }
}

const IN_FLIGHT = 8
/** How many times as long as the start of the whole gateway a worker may be away. */
const TIMES = 3

interface Failure {
  readonly name: string
  readonly carried: number
  readonly cut: number
  /** Messages that the DSP saw: one that was cut off is not sent again. */
  readonly begun: number
  readonly backMs: number
}

async function failOne(
  gateway: ServedGateway,
  dsp: StubPeer,
  signal: NodeJS.Signals,
): Promise<Omit<Failure, 'name'>> {
  const gate = Promise.withResolvers<void>()
  dsp.behave(async (_, reply, takeBody) => {
    await takeBody()
    await gate.promise
    reply.writeHead(204).end()
  })
  const before = dsp.begun
  const answers = Array.from({ length: IN_FLIGHT }, (_, count) =>
    gateway.send(readOf(deviceOf(count), count), new Agent()),
  )
  await msUntil(PATIENCE_MS, () => dsp.begun === before + IN_FLIGHT)
  const lines = gateway.lines.length
  const from = performance.now()
  process.kill(pidOfSecond(gateway), signal)
  await gateway.logged('worker 2 ended', lines)
  gate.resolve()
  const statuses = (await Promise.all(answers)).map(({ status }) => status)
  await gateway.logged('the worker listens', lines)
  return {
    carried: statuses.filter((status) => status === 204).length,
    cut: statuses.filter((status) => status === 0).length,
    begun: dsp.begun - before,
    backMs: performance.now() - from,
  }
}

function pidOfSecond({ lines }: ServedGateway): number {
  const line = lines.findLast(({ msg, worker }) => msg === 'the worker listens' && worker === 2)
  if (line?.pid === undefined) throw new Error('worker 2 has not listened')
  return line.pid
}
