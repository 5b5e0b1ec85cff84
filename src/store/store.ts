/**
 * The ports through which everything else sees the DSP store. A driver is a folder beside this file
 * (`sqlite/`, later `postgres/`) and passes `test/store/conformance.ts`.
 *
 * Who uses what: `src/flags` reads `DeviceRecords`; the CLI and the control plane use the rest. A driver throws
 * `StoreUnavailable` when it cannot answer; nothing else may be thrown for that reason.
 */
import type { DeviceRecord, DeviceType, Instant, Restriction } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'

/** The store did not answer. `cause` has the driver's own error. */
export class StoreUnavailable extends Error {
  readonly code = 'STORE_UNAVAILABLE'
  constructor(doing: string, cause: unknown) {
    super(`the store did not answer while ${doing}`, { cause })
    this.name = 'StoreUnavailable'
  }
}

/** What the data plane asks, in batches. */
export interface DeviceRecords {
  /** One record per key, in the order asked; a Device that the inventory does not know comes back without type. */
  load(keys: readonly DeviceKey[]): Promise<DeviceRecord[]>
  /** Number of the last change; grows by one with every change, never goes back. */
  position(): Promise<number>
  /** Devices changed after `position`, oldest first, at most `limit`. */
  changedSince(position: number, limit: number): Promise<{ readonly sequence: number; readonly key: DeviceKey }[]>
}

/** One Device of the Smart Metering Inventory. Fields absent in the source are undefined. */
export interface InventoryDevice {
  readonly key: DeviceKey
  readonly type: DeviceType | undefined
  readonly hub: DeviceKey | undefined
  readonly mpxn: string | undefined
  readonly status: string | undefined
  readonly region: string | undefined
  readonly generation: 'SMETS1' | 'SMETS2' | undefined
}

export interface FlaggedDevice {
  readonly key: DeviceKey
  readonly restriction: Restriction
  readonly version: number
}

export interface Inventory {
  /** Adds or replaces Devices in one transaction: all or none. */
  putDevices(devices: readonly InventoryDevice[]): Promise<void>
  findDevice(key: DeviceKey): Promise<InventoryDevice | undefined>
  /** Devices of a meter point, any order. */
  devicesOfMeterPoint(mpxn: string): Promise<InventoryDevice[]>
  countDevices(): Promise<number>
}

export interface Restrictions {
  /** Sets the flag from `from` on; answers the change's sequence number. Setting it again as it is changes nothing. */
  setRestriction(keys: readonly DeviceKey[], from: Instant): Promise<number>
  /** Ends the flag at `until`; a Device without one is left as it is. */
  clearRestriction(keys: readonly DeviceKey[], until: Instant): Promise<number>
  /** Flags set and not ended before `now`, by key, starting after `after`. */
  listRestricted(now: Instant, limit: number, after?: DeviceKey): Promise<FlaggedDevice[]>
}

export interface Store extends DeviceRecords, Inventory, Restrictions {
  close(): Promise<void>
}
