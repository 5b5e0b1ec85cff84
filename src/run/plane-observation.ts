/**
 * What a Prometheus and an orchestrator ask of the control plane: how far notices and the roll-up are, read from the store at
 * each scrape, and whether there is a store at all.
 */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Config } from '../config/config.ts'
import { instantOf } from '../core/device/device.ts'
import { observationServer, type Readiness } from '../observe/health.ts'
import type { Logger } from '../observe/log.ts'
import { Metrics } from '../observe/metrics.ts'
import type { LaneStatus } from '../store/notice-store.ts'
import type { SqlStore } from '../store/sql/sql-store.ts'
import { describeFailure } from '../store/sql/store-failure.ts'
import type { RollingUp } from './rolling-up.ts'
import { type ObservationTls, openObservationTls } from './tls-files.ts'

type Address = NonNullable<Config['controlPlane']['observation']>

export interface PlaneObservationOptions {
  readonly config: Config
  readonly store: SqlStore
  readonly rolling: Pick<RollingUp, 'ageMs' | 'behindBytes'>
  readonly log: Logger
}

export class PlaneObservation {
  readonly #options: PlaneObservationOptions
  readonly #metrics = new Metrics(undefined, 'control')
  readonly #parties = new Set<string>()
  readonly #server: Server
  readonly #tls: ObservationTls | undefined
  /** By party; undefined while the store does not answer. */
  #lanes: ReadonlyMap<string, LaneStatus> | undefined
  #behindBytes = Number.NaN
  #openIncidents = Number.NaN

  private constructor(options: PlaneObservationOptions, tls: ObservationTls | undefined) {
    this.#options = options
    this.#tls = tls
    for (const { party } of options.config.notices.partners) this.#watchLane(party)
    this.#metrics.watch('duisgate_rollup_age_seconds', [], () => options.rolling.ageMs / 1_000)
    this.#metrics.watch('duisgate_rollup_behind_bytes', [], () => this.#behindBytes)
    this.#metrics.watch('duisgate_incidents_open', [], () => this.#openIncidents)
    const metrics = { exposition: () => this.#exposition() }
    this.#server = observationServer({ metrics, readiness: () => this.#readiness() }, tls?.create)
  }

  /** Throws the system error when the address cannot be used. */
  static async start(options: PlaneObservationOptions, address: Address): Promise<PlaneObservation> {
    const { config, log } = options
    const started = new PlaneObservation(options, await openObservationTls(config, log))
    await started.#listen(address).catch((error: unknown) => {
      started.stop()
      throw error
    })
    return started
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Looks at the TLS files now. */
  async refresh(): Promise<void> {
    await this.#tls?.refresh()
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
    this.#tls?.close()
  }

  async #listen({ host, port }: Address): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject).listen(port, host, resolve)
    await promise
    this.#server.off('error', reject)
  }

  async #exposition() {
    await this.#read()
    return this.#metrics.exposition()
  }

  async #read(): Promise<void> {
    const { store, rolling } = this.#options
    const now = { from: instantOf(Date.now()), until: instantOf(Date.now() + 1) }
    const [lanes, behindBytes, openIncidents] = await Promise.all([
      store.read((view) => view.notices.lanes()).catch(() => undefined),
      rolling.behindBytes().catch(() => Number.NaN),
      store.reports.incidentsBetween(now).then(
        ({ length }) => length,
        () => Number.NaN,
      ),
    ])
    for (const { party } of lanes ?? []) this.#watchLane(party)
    this.#lanes = lanes && new Map(lanes.map((lane) => [lane.party, lane]))
    this.#behindBytes = behindBytes
    this.#openIncidents = openIncidents
  }

  /** A party without a notice that waits or was given up has no lane: it stands at 0. */
  #watchLane(party: string): void {
    if (this.#parties.has(party)) return
    this.#parties.add(party)
    const reading = (of: (lane: LaneStatus | undefined) => number) => () =>
      this.#lanes ? of(this.#lanes.get(party)) : Number.NaN
    const metrics = this.#metrics
    metrics.watch(
      'duisgate_notices_waiting',
      [party],
      reading((lane) => lane?.waiting ?? 0),
    )
    metrics.watch(
      'duisgate_notices_dead',
      [party],
      reading((lane) => lane?.dead ?? 0),
    )
    metrics.watch(
      'duisgate_notices_oldest_seconds',
      [party],
      reading((lane) => ageOf(lane?.waitingSince)),
    )
  }

  /** Without its store the control plane can do nothing that it is there for, so the store is asked. */
  #readiness(): Promise<Readiness> {
    return this.#options.store.position().then(
      () => ({ ready: true }),
      (error: unknown) => ({ ready: false, reasons: [describeFailure(error)] }),
    )
  }
}

function ageOf(since: number | undefined): number {
  return since === undefined ? 0 : Math.max(0, Date.now() - since) / 1_000
}
