/** What the roll-up keeps: marks of journals and what is counted, all of one batch in one transaction. */
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { BlockedCount, Count } from '../../core/report/count.ts'
import type { CountedKind, Fate } from '../../core/report/fate.ts'
import type { Sighting, Trouble } from '../../core/report/reachability.ts'
import type { BlockedByClass, BlockedFilter, JournalMark, RolledUpBatch } from '../report-store.ts'
import { columnOfKey, keyOf, numberOf, optionalKeyOf, optionalTimeOf, textOf } from './columns.ts'
import { keyColumns, rowsOfEach, type UpsertTable, upsertAll } from './many.ts'
import type { SqlRow, SqlSession, SqlValue } from './session.ts'

/** Stands for no key where a column is part of a primary key. */
const NO_KEY = 0n

function added(name: string): Pick<UpsertTable, 'name' | 'update'> {
  return { name, update: `messages = ${name}.messages + excluded.messages` }
}

const COUNT_KEY = [
  'month',
  'kind',
  'code',
  'class',
  'region',
  'generation',
  'user_key',
  'fate',
  'is_restricted',
]
const COUNTS: UpsertTable = { ...added('report_counts'), key: COUNT_KEY, columns: [...COUNT_KEY, 'messages'] }

const BLOCKED_KEY = ['month', 'device_key', 'hub_key', 'region', 'generation', 'supplier', 'class', 'fate']
const BLOCKED: UpsertTable = {
  ...added('report_blocked'),
  key: BLOCKED_KEY,
  columns: [...BLOCKED_KEY, 'messages'],
}

/** The later of a column's two values. */
function later(table: string, column: string): string {
  const [own, fresh] = [`${table}.${column}`, `excluded.${column}`]
  return `${column} = CASE WHEN ${fresh} > ${own} THEN ${fresh} ELSE ${own} END`
}

const SIGHTINGS: UpsertTable = {
  name: 'report_sightings',
  columns: ['device_key', 'trouble', 'trouble_ms', 'heard_ms'],
  key: ['device_key'],
  update: `trouble = CASE WHEN excluded.trouble_ms > report_sightings.trouble_ms
      THEN excluded.trouble ELSE report_sightings.trouble END,
    ${later('report_sightings', 'trouble_ms')}, ${later('report_sightings', 'heard_ms')}`,
}

const HEARD = 'UPDATE report_sightings SET heard_ms = ? WHERE device_key = ? AND heard_ms < ?'

const LIST_DAYS: UpsertTable = {
  name: 'report_list_days',
  columns: ['day', 'revision', 'first_ms', 'last_ms', 'messages'],
  key: ['day', 'revision'],
  update: `messages = report_list_days.messages + excluded.messages, ${later('report_list_days', 'last_ms')},
    first_ms = CASE WHEN excluded.first_ms < report_list_days.first_ms
      THEN excluded.first_ms ELSE report_list_days.first_ms END`,
}

const MARK = 'SELECT journal, name, rolled_bytes, records, unreadable, first_ms, last_ms FROM report_journals'

const BEGIN_JOURNAL = `
  INSERT INTO report_journals (journal, name, rolled_bytes, records, unreadable) VALUES (?, ?, 0, 0, 0)
  ON CONFLICT (journal) DO NOTHING`

/** Only from where it stands: of two that roll the same bytes up, the second changes no row. */
const MOVE_MARK = `
  UPDATE report_journals SET rolled_bytes = ?, records = ?, unreadable = ?, first_ms = ?, last_ms = ?
  WHERE journal = ? AND rolled_bytes = ?`

/** The batch, unless its bytes are rolled up already. */
export async function keepBatch(session: SqlSession, batch: RolledUpBatch): Promise<boolean> {
  const { journal, name, offset, records, unreadable, firstAt, lastAt } = batch.mark
  await session.run(BEGIN_JOURNAL, journal, name)
  const values = [offset, records, unreadable, firstAt ?? null, lastAt ?? null, journal, batch.from]
  if ((await session.run(MOVE_MARK, ...values)) === 0) return false
  await upsertAll(session, COUNTS, batch.counts.map(columnsOfCount))
  await upsertAll(session, BLOCKED, batch.blocked.map(columnsOfBlocked))
  await upsertAll(session, LIST_DAYS, batch.listDays.map(columnsOfListDay))
  await keepSightings(session, batch.sightings)
  return true
}

/** One after the other in the order of Devices, for the same reason as in `upsertAll`. */
async function keepSightings(session: SqlSession, sightings: RolledUpBatch['sightings']): Promise<void> {
  for (const { device, trouble, troubleAt, heardAt } of sightings.toSorted(byDevice)) {
    const key = columnOfKey(device)
    if (trouble !== undefined && troubleAt !== undefined)
      await upsertAll(session, SIGHTINGS, [[key, trouble, troubleAt, heardAt ?? 0]])
    else if (heardAt !== undefined) await session.run(HEARD, heardAt, key, heardAt)
  }
}

function byDevice(one: { readonly device: DeviceKey }, other: { readonly device: DeviceKey }): number {
  return one.device < other.device ? -1 : 1
}

function columnsOfCount(count: Count): SqlValue[] {
  const { month, kind, code, class: rowClass, region, generation, user, fate, isRestricted, messages } = count
  const userKey = user === undefined ? NO_KEY : columnOfKey(user)
  return [month, kind, code, rowClass, region, generation, userKey, fate, isRestricted ? 1 : 0, messages]
}

function columnsOfBlocked(count: BlockedCount): SqlValue[] {
  const { month, device, hub, region, generation, supplier, class: rowClass, fate, messages } = count
  const hubKey = hub === undefined ? NO_KEY : columnOfKey(hub)
  return [month, columnOfKey(device), hubKey, region, generation, supplier, rowClass, fate, messages]
}

function columnsOfListDay({ day, revision, firstAt, lastAt, messages }: RolledUpBatch['listDays'][number]) {
  return [day, revision, firstAt, lastAt, messages]
}

export async function journalMark(session: SqlSession, journal: string): Promise<JournalMark | undefined> {
  const row = await session.get(`${MARK} WHERE journal = ?`, journal)
  return row && markOf(row)
}

/** By name. */
export async function journalMarks(session: SqlSession): Promise<JournalMark[]> {
  return (await session.all(`${MARK} ORDER BY name, journal`)).map(markOf)
}

function markOf(row: SqlRow): JournalMark {
  return {
    journal: textOf(row.journal),
    name: textOf(row.name),
    offset: numberOf(row.rolled_bytes),
    records: numberOf(row.records),
    unreadable: numberOf(row.unreadable),
    firstAt: optionalTimeOf(row.first_ms),
    lastAt: optionalTimeOf(row.last_ms),
  }
}

const SUMS = 'kind, code, region, fate, is_restricted'

/** Sums over class, generation and user; of some Service Users only where they are given. */
export async function countsOf(
  session: SqlSession,
  month: string,
  users: readonly DeviceKey[] | undefined,
): Promise<Count[]> {
  const ofUsers = users === undefined ? '' : `AND user_key IN (${['NULL', ...users.map(() => '?')].join()})`
  const text = `
    SELECT ${SUMS}, CAST(sum(messages) AS BIGINT) AS messages FROM report_counts
    WHERE month = ? ${ofUsers} GROUP BY ${SUMS} ORDER BY ${SUMS}`
  const rows = await session.all(text, month, ...keyColumns(users ?? []))
  return rows.map((row) => ({
    month,
    kind: textOf(row.kind) as CountedKind,
    code: textOf(row.code),
    class: '',
    region: textOf(row.region),
    generation: '',
    user: undefined,
    fate: textOf(row.fate) as Fate,
    isRestricted: numberOf(row.is_restricted) === 1,
    messages: numberOf(row.messages),
  }))
}

export async function blockedOf(
  session: SqlSession,
  month: string,
  keys: readonly DeviceKey[],
): Promise<BlockedCount[]> {
  const text = 'SELECT * FROM report_blocked WHERE month = ? AND device_key IN (…)'
  return (await rowsOfEach(session, text, keyColumns(keys), month)).map((row) => ({
    month,
    device: keyOf(row.device_key),
    hub: row.hub_key === NO_KEY ? undefined : optionalKeyOf(row.hub_key),
    region: textOf(row.region),
    generation: textOf(row.generation),
    supplier: textOf(row.supplier),
    class: textOf(row.class),
    fate: row.fate === 'withheld' ? 'withheld' : 'rejected',
    messages: numberOf(row.messages),
  }))
}

const sumIf = (fate: BlockedCount['fate']) =>
  `CAST(sum(CASE WHEN fate = '${fate}' THEN messages ELSE 0 END) AS BIGINT) AS ${fate}`

export async function blockedByClass(
  session: SqlSession,
  month: string,
  { regions, supplier }: BlockedFilter,
): Promise<BlockedByClass[]> {
  const ofRegions =
    regions === undefined ? '' : `AND region IN (${['NULL', ...regions.map(() => '?')].join()})`
  const ofSupplier = supplier === undefined ? '' : 'AND supplier = ?'
  const text = `
    SELECT class, ${sumIf('rejected')}, ${sumIf('withheld')} FROM report_blocked
    WHERE month = ? ${ofRegions} ${ofSupplier} GROUP BY class ORDER BY class`
  const rows = await session.all(
    text,
    month,
    ...(regions ?? []),
    ...(supplier === undefined ? [] : [supplier]),
  )
  return rows.map((row) => ({
    class: textOf(row.class),
    rejected: numberOf(row.rejected),
    withheld: numberOf(row.withheld),
  }))
}

export async function sightingOf(session: SqlSession, key: DeviceKey): Promise<Sighting | undefined> {
  const text = 'SELECT trouble, trouble_ms, heard_ms FROM report_sightings WHERE device_key = ?'
  const row = await session.get(text, columnOfKey(key))
  if (!row) return undefined
  const heardAt = numberOf(row.heard_ms)
  return {
    trouble: textOf(row.trouble) as Trouble,
    troubleAt: numberOf(row.trouble_ms),
    heardAt: heardAt === 0 ? undefined : heardAt,
  }
}
