/**
 * The flag of each Device, as the data plane reads it: worked out from the restrictions that the Device is a member of, in
 * the transaction that changes one of them.
 */
import type { Instant, Restriction } from '../../core/device/device.ts'
import { coverOf, hasEnded } from '../../core/device/restriction.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { FlaggedPage, RestrictionChange } from '../store.ts'
import { columnOfKey, keyOf, numberOf, optionalKeyOf, optionalTimeOf, timeOf } from './columns.ts'
import type { SqlRow, SqlSession } from './session.ts'

const MEMBERSHIPS = 'SELECT from_ms, until_ms FROM members WHERE device_key = ?'
const CURRENT = 'SELECT from_ms, until_ms FROM flags WHERE device_key = ?'
/** From the least key on, by signed order; also the rows that have no flag any more, so that a page costs the same everywhere. */
const PAGE =
  'SELECT device_key, from_ms, until_ms FROM flags WHERE device_key >= ? ORDER BY device_key LIMIT ?'
const PUT = `
  INSERT INTO flags (device_key, from_ms, until_ms, version) VALUES (?, ?, ?, ?)
  ON CONFLICT (device_key) DO UPDATE SET
    from_ms = excluded.from_ms, until_ms = excluded.until_ms, version = excluded.version`
const TOUCH = `
  INSERT INTO flags (device_key, from_ms, until_ms, version) VALUES (?, NULL, NULL, ?)
  ON CONFLICT (device_key) DO UPDATE SET version = excluded.version`
const ADD_HISTORY = 'INSERT INTO flag_history (device_key, from_ms, until_ms, sequence) VALUES (?, ?, ?, ?)'

const HISTORY = `
  SELECT flag_history.sequence, recorded_ms, from_ms, until_ms
  FROM flag_history JOIN changes ON changes.sequence = flag_history.sequence
  WHERE flag_history.device_key = ? ORDER BY flag_history.sequence`

const LEAST_KEY = -(2n ** 63n)
const GREATEST_KEY = 2n ** 63n - 1n

/** Writes the Device's flag under change `sequence`, after its memberships have changed. */
export async function settleFlag(
  session: SqlSession,
  device: DeviceKey,
  sequence: number,
  now: Instant,
): Promise<void> {
  const key = columnOfKey(device)
  const memberships = await session.all(MEMBERSHIPS, key)
  const next = coverOf(memberships.map(restrictionOf).filter(isPresent), now)
  const current = await session.get(CURRENT, key)
  const columns = [key, next?.from ?? null, next?.until ?? null, sequence] as const
  await session.run(PUT, ...columns)
  if (!isSame(next, current && restrictionOf(current))) await session.run(ADD_HISTORY, ...columns)
}

/** Gives the Device's record the version of a change that leaves its flag as it is. */
export async function touchFlag(session: SqlSession, device: DeviceKey, sequence: number): Promise<void> {
  await session.run(TOUCH, columnOfKey(device), sequence)
}

/** See `FlaggedKeys`. */
export async function flaggedKeys(
  session: SqlSession,
  since: Instant,
  limit: number,
  after: DeviceKey | undefined,
): Promise<FlaggedPage> {
  const first = after === undefined ? LEAST_KEY : columnOfKey(after) + 1n
  const rows = await session.all(PAGE, first, limit)
  const last = rows.length === limit ? rows.at(-1)?.device_key : undefined
  return {
    keys: rows.filter((row) => isLasting(restrictionOf(row), since)).map((row) => keyOf(row.device_key)),
    next: last === GREATEST_KEY ? undefined : optionalKeyOf(last),
  }
}

/** Every change of a Device's flag, oldest first. */
export async function flagHistory(session: SqlSession, key: DeviceKey): Promise<RestrictionChange[]> {
  return (await session.all(HISTORY, columnOfKey(key))).map((row) => ({
    sequence: numberOf(row.sequence),
    recordedAt: timeOf(row.recorded_ms),
    restriction: restrictionOf(row),
  }))
}

function isLasting(restriction: Restriction | undefined, since: Instant): boolean {
  return restriction !== undefined && !hasEnded(restriction, since)
}

/** Undefined when there is no `from`: no flag was ever set, or it was taken back before it began. */
export function restrictionOf(row: SqlRow): Restriction | undefined {
  if (row.from_ms === null) return undefined
  return { from: timeOf(row.from_ms), until: optionalTimeOf(row.until_ms) }
}

function isPresent(restriction: Restriction | undefined): restriction is Restriction {
  return restriction !== undefined
}

function isSame(one: Restriction | undefined, other: Restriction | undefined): boolean {
  return one?.from === other?.from && one?.until === other?.until
}
