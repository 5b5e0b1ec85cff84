/** Gateways of one store, with time in the test's hands and ways to cut each of them off from its reports. */
import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { type FlagReading, instantOf } from '../../src/core/device/device.ts'
import type { DeviceKey } from '../../src/core/duis/eui64.ts'
import { GatewayReporter } from '../../src/flags/gateway-reporter.ts'
import { LiveFlags } from '../../src/flags/live-flags.ts'
import { StoreLease } from '../../src/flags/store-lease.ts'
import { StoreTime } from '../../src/flags/store-time.ts'
import type { Clock } from '../../src/observe/clock.ts'
import { EpochWatch } from '../../src/store/epoch.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { StoreUnavailable } from '../../src/store/store.ts'
import { FakeTime, quiet } from '../support/fake-time.ts'

export const LEASE_MS = 2_000

/** What happens to a call of a gateway's reporter. */
type CallFault = 'none' | 'fails' | 'hangs'

export interface Gateway {
  readonly flags: LiveFlags
  readonly reporter: GatewayReporter
  /** Added to its own wall clock. */
  readonly wall: { aheadMs: number }
  /** How late the answer comes that says what the store's clock shows. */
  readonly clockAnswer: { lateMs: number }
  /** What it has seen of primaries. */
  readonly epochs: EpochWatch
  readonly faults: { report: CallFault; beat: CallFault; poll: CallFault }
  /** Settles once it is in step. */
  readonly start: () => Promise<void>
  readonly read: (key: DeviceKey) => Promise<FlagReading | undefined>
}

/** The bound of every gateway's clock. */
const MAX_BEHIND_MS = 5_000

export interface Fleet {
  readonly time: FakeTime
  readonly store: SqlStore
  /** Added to the store's clock. */
  readonly storeClock: { aheadMs: number }
  /** A process of that name; two of one name are two processes. */
  readonly gateway: (id: string, place?: string) => Gateway
  readonly started: (id: string) => Promise<Gateway>
  /** When that change was in force everywhere; undefined while it is not. */
  readonly inForceAt: (sequence: number) => Promise<number | undefined>
}

export function openFleet(t: Test): Fleet {
  const time = new FakeTime()
  const storeClock = { aheadMs: 0 }
  const now = () => (time.now() + storeClock.aheadMs) as ReturnType<typeof time.now>
  const store = openSqliteStore({ file: ':memory:', now })
  t.teardown(() => store.close())
  let processes = 0
  const gateway = (id: string, place?: string) => gatewayOn(t, store, time, { id, place, order: processes++ })
  const started = async (id: string) => {
    const one = gateway(id)
    await one.start()
    await quiet()
    return one
  }
  const inForceAt = (sequence: number) =>
    store.read(async (view) => (await view.changes.after(sequence - 1, 1))[0]?.inForceAt)
  return { time, store, storeClock, gateway, started, inForceAt }
}

interface Process {
  readonly id: string
  /** What it has locked. */
  readonly place: string | undefined
  /** How many were started before it. */
  readonly order: number
}

function gatewayOn(t: Test, store: SqlStore, time: FakeTime, { id, place, order }: Process): Gateway {
  const faults: Gateway['faults'] = { report: 'none', beat: 'none', poll: 'none' }
  const storeLease = new StoreLease(time, LEASE_MS)
  const wall = { aheadMs: 0 }
  const clockAnswer = { lateMs: 0 }
  const clock: Clock = {
    now: () => instantOf(time.now() + wall.aheadMs),
    monotonicMs: () => time.monotonicMs(),
  }
  const epochs = new EpochWatch()
  const storeTime = new StoreTime(clock)
  const common = { clock, scheduler: time }
  const records = {
    load: (keys: readonly DeviceKey[]) => faulty(faults.poll, () => store.load(keys)),
    position: () => faulty(faults.poll, () => store.position()),
    changedSince: (position: number, limit: number) =>
      faulty(faults.poll, () => store.changedSince(position, limit)),
  }
  const readClock = async () => {
    const shown = await store.now()
    if (clockAnswer.lateMs > 0) await new Promise<void>((resolve) => time.after(clockAnswer.lateMs, resolve))
    return shown
  }
  const flags = new LiveFlags(records, {
    ...common,
    storeLease,
    epochs,
    time: { source: { now: () => faulty(faults.poll, readClock) }, storeTime },
    maxStalenessMs: LEASE_MS,
    onInStep: () => void reporter.wake(),
  })
  const reporter: GatewayReporter = new GatewayReporter({
    ...common,
    id,
    instance: { id: `${order}-${randomUUID()}`, host: 'a host', pid: 1, place },
    storeLease,
    leaseMs: LEASE_MS,
    store: {
      reportGateway: (...report) => faulty(faults.report, () => store.reportGateway(...report)),
      keepGatewayLive: (...beat) => faulty(faults.beat, () => store.keepGatewayLive(...beat)),
    },
    tell: async () => {
      const { state, sequence, epoch } = flags.status()
      const isFollowing = state === 'in-step' || state === 'behind'
      const told = { sequence: isFollowing ? sequence : 0, state, tableRevision: 'r1', counts: {} }
      return { ...told, epoch, clock: storeTime.skew(MAX_BEHIND_MS) }
    },
    onCounted: () => void flags.catchUp(),
  })
  const start = async () => {
    await reporter.start()
    await flags.start()
  }
  t.teardown(() => void flags.stop())
  const read = async (key: DeviceKey) => (await flags.read([key], storeTime.now()))[0]
  return { flags, reporter, wall, clockAnswer, epochs, faults, start, read }
}

function faulty<T>(fault: CallFault, call: () => Promise<T>): Promise<T> {
  if (fault === 'hangs') return new Promise(() => {})
  if (fault === 'fails') return Promise.reject(new StoreUnavailable('being tested', new Error('provoked')))
  return call()
}
