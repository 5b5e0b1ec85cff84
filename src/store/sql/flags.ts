/**
 * The flag of each Device, as the data plane reads it: worked out from the restrictions that the Device is a member of, in
 * the transaction that changes one of them.
 */
import {
  coverOf,
  hasEnded,
  type Instant,
  isSameRestriction,
  type Restriction,
} from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { FlaggedPage, RestrictionChange } from '../store.ts'
import { columnOfKey, key, number, optional, record, time } from './columns.ts'
import type { SqlSession } from './session.ts'
import { SqlTable } from './sql-table.ts'

/** Undefined when there is no `from`: no flag was ever set, or it was taken back before it began. */
export const FLAG = optional(
  record<Restriction>({ from: time('from_ms'), until: optional(time('until_ms')) }),
)

interface FlagOfDevice {
  readonly device: DeviceKey
  readonly restriction: Restriction | undefined
  /** The change that it is of. */
  readonly sequence: number
}

const flagUnder = (sequence: string) =>
  record<FlagOfDevice>({ device: key('device_key'), restriction: FLAG, sequence: number(sequence) })

/** Also those that have no flag any more: their version must not go back. */
export const FLAGS = new SqlTable('flags', 'device_key', flagUnder('version'))
const FLAG_HISTORY = new SqlTable('flag_history', 'sequence', flagUnder('sequence'))

const MEMBERSHIPS = 'SELECT from_ms, until_ms FROM members WHERE device_key = ?'

const HISTORY = `
  SELECT flag_history.sequence, recorded_ms, from_ms, until_ms
  FROM flag_history JOIN changes ON changes.sequence = flag_history.sequence
  WHERE flag_history.device_key = ? ORDER BY flag_history.sequence`

const HISTORY_ENTRY = record<RestrictionChange>({
  sequence: number('sequence'),
  recordedAt: time('recorded_ms'),
  restriction: FLAG,
})

/** The ends of signed keys. */
export const LEAST_KEY = -(2n ** 63n)
export const GREATEST_KEY = 2n ** 63n - 1n

/** Writes the Device's flag under change `sequence`, after its memberships have changed. */
export async function settleFlag(
  session: SqlSession,
  device: DeviceKey,
  sequence: number,
  now: Instant,
): Promise<void> {
  const memberships = (await session.all(MEMBERSHIPS, columnOfKey(device))).flatMap(
    (row) => FLAG.read(row) ?? [],
  )
  const restriction = coverOf(memberships, now)
  const current = await FLAGS.find(session, 'WHERE device_key = ?', columnOfKey(device))
  const flag = { device, restriction, sequence }
  await FLAGS.put(session, flag)
  if (!isSameRestriction(restriction, current?.restriction))
    await session.run(FLAG_HISTORY.insert, ...FLAG_HISTORY.values(flag))
}

/** See `FlaggedKeys`. By signed order; rows without a flag are looked at too, so that a page costs the same everywhere. */
export async function flaggedKeys(
  session: SqlSession,
  since: Instant,
  limit: number,
  after: DeviceKey | undefined,
): Promise<FlaggedPage> {
  const first = after === undefined ? LEAST_KEY : columnOfKey(after) + 1n
  const flags = await FLAGS.all(session, 'WHERE device_key >= ? ORDER BY device_key LIMIT ?', first, limit)
  const last = flags.length === limit ? flags.at(-1)?.device : undefined
  return {
    keys: flags.flatMap(({ device, restriction }) =>
      restriction && !hasEnded(restriction, since) ? device : [],
    ),
    next: last !== undefined && columnOfKey(last) === GREATEST_KEY ? undefined : last,
  }
}

/** Every change of a Device's flag, oldest first. */
export async function flagHistory(session: SqlSession, key: DeviceKey): Promise<RestrictionChange[]> {
  return (await session.all(HISTORY, columnOfKey(key))).map(HISTORY_ENTRY.read)
}
