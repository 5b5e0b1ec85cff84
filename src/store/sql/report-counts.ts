/** What the roll-up keeps: marks of journals and what is counted, all of one batch in one transaction. */
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { BlockedCount, Count } from '../../core/report/fate.ts'
import type { JournalMark, ListDay, RolledUpBatch } from '../report-store.ts'
import { column, columnOfKey, key, keyOf, number, optional, record, text, time, yesNo } from './columns.ts'
import type { SqlSession } from './session.ts'
import { SqlTable, upsertAll } from './sql-table.ts'

/** Stands for no key where a column is part of a primary key. */
const NO_KEY = 0n

const keyOrNone = (name: string) =>
  column<DeviceKey | undefined>(
    name,
    'int',
    (key) => (key === undefined ? NO_KEY : columnOfKey(key)),
    (column) => (column === NO_KEY ? undefined : keyOf(column)),
  )

export const COUNTS = new SqlTable(
  'report_counts',
  'month, kind, code, class, region, generation, user_key, fate, is_restricted',
  record<Count>({
    month: text('month'),
    kind: text('kind'),
    code: text('code'),
    class: text('class'),
    region: text('region'),
    generation: text('generation'),
    user: keyOrNone('user_key'),
    fate: text('fate'),
    isRestricted: yesNo('is_restricted'),
    messages: number('messages'),
  }),
)

export const BLOCKED = new SqlTable(
  'report_blocked',
  'month, device_key, hub_key, region, generation, supplier, class, fate',
  record<BlockedCount>({
    month: text('month'),
    device: key('device_key'),
    hub: keyOrNone('hub_key'),
    region: text('region'),
    generation: text('generation'),
    supplier: text('supplier'),
    class: text('class'),
    fate: text('fate'),
    messages: number('messages'),
  }),
)

export const LIST_DAYS = new SqlTable(
  'report_list_days',
  'day, revision',
  record<ListDay>({
    day: text('day'),
    revision: text('revision'),
    firstAt: time('first_ms'),
    lastAt: time('last_ms'),
    messages: number('messages'),
  }),
)

export const JOURNALS = new SqlTable(
  'report_journals',
  'journal',
  record<JournalMark>({
    journal: text('journal'),
    name: text('name'),
    offset: number('rolled_bytes'),
    records: number('records'),
    unreadable: number('unreadable'),
    firstAt: optional(time('first_ms')),
    lastAt: optional(time('last_ms')),
  }),
)

const added = ({ name }: { readonly name: string }) => `messages = ${name}.messages + excluded.messages`

/** The later of a column's two values. */
function later(table: string, column: string): string {
  const [own, fresh] = [`${table}.${column}`, `excluded.${column}`]
  return `${column} = CASE WHEN ${fresh} > ${own} THEN ${fresh} ELSE ${own} END`
}

const ADD_LIST_DAYS = `${added(LIST_DAYS)}, ${later('report_list_days', 'last_ms')},
  first_ms = CASE WHEN excluded.first_ms < report_list_days.first_ms
    THEN excluded.first_ms ELSE report_list_days.first_ms END`

/** Of two signs of trouble at the same time the one that is read later counts, as within a batch. */
const SIGHT = `
  INSERT INTO report_sightings (device_key, trouble, trouble_ms, heard_ms) VALUES (?, ?, ?, ?)
  ON CONFLICT (device_key) DO UPDATE SET
    trouble = CASE WHEN excluded.trouble_ms >= report_sightings.trouble_ms
      THEN excluded.trouble ELSE report_sightings.trouble END,
    ${later('report_sightings', 'trouble_ms')}, ${later('report_sightings', 'heard_ms')}`

const HEARD = 'UPDATE report_sightings SET heard_ms = ? WHERE device_key = ? AND heard_ms < ?'

const BEGIN_JOURNAL = `
  INSERT INTO report_journals (journal, name, rolled_bytes, records, unreadable) VALUES (?, ?, 0, 0, 0)
  ON CONFLICT (journal) DO NOTHING`

/** Only from where it is: of two that roll the same bytes up, the second changes no row. */
const MOVE_MARK = `
  UPDATE report_journals SET rolled_bytes = ?, records = ?, unreadable = ?, first_ms = ?, last_ms = ?
  WHERE journal = ? AND rolled_bytes = ?`

/** The batch, unless its bytes are rolled up already. */
export async function keepBatch(session: SqlSession, batch: RolledUpBatch): Promise<boolean> {
  const { journal, name, offset, records, unreadable, firstAt, lastAt } = batch.mark
  await session.run(BEGIN_JOURNAL, journal, name)
  const values = [offset, records, unreadable, firstAt ?? null, lastAt ?? null, journal, batch.from]
  if ((await session.run(MOVE_MARK, ...values)) === 0) return false
  await upsertAll(session, COUNTS, added(COUNTS), batch.counts)
  await upsertAll(session, BLOCKED, added(BLOCKED), batch.blocked)
  await upsertAll(session, LIST_DAYS, ADD_LIST_DAYS, batch.listDays)
  await keepSightings(session, batch.sightings)
  return true
}

/** One after the other in the order of Devices, for the same reason as in `upsertAll`. */
async function keepSightings(session: SqlSession, sightings: RolledUpBatch['sightings']): Promise<void> {
  for (const { device, trouble, troubleAt, heardAt } of sightings.toSorted(byDevice)) {
    const key = columnOfKey(device)
    if (trouble !== undefined && troubleAt !== undefined)
      await session.run(SIGHT, key, trouble, troubleAt, heardAt ?? 0)
    else if (heardAt !== undefined) await session.run(HEARD, heardAt, key, heardAt)
  }
}

function byDevice(one: { readonly device: DeviceKey }, other: { readonly device: DeviceKey }): number {
  return one.device < other.device ? -1 : 1
}
