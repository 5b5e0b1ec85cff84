/** Restriction records and their members as rows. A change of a record reaches its members' flags in the same call. */
import type { Instant } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { Role } from '../../core/restriction/party.ts'
import type { Declaration, RestrictionRecord } from '../../core/restriction/restriction.ts'
import type { Page, RestrictionFilter } from '../control-store.ts'
import { IN_FORCE } from './changes.ts'
import {
  columnOfKey,
  jsonOf,
  keyOf,
  numberOf,
  optionalTextOf,
  optionalTimeOf,
  textOf,
  timeOf,
} from './columns.ts'
import { Conditions } from './conditions.ts'
import { settleFlag } from './flags.ts'
import type { Head } from './head.ts'
import { pageOf } from './pages.ts'
import type { SqlRow, SqlSession, SqlValue } from './session.ts'

/** A record before the store gives it its place in the change sequence. */
export type RestrictionDraft = Omit<RestrictionRecord, 'sequence' | 'inForceAt'>

const COLUMNS = [
  'id',
  'mpxn',
  'fuel',
  'meter_key',
  'from_ms',
  'until_ms',
  'is_closed',
  'set_by_party',
  'set_by_role',
  'set_by_name',
  'on_behalf_of',
  'ticket',
  'reference',
  'declaration',
  'clear_reason',
  'version',
  'sequence',
  'recorded_ms',
]

const SELECT = `SELECT restrictions.*, ${IN_FORCE} FROM restrictions`

const PUT = `
  INSERT INTO restrictions (${COLUMNS.join()}) VALUES (${COLUMNS.map(() => '?').join()})
  ON CONFLICT (id) DO UPDATE SET ${COLUMNS.slice(1)
    .map((column) => `${column} = excluded.${column}`)
    .join()}`

const PUT_MEMBER = `
  INSERT INTO members (restriction_id, device_key, from_ms, until_ms) VALUES (?, ?, ?, ?)
  ON CONFLICT (device_key, restriction_id) DO UPDATE SET from_ms = excluded.from_ms, until_ms = excluded.until_ms`

const DROP_MEMBER = 'DELETE FROM members WHERE restriction_id = ? AND device_key = ?'

/** Among the registrations in force at the time, the one that began last counts. */
const IS_SUPPLIED_BY = `
  EXISTS (
    SELECT 1 FROM registrations AS mine
    WHERE mine.mpxn = restrictions.mpxn AND mine.role = 'supplier' AND mine.party = ?
      AND mine.from_ms <= ? AND (mine.until_ms IS NULL OR mine.until_ms > ?)
      AND NOT EXISTS (
        SELECT 1 FROM registrations AS later
        WHERE later.mpxn = mine.mpxn AND later.role = 'supplier' AND later.from_ms > mine.from_ms
          AND later.from_ms <= ? AND (later.until_ms IS NULL OR later.until_ms > ?)))
  OR mpxn IS NULL AND coalesce(on_behalf_of, set_by_party) = ?`

const IS_MEMBER = 'id IN (SELECT restriction_id FROM members WHERE device_key = ?)'
const IS_OPEN = 'is_closed = 0 AND (until_ms IS NULL OR until_ms > ?)'

export async function findRestriction(
  session: SqlSession,
  id: string,
): Promise<RestrictionRecord | undefined> {
  const [record] = await select(session, 'WHERE id = ?', id)
  return record
}

/** Open ones only, oldest first. */
export function restrictionsOfDevice(
  session: SqlSession,
  key: DeviceKey,
  now: Instant,
): Promise<RestrictionRecord[]> {
  return select(session, `WHERE ${IS_MEMBER} AND ${IS_OPEN} ORDER BY id`, columnOfKey(key), now)
}

/** Newest first. */
export function restrictionsOfMeterPoint(session: SqlSession, mpxn: string): Promise<RestrictionRecord[]> {
  return select(session, 'WHERE mpxn = ? ORDER BY id DESC', mpxn)
}

/** Newest first: IDs begin with the time they were given out. */
export async function restrictionPage(
  session: SqlSession,
  { party, mpxn, device, open }: RestrictionFilter,
  now: Instant,
  limit: number,
  after: string | undefined,
): Promise<Page<RestrictionRecord>> {
  const asked = new Conditions()
  asked.addIf('id < ?', after)
  asked.addIf('mpxn = ?', mpxn)
  asked.addIf(IS_MEMBER, device === undefined ? undefined : columnOfKey(device))
  if (party !== undefined) asked.add(IS_SUPPLIED_BY, party, now, now, now, now, party)
  if (open) asked.add(IS_OPEN, now)
  const records = await select(session, `${asked.where} ORDER BY id DESC LIMIT ?`, ...asked.values, limit + 1)
  return pageOf(records, limit, (record) => record.id)
}

/** Writes a record, its members, their flags, and a change for each member that any of this touches. */
export async function putRestriction(
  session: SqlSession,
  head: Head,
  draft: RestrictionDraft,
  now: Instant,
): Promise<RestrictionRecord> {
  const before = await findRestriction(session, draft.id)
  for (const key of before?.members ?? [])
    if (!draft.members.includes(key)) await session.run(DROP_MEMBER, draft.id, columnOfKey(key))
  for (const key of draft.members)
    await session.run(PUT_MEMBER, draft.id, columnOfKey(key), draft.from, draft.until ?? null)
  for (const key of touchedBy(before, draft))
    await settleFlag(session, key, await head.addChange(key, draft.id, now), now)
  await session.run(PUT, ...columnsOf(draft, head.sequence))
  return { ...draft, sequence: head.sequence, inForceAt: undefined }
}

/** The Devices that change with the record; its meter when no other does, so that every version has a change. */
function touchedBy(before: RestrictionRecord | undefined, draft: RestrictionDraft): Iterable<DeviceKey> {
  const old = before?.members ?? []
  const isSameTime = before?.from === draft.from && before.until === draft.until
  const touched = new Set([
    ...old.filter((key) => !isSameTime || !draft.members.includes(key)),
    ...draft.members.filter((key) => !isSameTime || !old.includes(key)),
  ])
  return touched.size > 0 ? touched : [draft.meter]
}

async function select(
  session: SqlSession,
  condition: string,
  ...values: SqlValue[]
): Promise<RestrictionRecord[]> {
  const rows = await session.all(`${SELECT} ${condition}`, ...values)
  const members = await membersOf(
    session,
    rows.map((row) => textOf(row.id)),
  )
  return rows.map((row) => recordOf(row, members.get(textOf(row.id)) ?? []))
}

async function membersOf(session: SqlSession, ids: readonly string[]): Promise<Map<string, DeviceKey[]>> {
  const members = new Map<string, DeviceKey[]>(ids.map((id) => [id, []]))
  if (ids.length === 0) return members
  const text = `SELECT restriction_id, device_key FROM members WHERE restriction_id IN (${ids.map(() => '?').join()})`
  for (const row of await session.all(text, ...ids))
    members.get(textOf(row.restriction_id))?.push(keyOf(row.device_key))
  return members
}

function columnsOf(draft: RestrictionDraft, sequence: number): SqlValue[] {
  const { setBy } = draft
  return [
    draft.id,
    draft.mpxn ?? null,
    draft.fuel,
    columnOfKey(draft.meter),
    draft.from,
    draft.until ?? null,
    draft.isClosed ? 1 : 0,
    setBy.party,
    setBy.role,
    setBy.name,
    draft.onBehalfOf ?? null,
    draft.ticket ?? null,
    draft.reference ?? null,
    JSON.stringify(draft.declaration),
    draft.clearReason ?? null,
    draft.version,
    sequence,
    draft.recordedAt,
  ]
}

function recordOf(row: SqlRow, members: readonly DeviceKey[]): RestrictionRecord {
  const meter = keyOf(row.meter_key)
  return {
    id: textOf(row.id),
    mpxn: optionalTextOf(row.mpxn),
    fuel: row.fuel === 'gas' ? 'gas' : 'electricity',
    meter,
    members: meterFirst(meter, members),
    from: timeOf(row.from_ms),
    until: optionalTimeOf(row.until_ms),
    isClosed: numberOf(row.is_closed) === 1,
    setBy: {
      party: textOf(row.set_by_party),
      role: textOf(row.set_by_role) as Role,
      name: textOf(row.set_by_name),
    },
    onBehalfOf: optionalTextOf(row.on_behalf_of),
    ticket: optionalTextOf(row.ticket),
    reference: optionalTextOf(row.reference),
    declaration: jsonOf<Declaration>(row.declaration),
    clearReason: optionalTextOf(row.clear_reason),
    version: numberOf(row.version),
    sequence: numberOf(row.sequence),
    inForceAt: optionalTimeOf(row.in_force_ms),
    recordedAt: timeOf(row.recorded_ms),
  }
}

function meterFirst(meter: DeviceKey, members: readonly DeviceKey[]): DeviceKey[] {
  return members.toSorted((one, other) => {
    if (one === meter || other === meter) return one === meter ? -1 : 1
    return one < other ? -1 : 1
  })
}
