/** A store that fails, hangs, lies or answers late, as a test says; otherwise the real one behind it answers. */
import type { DeviceRecord, Instant } from '../../src/core/device/device.ts'
import type { DeviceKey } from '../../src/core/duis/eui64.ts'
import {
  type DeviceChange,
  type DeviceRecords,
  type FlaggedKeys,
  type FlaggedPage,
  StoreUnavailable,
} from '../../src/store/store.ts'

/** `held`: the store is read at once, the answer leaves when the test releases it. */
export type Fault = 'none' | 'fails' | 'hangs' | 'held'

export class FaultyRecords implements DeviceRecords, FlaggedKeys {
  /** The store behind it. */
  source: DeviceRecords & FlaggedKeys
  fault: Fault = 'none'
  /** Fails the call with this number, counted from 1 over all questions; 0 fails none. */
  failCall = 0
  calls = 0
  /** A load that asks for this Device hangs. */
  hangKey: DeviceKey | undefined
  /** Keys of each load, in the order asked. */
  readonly loads: (readonly DeviceKey[])[] = []
  /** Pages of flagged Devices wait until it settles, after the store was read. */
  heldPages: Promise<void> | undefined
  /** Flags in a page. */
  pageLimit = 3
  /** Pages that were asked for. */
  pages = 0
  /** What the answers are turned into. */
  rewriteLoad: (records: DeviceRecord[]) => DeviceRecord[] = (records) => records
  rewriteChanges: (changes: DeviceChange[]) => DeviceChange[] = (changes) => changes
  #held: (() => void)[] = []

  constructor(records: DeviceRecords & FlaggedKeys) {
    this.source = records
  }

  async load(keys: readonly DeviceKey[]): Promise<DeviceRecord[]> {
    this.loads.push([...keys])
    if (this.hangKey !== undefined && keys.includes(this.hangKey)) return new Promise(() => {})
    return this.rewriteLoad(await this.#answer(() => this.source.load(keys)))
  }

  position(): Promise<number> {
    return this.#answer(() => this.source.position())
  }

  async changedSince(position: number, limit: number): Promise<DeviceChange[]> {
    return this.rewriteChanges(await this.#answer(() => this.source.changedSince(position, limit)))
  }

  async flaggedKeys(since: Instant, limit: number, after?: DeviceKey): Promise<FlaggedPage> {
    this.pages++
    const page = await this.#answer(() =>
      this.source.flaggedKeys(since, Math.min(limit, this.pageLimit), after),
    )
    await this.heldPages
    return page
  }

  /** Lets held answers go; those that are held later stay. */
  release(): void {
    for (const leave of this.#held.splice(0)) leave()
  }

  async #answer<T>(ask: () => Promise<T>): Promise<T> {
    this.calls++
    if (this.fault === 'hangs') return new Promise(() => {})
    if (this.fault === 'fails' || this.calls === this.failCall)
      throw new StoreUnavailable('being tested', new Error('provoked'))
    if (this.fault !== 'held') return ask()
    const answer = await ask()
    await new Promise<void>((leave) => this.#held.push(leave))
    return answer
  }
}
