/**
 * The processes of a run: one load generator, one far side, and one process for each rung in between, all alive from
 * the first round to the last so that rounds can be interleaved. An idle gateway costs next to nothing.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { RunReport } from '../../src/cli/load/driver.ts'
import type { Address } from '../../src/cli/load/lean-connection.ts'
import { wardedFolder } from '../../test/support/warden.ts'
import { BenchProcess } from '../processes/calls.ts'
import type { Arrivals, FarSideCalls } from '../processes/far-side.ts'
import type { GatewayCalls } from '../processes/gateway.ts'
import type { GeneratorCalls, RunOrder, TrafficSummary } from '../processes/generator.ts'
import type { PipeCalls } from '../processes/pipe.ts'
import type { Cores } from '../support/pinning.ts'
import { usageOf } from '../support/process-usage.ts'
import type { FleetSpec } from '../workload/fleet.ts'
import type { TrafficName } from '../workload/traffic.ts'
import { startPeer } from './peers.ts'
import type { Rung } from './rungs.ts'

export interface StageOptions {
  readonly fleet: FleetSpec
  readonly seed: number
  readonly messagesInPool: number
  readonly cores: Cores | undefined
}

/** What stands in between for one rung, running. */
interface Standing {
  readonly pid: number
  /** Southbound and northbound listener. */
  readonly lanes: readonly Address[]
  stop(): Promise<void>
}

export interface Played {
  readonly report: RunReport
  readonly arrivals: Arrivals
  /** CPU time while it ran, in microseconds. */
  readonly cpu: { readonly between: number; readonly generator: number; readonly farSide: number }
}

/** 1 MiB each: a pool of them need not be long. */
const LARGE_POOL = 16

export class Stage {
  readonly #options: StageOptions
  readonly #folder = wardedFolder('duisgate-bench-')
  readonly #generator: BenchProcess<GeneratorCalls>
  readonly #farSide: BenchProcess<FarSideCalls>
  readonly #standing = new Map<Rung, Standing>()
  readonly #traffic = new Map<TrafficName, TrafficSummary>()
  #farSidePort = 0

  constructor(options: StageOptions) {
    this.#options = options
    this.#generator = new BenchProcess('generator.ts', options.cores?.generator)
    this.#farSide = new BenchProcess('far-side.ts', options.cores?.farSide)
  }

  async open(): Promise<void> {
    const { port } = await this.#farSide.call('start', {})
    this.#farSidePort = port
  }

  /** Traffic that was made so far. */
  get traffic(): ReadonlyMap<TrafficName, TrafficSummary> {
    return this.#traffic
  }

  /** Makes the traffic of a rung and starts what stands in between. */
  async add(rung: Rung): Promise<void> {
    await this.#make(rung.traffic)
    this.#standing.set(rung, await this.#start(rung))
  }

  /** Plays one run over a rung and takes the measure of the three processes around it. */
  async play(rung: Rung, order: Pick<RunOrder, 'until' | 'load'>): Promise<Played> {
    const { pid, lanes } = this.#standingOf(rung)
    await this.#farSide.call('count', {})
    const before = this.#cpu(pid)
    const { traffic, decides } = rung
    const report = await this.#generator.call('run', { ...order, traffic, decides, lanes })
    const after = this.#cpu(pid)
    const arrivals = await this.#farSide.call('count', {})
    return {
      report,
      arrivals,
      cpu: {
        between: after.between - before.between,
        generator: after.generator - before.generator,
        farSide: after.farSide - before.farSide,
      },
    }
  }

  /** Blocks the far side for a while, during a run that is begun at once after. */
  async stallFarSide(when: { readonly afterMs: number; readonly forMs: number }): Promise<void> {
    await this.#farSide.call('stall', when)
  }

  /** Most memory that the process in between had. */
  peakBytes(rung: Rung): number {
    return usageOf(this.#standingOf(rung).pid).peakBytes
  }

  async close(): Promise<void> {
    const processes = [...this.#standing.values(), this.#generator, this.#farSide]
    await Promise.all(processes.map((process) => process.stop()))
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #cpu(between: number): Played['cpu'] {
    const micros = (pid: number) => usageOf(pid).cpuMicros
    return {
      between: micros(between),
      generator: micros(this.#generator.pid),
      farSide: micros(this.#farSide.pid),
    }
  }

  #standingOf(rung: Rung): Standing {
    const standing = this.#standing.get(rung)
    if (!standing) throw new Error(`the rung ${rung.name} does not stand`)
    return standing
  }

  async #make(name: TrafficName): Promise<void> {
    if (this.#traffic.has(name)) return
    const { fleet, seed, messagesInPool } = this.#options
    const messages = name === 'large-bodies' ? LARGE_POOL : messagesInPool
    this.#traffic.set(name, await this.#generator.call('make', { name, fleet, seed, messages }))
  }

  async #start(rung: Rung): Promise<Standing> {
    const { fleet, cores } = this.#options
    const farSidePort = this.#farSidePort
    const folder = join(this.#folder, rung.name.replaceAll('/', '-'))
    switch (rung.between.kind) {
      case 'nothing':
        return { pid: this.#farSide.pid, lanes: lanesTo(farSidePort), stop: async () => {} }
      case 'pipe': {
        const pipe = new BenchProcess<PipeCalls>('pipe.ts', cores?.gateway)
        const { port } = await pipe.call('start', { farSidePort })
        return { pid: pipe.pid, lanes: lanesTo(port), stop: () => pipe.stop() }
      }
      case 'gateway': {
        const { table, workers = 1, index = true } = rung.between
        const gateway = new BenchProcess<GatewayCalls>(
          'gateway.ts',
          workers === 1 ? cores?.gateway : cores?.twoWorkers,
        )
        const asked = { table, workers, index, fleet, farSidePort, folder }
        const ports = await gateway.call('start', asked).catch(async (error: unknown) => {
          await gateway.stop() // Or it would keep this process alive.
          throw error
        })
        return {
          pid: gateway.pid,
          lanes: lanesTo(ports.southbound, ports.northbound),
          stop: () => gateway.stop(),
        }
      }
      case 'peer': {
        const peer = await startPeer(rung.between.peer, { folder, farSidePort, fleet, cores: cores?.gateway })
        return { pid: peer.pid, lanes: lanesTo(peer.port), stop: () => peer.stop() }
      }
    }
  }
}

function lanesTo(southbound: number, northbound = southbound): Address[] {
  return [southbound, northbound].map((port) => ({ host: '127.0.0.1', port }))
}
