/** The port of reports on any SQL database. Its writes lock no head: they wait for no change of a flag and hold none up. */

import type { Instant } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { BoundedSpan } from '../../core/report/span.ts'
import type {
  BlockedFilter,
  KeptLeakCheck,
  KeptList,
  PrunedTable,
  ReportStore,
  RolledUpBatch,
} from '../report-store.ts'
import { incidentsBetween } from './incidents.ts'
import {
  blockedByClass,
  blockedOf,
  countsOf,
  journalMark,
  journalMarks,
  keepBatch,
  sightingOf,
} from './report-counts.ts'
import { deviceFacts, registrationsOfEach } from './report-facts.ts'
import * as rows from './report-rows.ts'
import type { SqlSession } from './session.ts'

/** How reports get at the database. */
export interface ReportAccess {
  read<Result>(doing: string, work: (session: SqlSession) => Promise<Result>): Promise<Result>
  write<Result>(doing: string, work: (session: SqlSession) => Promise<Result>): Promise<Result>
}

export class SqlReportStore implements ReportStore {
  readonly #access: ReportAccess

  constructor(access: ReportAccess) {
    this.#access = access
  }

  markOf(journal: string) {
    return this.#read((session) => journalMark(session, journal))
  }

  marks() {
    return this.#read(journalMarks)
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

  keepList(list: KeptList) {
    return this.#access.write('keeping a list', (session) => rows.keepList(session, list))
  }

  countsOf(month: string, users?: readonly DeviceKey[]) {
    return this.#read((session) => countsOf(session, month, users))
  }

  flaggedDevices(limit: number, after?: DeviceKey) {
    return this.#read((session) => rows.flaggedDevices(session, limit, after))
  }

  incidentsBetween(span: BoundedSpan) {
    return this.#read((session) => incidentsBetween(session, span))
  }

  blockedOf(month: string, keys: readonly DeviceKey[]) {
    return this.#read((session) => blockedOf(session, month, keys))
  }

  blockedByClass(month: string, of: BlockedFilter) {
    return this.#read((session) => blockedByClass(session, month, of))
  }

  flagLives(limit: number, after?: string) {
    return this.#read((session) => rows.flagLives(session, limit, after))
  }

  sightingOf(key: DeviceKey) {
    return this.#read((session) => sightingOf(session, key))
  }

  keptList(revision: string) {
    return this.#read((session) => rows.keptList(session, revision))
  }

  listDays(from: string, until: string) {
    return this.#read((session) => rows.listDays(session, from, until))
  }

  leakChecks(month: string) {
    return this.#read((session) => rows.leakChecks(session, month))
  }

  keepLeakCheck(check: KeptLeakCheck) {
    return this.#access.write('keeping a leak check', (session) => rows.keepLeakCheck(session, check))
  }

  countOlder(table: PrunedTable, before: Instant) {
    return this.#read((session) => rows.countOlder(session, table, before))
  }

  deleteOlder(table: PrunedTable, before: Instant, limit: number) {
    return this.#access.write('deleting what is old', (session) =>
      rows.deleteOlder(session, table, before, limit),
    )
  }

  auditOlder(before: Instant) {
    return this.#read((session) => rows.auditOlder(session, before))
  }

  #read<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    return this.#access.read('reading for a report', work)
  }
}
