/** The port of reports on any SQL database. Its writes lock no head: they wait for no change of a flag and hold none up. */
import type { Instant } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { BlockedCount, Count } from '../../core/report/fate.ts'
import type { Incident } from '../../core/report/incident.ts'
import type { Sighting, Trouble } from '../../core/report/reachability.ts'
import { type BoundedSpan, monthAt } from '../../core/report/span.ts'
import type {
  FlagLife,
  IncidentChanges,
  KeptLeakCheck,
  KeptList,
  PrunedTable,
  ReportStore,
  RolledUpBatch,
} from '../report-store.ts'
import {
  column,
  columnOfKey,
  computed,
  json,
  key,
  keyOf,
  number,
  numberOf,
  optional,
  record,
  text,
  textOf,
  textRead,
  time,
  yesNo,
} from './columns.ts'
import { SqlGroup } from './group.ts'
import { BLOCKED, COUNTS, JOURNALS, keepBatch, LIST_DAYS } from './report-counts.ts'
import { deviceFacts, registrationsOfEach } from './report-facts.ts'
import type { SqlSession, SqlValue } from './session.ts'
import { keyColumns, rowsOfEach, SqlTable } from './sql-table.ts'

/** How reports get at the database. */
export interface ReportAccess {
  read<Result>(doing: string, work: (session: SqlSession) => Promise<Result>): Promise<Result>
  write<Result>(doing: string, work: (session: SqlSession) => Promise<Result>): Promise<Result>
}

const LISTS = new SqlTable(
  'report_lists',
  'revision',
  record<KeptList>({ revision: text('revision'), name: text('name'), content: text('content') }),
)

const LEAK_CHECKS = new SqlTable(
  'leak_checks',
  'month, gateway',
  record<KeptLeakCheck>({
    month: text('month'),
    gateway: text('gateway'),
    at: time('at_ms'),
    outcome: text('outcome'),
  }),
)

/** Restrictions as uptake counts them. */
const FLAG_LIVES = new SqlTable(
  'restrictions',
  'id',
  record<FlagLife>({
    id: text('id'),
    mpxn: optional(text('mpxn')),
    meter: key('meter_key'),
    from: time('from_ms'),
    until: optional(time('until_ms')),
    isClosed: yesNo('is_closed'),
    clearReason: optional(text('clear_reason')),
    keeper: computed('keeper', 'coalesce(on_behalf_of, set_by_party)', textOf),
  }),
)

const SIGHTINGS = new SqlTable(
  'report_sightings',
  'device_key',
  record<Sighting>({
    trouble: textRead('trouble', (trouble) => trouble as Trouble),
    troubleAt: number('trouble_ms'),
    heardAt: column(
      'heard_ms',
      'int',
      (heard) => heard ?? 0,
      (heard) => numberOf(heard) || undefined,
    ),
  }),
)

const SUMS = 'month, kind, code, region, fate, is_restricted'
const SUMMED_OVER = "'' AS class, '' AS generation, CAST(0 AS BIGINT) AS user_key"

const sumIf = (fate: BlockedCount['fate']) =>
  `CAST(sum(CASE WHEN fate = '${fate}' THEN messages ELSE 0 END) AS BIGINT) AS ${fate}`

/** `column IN (…)`, also for no values; nothing where they are undefined. */
const among = (column: string, values: readonly SqlValue[] | undefined) =>
  values === undefined ? '' : `AND ${column} IN (${['NULL', ...values.map(() => '?')]})`

/** What of a row says its age, and its key. Rows of months are as old as the month. */
const AGES: Readonly<Record<PrunedTable, { readonly older: string; readonly key: string }>> = {
  traffic_events: { older: 'at_ms < ?', key: 'decision, event' },
  schedules: { older: 'until_ms < ?', key: 'schedule_id' },
  // Those that wait have no such time.
  notices: { older: 'settled_ms < ?', key: 'place' },
  report_blocked: { older: 'month < ?', key: BLOCKED.key },
  report_sightings: { older: 'trouble_ms < ?', key: SIGHTINGS.key },
  report_counts: { older: 'month < ?', key: COUNTS.key },
  leak_checks: { older: 'month < ?', key: LEAK_CHECKS.key },
}

export class SqlReportStore implements ReportStore {
  readonly #access: ReportAccess

  constructor(access: ReportAccess) {
    this.#access = access
  }

  markOf(journal: string) {
    return this.#read((session) => JOURNALS.find(session, 'WHERE journal = ?', journal))
  }

  /** By name. */
  marks() {
    return this.#read((session) => JOURNALS.all(session, 'ORDER BY name, journal'))
  }

  facts(keys: readonly DeviceKey[]) {
    return this.#read((session) => deviceFacts(session, keys))
  }

  registrations(mpxns: readonly string[]) {
    return this.#read((session) => registrationsOfEach(session, mpxns))
  }

  keepBatch(batch: RolledUpBatch) {
    return this.#access.write('rolling the journal up', (session) => keepBatch(session, batch))
  }

  async keepList(list: KeptList) {
    await this.#access.write('keeping a list', (session) => LISTS.add(session, list))
  }

  countsOf(month: string, users?: readonly DeviceKey[]): Promise<Count[]> {
    const keys = users && keyColumns(users)
    const sums = `
      SELECT ${SUMS}, ${SUMMED_OVER}, CAST(sum(messages) AS BIGINT) AS messages FROM report_counts
      WHERE month = ? ${among('user_key', keys)} GROUP BY ${SUMS} ORDER BY ${SUMS}`
    return this.#read(async (session) =>
      (await session.all(sums, month, ...(keys ?? []))).map(COUNTS.fields.read),
    )
  }

  /** In the order of the column, which is signed. */
  flaggedDevices(limit: number, after?: DeviceKey) {
    const from = after === undefined ? [] : [columnOfKey(after)]
    const where = after === undefined ? '' : 'WHERE device_key > ?'
    const devices = `SELECT device_key FROM flags ${where} ORDER BY device_key LIMIT ?`
    return this.#read(async (session) =>
      (await session.all(devices, ...from, limit)).map((row) => keyOf(row.device_key)),
    )
  }

  incidentsBetween({ from, until }: BoundedSpan) {
    const between = 'WHERE from_ms < ? AND (until_ms IS NULL OR until_ms > ?) ORDER BY from_ms, reference'
    return this.#read((session) => INCIDENTS.all(session, between, until, from))
  }

  blockedOf(month: string, keys: readonly DeviceKey[]) {
    const blocked = `${BLOCKED.select} WHERE month = ? AND device_key IN (…)`
    return this.#read(async (session) =>
      (await rowsOfEach(session, blocked, keyColumns(keys), month)).map(BLOCKED.fields.read),
    )
  }

  blockedByClass(month: string, regions?: readonly string[]) {
    const sums = `
      SELECT class, ${sumIf('rejected')}, ${sumIf('withheld')} FROM report_blocked
      WHERE month = ? ${among('region', regions)} GROUP BY class ORDER BY class`
    return this.#read(async (session) =>
      (await session.all(sums, month, ...(regions ?? []))).map((row) => ({
        class: textOf(row.class),
        rejected: numberOf(row.rejected),
        withheld: numberOf(row.withheld),
      })),
    )
  }

  flagLives(limit: number, after = '') {
    return this.#read((session) => FLAG_LIVES.all(session, 'WHERE id > ? ORDER BY id LIMIT ?', after, limit))
  }

  sightingOf(key: DeviceKey) {
    return this.#read((session) => SIGHTINGS.find(session, 'WHERE device_key = ?', columnOfKey(key)))
  }

  keptList(revision: string) {
    return this.#read((session) => LISTS.find(session, 'WHERE revision = ?', revision))
  }

  listDays(from: string, until: string) {
    const rest = 'WHERE day >= ? AND day < ? ORDER BY day, first_ms, revision'
    return this.#read((session) => LIST_DAYS.all(session, rest, from, until))
  }

  leakChecks(month: string) {
    return this.#read((session) => LEAK_CHECKS.all(session, 'WHERE month = ? ORDER BY gateway', month))
  }

  keepLeakCheck(check: KeptLeakCheck) {
    return this.#access.write('keeping a leak check', (session) => LEAK_CHECKS.put(session, check))
  }

  countOlder(table: PrunedTable, before: Instant) {
    const { older } = AGES[table]
    return this.#count(`SELECT count(*) AS old FROM ${table} WHERE ${older}`, ageOf(older, before))
  }

  deleteOlder(table: PrunedTable, before: Instant, limit: number) {
    const { older, key } = AGES[table]
    const old = `SELECT ${key} FROM ${table} WHERE ${older} LIMIT ?`
    return this.#access.write('deleting what is old', (session) =>
      session.run(`DELETE FROM ${table} WHERE (${key}) IN (${old})`, ageOf(older, before), limit),
    )
  }

  auditOlder(before: Instant) {
    return this.#count('SELECT count(*) AS old FROM audit WHERE at_ms < ?', before)
  }

  #count(text: string, age: SqlValue): Promise<number> {
    return this.#read(async (session) => numberOf((await session.get(text, age))?.old))
  }

  #read<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    return this.#access.read('reading for a report', work)
  }
}

/** A month is older than a time when it ended before it, so one that the time lies in is kept. */
function ageOf(older: string, before: Instant): SqlValue {
  return older.startsWith('month') ? monthAt(before).name : before
}

const INCIDENTS = new SqlTable(
  'incidents',
  'reference',
  record<Incident>({
    reference: text('reference'),
    from: time('from_ms'),
    until: optional(time('until_ms')),
    regions: json('regions'),
    srvs: json('srvs'),
    device: optional(key('device_key')),
    openedBy: optional(text('opened_by')),
  }),
)

export class SqlIncidents extends SqlGroup implements IncidentChanges {
  find(reference: string) {
    return INCIDENTS.find(this.session, 'WHERE reference = ?', reference)
  }

  put(incident: Incident) {
    return INCIDENTS.put(this.session, incident)
  }
}
