/**
 * Flags that operations set straight on Devices, without a restriction record: the `Restrictions` port. On a Device that
 * is also a member of a restriction record both count; see `coverOf`.
 */
import type { Instant, Restriction } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { FlaggedDevice, RestrictionChange } from '../store.ts'
import { columnOfKey, keyOf, numberOf, timeOf } from './columns.ts'
import { restrictionOf, settleFlag } from './flags.ts'
import type { Head } from './head.ts'
import type { SqlRow, SqlSession } from './session.ts'

const DIRECT = "restriction_id = ''"
const CURRENT = `SELECT from_ms, until_ms FROM members WHERE device_key = ? AND ${DIRECT}`
const DROP = `DELETE FROM members WHERE device_key = ? AND ${DIRECT}`
const ADD = "INSERT INTO members (device_key, restriction_id, from_ms, until_ms) VALUES (?, '', ?, ?)"

const LIST = `
  SELECT flags.device_key, flags.from_ms, flags.until_ms, flags.version, devices.version AS device_version
  FROM flags LEFT JOIN devices ON devices.device_key = flags.device_key
  WHERE flags.device_key BETWEEN ? AND ? AND flags.from_ms IS NOT NULL
    AND (flags.until_ms IS NULL OR flags.until_ms > ?)
  ORDER BY flags.device_key LIMIT ?`

const HISTORY = `
  SELECT flag_history.sequence, recorded_ms, from_ms, until_ms
  FROM flag_history JOIN changes ON changes.sequence = flag_history.sequence
  WHERE flag_history.device_key = ? ORDER BY flag_history.sequence`

/** The halves of the keys, which signed order swaps. */
const KEY_HALVES = [
  { first: 0n, last: 2n ** 63n - 1n },
  { first: 2n ** 63n, last: 2n ** 64n - 1n },
]

/** What a change makes of the flag a Device has; the same object when nothing changes. */
export type FlagChange = (current: Restriction | undefined, now: Instant) => Restriction | undefined

/** Applies a change to the flags of Devices. */
export async function changeDirectFlags(
  session: SqlSession,
  head: Head,
  keys: readonly DeviceKey[],
  change: FlagChange,
  now: Instant,
): Promise<void> {
  for (const key of keys) {
    const row = await session.get(CURRENT, columnOfKey(key))
    const current = row && restrictionOf(row)
    const next = change(current, now)
    if (next === current) continue
    await session.run(DROP, columnOfKey(key))
    if (next) await session.run(ADD, columnOfKey(key), next.from, next.until ?? null)
    await settleFlag(session, key, await head.addChange(key, undefined, now), now)
  }
}

/** Flags in force at `now` or later, by ascending key. */
export async function listFlagged(
  session: SqlSession,
  now: Instant,
  limit: number,
  after: DeviceKey | undefined,
): Promise<FlaggedDevice[]> {
  const start = after === undefined ? 0n : after + 1n
  const found: FlaggedDevice[] = []
  for (const { first, last } of KEY_HALVES) {
    const range = [start > first ? start : first, last]
    if (start > last) continue
    const signed = range.map((bound) => BigInt.asIntN(64, bound))
    found.push(...(await session.all(LIST, ...signed, now, limit - found.length)).flatMap(flaggedOf))
  }
  return found
}

/** Every change of a Device's flag, whatever set it, oldest first. */
export async function flagHistory(session: SqlSession, key: DeviceKey): Promise<RestrictionChange[]> {
  return (await session.all(HISTORY, columnOfKey(key))).map((row) => ({
    sequence: numberOf(row.sequence),
    recordedAt: timeOf(row.recorded_ms),
    restriction: restrictionOf(row),
  }))
}

function flaggedOf(row: SqlRow): FlaggedDevice[] {
  const restriction = restrictionOf(row)
  const version = Math.max(numberOf(row.version), numberOf(row.device_version))
  return restriction ? [{ key: keyOf(row.device_key), restriction, version }] : []
}
