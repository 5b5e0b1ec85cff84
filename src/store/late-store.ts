/**
 * A store that need not be there when the gateway starts. Messages that no flag can stop must flow all the same, so a
 * gateway starts without its store, answers every question with StoreUnavailable, and goes on trying to open it.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { DeviceRecord, Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { ControlStore, ControlUnit, ControlView, GatewayReport } from './control-store.ts'
import type { ReportStore } from './report-store.ts'
import {
  type DeviceChange,
  type FlaggedKeys,
  type FlaggedPage,
  type StoreIdentity,
  StoreUnavailable,
} from './store.ts'

export interface LateStoreOptions<Opened> {
  /** Opens the store; called again, after a pause, for as long as it throws StoreUnavailable. */
  readonly open: () => Promise<Opened>
  /** Told of the first try that fails. */
  readonly onFailure?: (error: unknown) => void
  /** Told of an error for which trying again is no use, such as StoreTooNew. */
  readonly onPermanentFailure?: (error: unknown) => void
  /** Between two tries, in milliseconds; 1,000 when absent. */
  readonly retryMs?: number
}

/** What a gateway needs of its store. */
type Needed = ControlStore & FlaggedKeys & StoreIdentity

export class LateStore<Opened extends Needed> implements Needed {
  readonly #options: LateStoreOptions<Opened>
  readonly #stopped = new AbortController()
  readonly #listeners = new Set<() => void>()
  #store: Opened | undefined
  #stopListening: (() => Promise<void>) | undefined
  #lastError: unknown
  #opening: Promise<void> = Promise.resolve()

  private constructor(options: LateStoreOptions<Opened>) {
    this.#options = options
  }

  /** Settles after the first try. Throws what is not StoreUnavailable: that does not pass by waiting. */
  static async open<Opened extends Needed>(options: LateStoreOptions<Opened>): Promise<LateStore<Opened>> {
    const late = new LateStore(options)
    await late.#tryToOpen().catch((error: unknown) => {
      if (!(error instanceof StoreUnavailable)) throw error
      options.onFailure?.(error)
      late.#opening = late.#openLater()
    })
    return late
  }

  /** The store itself. Throws StoreUnavailable until it is open. */
  get opened(): Opened {
    if (!this.#store) throw new StoreUnavailable('being opened', this.#lastError)
    return this.#store
  }

  async load(keys: readonly DeviceKey[]): Promise<DeviceRecord[]> {
    return this.opened.load(keys)
  }

  async position(): Promise<number> {
    return this.opened.position()
  }

  async changedSince(position: number, limit: number): Promise<DeviceChange[]> {
    return this.opened.changedSince(position, limit)
  }

  async flaggedKeys(since: Instant, limit: number, after?: DeviceKey): Promise<FlaggedPage> {
    return this.opened.flaggedKeys(since, limit, after)
  }

  get reports(): ReportStore {
    return this.opened.reports
  }

  async storeId(): Promise<string> {
    return this.opened.storeId()
  }

  async read<Result>(work: (view: ControlView) => Promise<Result>): Promise<Result> {
    return this.opened.read(work)
  }

  async change<Result>(work: (unit: ControlUnit) => Promise<Result>): Promise<Result> {
    return this.opened.change(work)
  }

  async reportGateway(report: GatewayReport, liveWithinMs: number): Promise<void> {
    return this.opened.reportGateway(report, liveWithinMs)
  }

  async keepGatewayLive(id: string, liveWithinMs: number): Promise<boolean> {
    return this.opened.keepGatewayLive(id, liveWithinMs)
  }

  /** Begins once the store is open; a store without it never wakes anybody. */
  async listen(onChange: () => void): Promise<() => Promise<void>> {
    this.#listeners.add(onChange)
    return async () => {
      this.#listeners.delete(onChange)
    }
  }

  async close(): Promise<void> {
    this.#stopped.abort()
    await this.#opening
    await this.#stopListening?.()
    await this.#store?.close()
  }

  async #tryToOpen(): Promise<void> {
    try {
      this.#store = await this.#options.open()
    } catch (error) {
      this.#lastError = error
      throw error
    }
    this.#stopListening = await this.#store.listen?.(() => {
      for (const onChange of this.#listeners) onChange()
    })
  }

  async #openLater(): Promise<void> {
    const { signal } = this.#stopped
    while (!this.#store && !signal.aborted) {
      await pause(this.#options.retryMs ?? 1_000, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      const isPermanent = await this.#tryToOpen().then(isNot, (error) => !(error instanceof StoreUnavailable))
      if (isPermanent) return this.#options.onPermanentFailure?.(this.#lastError)
    }
  }
}

function isNot(): boolean {
  return false
}
