/**
 * A store as seen from inside a transaction that has begun: what is read and changed through it belongs to that
 * transaction. So an operation on flags and the kept answer of its request stand or fall together.
 */
import type { DeviceRecord } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { ControlStore, ControlUnit, ControlView, GatewayReport } from '../store/control-store.ts'
import type { ReportStore } from '../store/report-store.ts'
import type { DeviceChange } from '../store/store.ts'

export class UnitStore implements ControlStore {
  readonly #store: ControlStore
  readonly #unit: ControlUnit

  constructor(store: ControlStore, unit: ControlUnit) {
    this.#store = store
    this.#unit = unit
  }

  /** Reports have transactions of their own. */
  get reports(): ReportStore {
    return this.#store.reports
  }

  read<Result>(work: (view: ControlView) => Promise<Result>): Promise<Result> {
    return work(this.#unit)
  }

  change<Result>(work: (unit: ControlUnit) => Promise<Result>): Promise<Result> {
    return work(this.#unit)
  }

  load(keys: readonly DeviceKey[]): Promise<DeviceRecord[]> {
    return this.#store.load(keys)
  }

  position(): Promise<number> {
    return this.#store.position()
  }

  changedSince(position: number, limit: number): Promise<DeviceChange[]> {
    return this.#store.changedSince(position, limit)
  }

  reportGateway(report: GatewayReport, liveWithinMs: number): Promise<void> {
    return this.#store.reportGateway(report, liveWithinMs)
  }

  keepGatewayLive(id: string, liveWithinMs: number): Promise<boolean> {
    return this.#store.keepGatewayLive(id, liveWithinMs)
  }

  /** The store outlives the transaction. */
  async close(): Promise<void> {}
}
