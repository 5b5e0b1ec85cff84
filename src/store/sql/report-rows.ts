/** The other rows of reports: lists that were decided by, flags as uptake counts them, leak checks, and what has grown old. */
import type { Instant } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import { monthAt } from '../../core/report/month.ts'
import type { FlagLife, KeptLeakCheck, KeptList, ListDay, PrunedTable } from '../report-store.ts'
import { columnOfKey, keyOf, numberOf, optionalTextOf, optionalTimeOf, textOf, timeOf } from './columns.ts'
import type { SqlSession, SqlValue } from './session.ts'

const KEEP_LIST =
  'INSERT INTO report_lists (revision, name, content) VALUES (?, ?, ?) ON CONFLICT (revision) DO NOTHING'

const LIST_DAYS = `
  SELECT day, revision, first_ms, last_ms, messages FROM report_list_days
  WHERE day >= ? AND day < ? ORDER BY day, first_ms, revision`

const FLAGS = `
  SELECT id, mpxn, meter_key, from_ms, until_ms, is_closed, clear_reason, coalesce(on_behalf_of, set_by_party) AS keeper
  FROM restrictions WHERE id > ? ORDER BY id LIMIT ?`

const KEEP_LEAK_CHECK = `
  INSERT INTO leak_checks (month, gateway, at_ms, outcome) VALUES (?, ?, ?, ?)
  ON CONFLICT (month, gateway) DO UPDATE SET at_ms = excluded.at_ms, outcome = excluded.outcome`

export async function keepList(session: SqlSession, { revision, name, content }: KeptList): Promise<void> {
  await session.run(KEEP_LIST, revision, name, content)
}

export async function keptList(session: SqlSession, revision: string): Promise<KeptList | undefined> {
  const row = await session.get('SELECT name, content FROM report_lists WHERE revision = ?', revision)
  return row && { revision, name: textOf(row.name), content: textOf(row.content) }
}

export async function listDays(session: SqlSession, from: string, until: string): Promise<ListDay[]> {
  return (await session.all(LIST_DAYS, from, until)).map((row) => ({
    day: textOf(row.day),
    revision: textOf(row.revision),
    firstAt: timeOf(row.first_ms),
    lastAt: timeOf(row.last_ms),
    messages: numberOf(row.messages),
  }))
}

export async function flagLives(session: SqlSession, limit: number, after = ''): Promise<FlagLife[]> {
  return (await session.all(FLAGS, after, limit)).map((row) => ({
    id: textOf(row.id),
    mpxn: optionalTextOf(row.mpxn),
    meter: keyOf(row.meter_key),
    from: timeOf(row.from_ms),
    until: optionalTimeOf(row.until_ms),
    isClosed: numberOf(row.is_closed) === 1,
    clearReason: optionalTextOf(row.clear_reason),
    keeper: textOf(row.keeper),
  }))
}

/** In the order of the column, which is signed. */
export async function flaggedDevices(
  session: SqlSession,
  limit: number,
  after: DeviceKey | undefined,
): Promise<DeviceKey[]> {
  const from = after === undefined ? [] : [columnOfKey(after)]
  const where = after === undefined ? '' : 'WHERE device_key > ?'
  const text = `SELECT device_key FROM flags ${where} ORDER BY device_key LIMIT ?`
  return (await session.all(text, ...from, limit)).map((row) => keyOf(row.device_key))
}

export async function leakChecks(session: SqlSession, month: string): Promise<KeptLeakCheck[]> {
  const text = 'SELECT gateway, at_ms, outcome FROM leak_checks WHERE month = ? ORDER BY gateway'
  return (await session.all(text, month)).map((row) => ({
    month,
    gateway: textOf(row.gateway),
    at: timeOf(row.at_ms),
    outcome: textOf(row.outcome),
  }))
}

export async function keepLeakCheck(session: SqlSession, check: KeptLeakCheck): Promise<void> {
  const { month, gateway, at, outcome } = check
  await session.run(KEEP_LEAK_CHECK, month, gateway, at, outcome)
}

/** What of a row says its age, and its key. Rows of months are as old as the month. */
const AGES: Readonly<Record<PrunedTable, { readonly older: string; readonly key: string }>> = {
  traffic_events: { older: 'at_ms < ?', key: 'decision, event' },
  schedules: { older: 'until_ms < ?', key: 'schedule_id' },
  // Those that wait have no such time.
  notices: { older: 'settled_ms < ?', key: 'place' },
  report_blocked: {
    older: 'month < ?',
    key: 'month, device_key, hub_key, region, generation, supplier, class, fate',
  },
  report_sightings: { older: 'trouble_ms < ?', key: 'device_key' },
  report_counts: {
    older: 'month < ?',
    key: 'month, kind, code, class, region, generation, user_key, fate, is_restricted',
  },
  leak_checks: { older: 'month < ?', key: 'month, gateway' },
}

export async function countOlder(session: SqlSession, table: PrunedTable, before: Instant): Promise<number> {
  const { older } = AGES[table]
  const row = await session.get(`SELECT count(*) AS old FROM ${table} WHERE ${older}`, ageOf(older, before))
  return numberOf(row?.old)
}

export function deleteOlder(
  session: SqlSession,
  table: PrunedTable,
  before: Instant,
  limit: number,
): Promise<number> {
  const { older, key } = AGES[table]
  const old = `SELECT ${key} FROM ${table} WHERE ${older} LIMIT ?`
  return session.run(`DELETE FROM ${table} WHERE (${key}) IN (${old})`, ageOf(older, before), limit)
}

/** A month is older than a time when it ended before it, so one that the time lies in is kept. */
function ageOf(older: string, before: Instant): SqlValue {
  return older.startsWith('month') ? monthAt(before).name : before
}

/** How many entries of the audit are older. */
export async function auditOlder(session: SqlSession, before: Instant): Promise<number> {
  const row = await session.get('SELECT count(*) AS old FROM audit WHERE at_ms < ?', before)
  return numberOf(row?.old)
}
