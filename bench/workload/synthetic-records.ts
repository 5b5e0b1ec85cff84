/**
 * A store that works its answers out: any number of Devices behind the port that the flags are read through. Nothing
 * ever changes in it. It answers in the next microtask, so a miss costs what the gateway itself spends on it.
 */
import { type DeviceRecord, type Instant, instantOf } from '../../src/core/device/device.ts'
import type { DeviceKey } from '../../src/core/duis/eui64.ts'
import type { DeviceChange, DeviceRecords, FlaggedKeys, FlaggedPage } from '../../src/store/store.ts'
import type { Fleet } from './fleet.ts'

const SET_LONG_AGO = { from: instantOf(0), until: undefined }

export class SyntheticRecords implements DeviceRecords, FlaggedKeys {
  readonly #fleet: Fleet
  #questions = 0

  constructor(fleet: Fleet) {
    this.#fleet = fleet
  }

  /** Times that `load` was called. */
  get questions(): number {
    return this.#questions
  }

  async load(keys: readonly DeviceKey[]): Promise<DeviceRecord[]> {
    this.#questions++
    return keys.map((key) => this.#recordOf(key))
  }

  async position(): Promise<number> {
    return 0
  }

  async changedSince(): Promise<DeviceChange[]> {
    return []
  }

  /** In the order of the fleet's numbers. */
  async flaggedKeys(_since: Instant, limit: number, after?: DeviceKey): Promise<FlaggedPage> {
    const { devices } = this.#fleet.spec
    const keys: DeviceKey[] = []
    let n = after === undefined ? 0 : (this.#fleet.numberOf(after) ?? devices) + 1
    for (; n < devices && keys.length < limit; n++)
      if (this.#fleet.isRestricted(n)) keys.push(this.#fleet.keyAt(n))
    return { keys, next: n < devices ? keys.at(-1) : undefined }
  }

  #recordOf(key: DeviceKey): DeviceRecord {
    const n = this.#fleet.numberOf(key)
    if (n === undefined) return { key, type: undefined, restriction: undefined, version: 0 }
    const restriction = this.#fleet.isRestricted(n) ? SET_LONG_AGO : undefined
    return { key, type: n % 2 === 0 ? 'ESME' : 'GSME', restriction, version: 0 }
  }
}
