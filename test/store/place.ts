/**
 * What the suites of `conformance.ts` share: places to keep data in, and Devices to keep there. A driver's test file calls
 * `conformance` with a way to make a place; a driver that keeps data outside the process also opens the same place twice.
 */
import type { Test } from 'tap'
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import { type DeviceKey, deviceKeyOf, parseEui64 } from '../../src/core/duis/eui64.ts'
import type { InventoryDevice } from '../../src/core/restriction/restriction.ts'
import { type SqlParts, SqlStore } from '../../src/store/sql/sql-store.ts'

/** One place for data. */
export interface StorePlace {
  /** Opens a handle on it. */
  connect(): Promise<SqlParts>
  /** The clock of every handle of this place. */
  readonly clock: { now: Instant }
  /** Told once the test that the place was made for is over; absent where nobody has the place after it. */
  readonly giveBack?: () => void
}

export interface Driver {
  readonly name: string
  /** An empty place of its own for each test. */
  place(t: Test): Promise<StorePlace>
  /** Whether a second handle sees the data of the first, and data outlive their handles. */
  readonly isShared: boolean
}

/** Opens a store on the place that is closed at the end of the test. */
export async function openStore(t: Test, place: StorePlace): Promise<SqlStore> {
  const store = new SqlStore(await place.connect())
  t.teardown(() => store.close())
  return store
}

export type Check = (
  name: string,
  run: (t: Test, store: SqlStore, place: StorePlace) => Promise<void>,
) => void

/** Makes subtests of `t`, each with an open store of its own. */
export function checksOf(t: Test, driver: Driver): Check {
  return (name, run) => {
    t.test(`${driver.name}: ${name}`, async (t) => {
      const place = await driver.place(t)
      try {
        await run(t, await openStore(t, place), place)
      } finally {
        place.giveBack?.()
      }
    })
  }
}

export const NOW = instantOf(1_700_000_000_000)
export const at = (offsetMs: number): Instant => instantOf(NOW + offsetMs)

/** Keys on both sides of 2^63 and at both ends: where a driver's own integers go wrong. */
export const BIG_KEYS = [
  deviceKeyOf(0, 0),
  deviceKeyOf(0, 1),
  deviceKeyOf(0x7fff_ffff, 0xffff_ffff),
  deviceKeyOf(0x8000_0000, 0),
  deviceKeyOf(0x8000_0000, 1),
  deviceKeyOf(0xffff_ffff, 0xffff_fffe),
  deviceKeyOf(0xffff_ffff, 0xffff_ffff),
]

export const METER = parse('90-B3-D5-1F-30-01-00-00')
export const GPF = parse('00-DB-12-34-56-78-90-A4')
export const STRANGER = parse('FF-00-00-00-00-00-00-01')

function parse(text: string): DeviceKey {
  const key = parseEui64(text)
  if (key === undefined) throw new Error(`${text} is not an EUI-64`)
  return key
}

/** Ascending. */
export function byKey(one: DeviceKey, other: DeviceKey): number {
  return one < other ? -1 : 1
}

export function device(key: DeviceKey, over: Partial<InventoryDevice> = {}): InventoryDevice {
  return {
    key,
    type: 'ESME',
    hub: undefined,
    mpxn: undefined,
    status: undefined,
    region: undefined,
    generation: undefined,
    ...over,
  }
}

export async function restrictionOf(store: SqlStore, key: DeviceKey) {
  const [record] = await store.load([key])
  return record?.restriction
}

export async function changesOf(store: SqlStore) {
  return store.changedSince(0, 1_000_000)
}
