/**
 * The processes of a run: one load generator, one far side, and one process for each rung in between. All stand from the
 * first round to the last, so that rounds can be interleaved; what is not being measured is at rest, so that it takes
 * nothing from what is.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { RunReport } from '../../src/cli/load/driver.ts'
import { wardedFolder } from '../../test/support/warden.ts'
import { BenchProcess } from '../processes/calls.ts'
import type { Arrivals, FarSideCalls, FarSidePorts } from '../processes/far-side.ts'
import type { GeneratorCalls, RunOrder, TrafficSummary } from '../processes/generator.ts'
import { type Certificates, makeCertificates } from '../support/certificates.ts'
import type { Cores } from '../support/pinning.ts'
import { type CoreWait, type Usage, usageOf } from '../support/process-usage.ts'
import type { FleetSpec } from '../workload/fleet.ts'
import type { TrafficName } from '../workload/traffic.ts'
import { companyOf, type Standing, startBetween } from './between.ts'
import type { Rung } from './rungs.ts'

export interface StageOptions {
  readonly fleet: FleetSpec
  readonly seed: number
  readonly messagesInPool: number
  readonly cores: Cores | undefined
}

/** One figure of each of the three processes. */
export interface OfEach<Figure> {
  readonly between: Figure
  readonly generator: Figure
  readonly farSide: Figure
}

export interface Played {
  readonly report: RunReport
  readonly arrivals: Arrivals
  /** CPU time while it ran, in microseconds. */
  readonly cpu: OfEach<number>
  /** How long threads waited for a core while it ran, in microseconds. */
  readonly wait: OfEach<CoreWait>
}

/** Plays one run over the rung that is visited. */
export type Play = (order: RunOrder) => Promise<Played>

/** 1 MiB each: a pool of them need not be long. */
const LARGE_POOL = 16
/** Time for what has just been woken to do what its timers have missed: a gateway asks its store four times a second. */
export const WAKING_MS = 100

export class Stage {
  readonly #options: StageOptions
  readonly #folder = wardedFolder('duisgate-bench-')
  readonly #certificates: Certificates
  readonly #generator: BenchProcess<GeneratorCalls>
  readonly #farSide: BenchProcess<FarSideCalls>
  readonly #standing = new Map<Rung, Standing>()
  readonly #traffic = new Map<TrafficName, TrafficSummary>()
  #ports: FarSidePorts | undefined

  constructor(options: StageOptions) {
    this.#options = options
    this.#certificates = makeCertificates(this.#folder)
    // Not in groups of their own: the low priority of the one must count against the other.
    this.#generator = new BenchProcess('generator.ts', { cores: options.cores?.generator })
    this.#farSide = new BenchProcess('far-side.ts', { cores: options.cores?.farSide })
  }

  async open(): Promise<void> {
    this.#ports = await this.#farSide.call('start', { tls: this.#certificates.farSide })
  }

  /** Traffic that was made so far. */
  get traffic(): ReadonlyMap<TrafficName, TrafficSummary> {
    return this.#traffic
  }

  /** Makes the traffic of a rung and starts what stands in between, which is at rest then. */
  async add(rung: Rung): Promise<void> {
    const ports = this.#ports
    if (!ports) throw new Error('the stage is not open')
    await this.#make(rung.traffic)
    const { fleet, cores } = this.#options
    const folder = join(this.#folder, rung.name.replaceAll('/', '-'))
    mkdirSync(folder)
    const farSide = { pid: this.#farSide.pid, ports }
    const around = { folder, fleet, cores, farSide, certificates: this.#certificates }
    const standing = await startBetween(rung, around)
    this.#standing.set(rung, standing)
    standing.group?.rest()
  }

  /** Wakes a rung for some runs over the same connections, and puts it to rest again. */
  async visit(rung: Rung, during: (play: Play) => Promise<void>): Promise<void> {
    const { pid, lanes, group } = this.#standingOf(rung)
    const { traffic, decides, maxConnections } = rung
    group?.wake()
    try {
      await delay(WAKING_MS)
      await this.#generator.call('open', { traffic, decides, lanes, maxConnections })
      await during((order) => this.#play(pid, order))
      await this.#generator.call('close', {})
    } finally {
      group?.rest()
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

  /** Who shared the cores of a rung while it was measured. */
  companyOf(rung: Rung): string[] {
    return companyOf(rung, this.#options.cores)
  }

  async close(): Promise<void> {
    const groups = [...this.#standing.values()].map(({ group }) => group?.end())
    await Promise.all([...groups, this.#generator.stop(), this.#farSide.stop()])
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Takes the measure of the three processes around a run. */
  async #play(between: number, order: RunOrder): Promise<Played> {
    await this.#farSide.call('count', {})
    const before = this.#usage(between)
    const report = await this.#generator.call('run', order)
    const after = this.#usage(between)
    const arrivals = await this.#farSide.call('count', {})
    return {
      report,
      arrivals,
      cpu: ofEach((name) => after[name].cpuMicros - before[name].cpuMicros),
      wait: ofEach((name) => ({
        main: after[name].waitMicros.main - before[name].waitMicros.main,
        all: after[name].waitMicros.all - before[name].waitMicros.all,
      })),
    }
  }

  #usage(between: number): OfEach<Usage> {
    return {
      between: usageOf(between),
      generator: usageOf(this.#generator.pid),
      farSide: usageOf(this.#farSide.pid),
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
}

function ofEach<Figure>(of: (name: keyof OfEach<Figure>) => Figure): OfEach<Figure> {
  return { between: of('between'), generator: of('generator'), farSide: of('farSide') }
}
