/** Live flags on a real store in memory, with time and faults in the test's hands. */
import type { Test } from 'tap'
import type { FlagReading } from '../../src/core/device/device.ts'
import { type DeviceKey, deviceKeyOf } from '../../src/core/duis/eui64.ts'
import type { InventoryDevice } from '../../src/core/restriction/restriction.ts'
import type { FlagIndexSettings } from '../../src/flags/flag-index.ts'
import { LiveFlags, type LiveFlagsOptions } from '../../src/flags/live-flags.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { FakeTime, quiet } from '../support/fake-time.ts'
import { FaultyRecords } from './faulty-records.ts'

export interface Bench {
  readonly time: FakeTime
  readonly store: SqlStore
  /** Between the flags and the store. */
  readonly records: FaultyRecords
  readonly flags: LiveFlags
  readonly failures: unknown[]
  readonly refusals: string[]
  /** The readings of Devices now, whether at once or later; lets everything happen that needs no time. */
  readonly read: (...keys: DeviceKey[]) => Promise<FlagReading[]>
  readonly states: (...keys: DeviceKey[]) => Promise<FlagReading['state'][]>
}

/** Not started. `index`: with an index, set up like this; none when it is absent. */
export function openBench(
  t: Test,
  options: LiveFlagsOptions = {},
  index?: Partial<FlagIndexSettings>,
): Bench {
  const time = new FakeTime()
  const store = openSqliteStore({ file: ':memory:', now: () => time.now() })
  const records = new FaultyRecords(store)
  const failures: unknown[] = []
  const refusals: string[] = []
  const flags = new LiveFlags(records, {
    clock: time,
    scheduler: time,
    onStoreFailure: (error) => failures.push(error),
    onRefused: (reason) => refusals.push(reason),
    index: index && { source: records, ...index },
    ...options,
  })
  t.teardown(() => store.close())
  const read = async (...keys: DeviceKey[]) => flags.read(keys, time.now())
  const states = async (...keys: DeviceKey[]) => (await read(...keys)).map(({ state }) => state)
  return { time, store, records, flags, failures, refusals, read, states }
}

/** Started and in step. No timer of the feed runs unless time is advanced. */
export async function openBenchInStep(
  t: Test,
  options: LiveFlagsOptions = {},
  index?: Partial<FlagIndexSettings>,
): Promise<Bench> {
  const bench = openBench(t, options, index)
  await bench.flags.start()
  await quiet()
  return bench
}

/** A handful of Devices, some past 2^63. */
export const KEYS = Array.from({ length: 8 }, (_, index) => deviceKeyOf(index * 0x2000_0000, index))
export const [METER, GPF, HUB, STRANGER] = KEYS as [DeviceKey, DeviceKey, DeviceKey, DeviceKey]

export function device(key: DeviceKey, type: InventoryDevice['type'] = 'ESME'): InventoryDevice {
  return {
    key,
    type,
    hub: undefined,
    mpxn: undefined,
    status: undefined,
    region: undefined,
    generation: undefined,
  }
}
