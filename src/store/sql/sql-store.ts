/**
 * The store's ports on any SQL database. Who does what: the driver's `SqlDatabase` holds connections and transactions, its
 * `DeviceRecords` answers the data plane, this folder has the SQL, and `Head` makes a writer the only one.
 */
import type { DeviceRecord, Instant } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { AuditEntry } from '../../core/restriction/audit-chain.ts'
import type { TrafficEvent } from '../../core/restriction/restriction.ts'
import type {
  ControlStore,
  ControlUnit,
  ControlView,
  GatewayReport,
  ReportOutcome,
} from '../control-store.ts'
import type { ImportOptions, ImportOutcome, ImportSource, InventoryImport } from '../inventory-import.ts'
import type { Leases } from '../leases.ts'
import type { ReportStore } from '../report-store.ts'
import {
  type DeviceChange,
  type DeviceRecords,
  type FlaggedPage,
  OutcomeUnknown,
  type RestrictionChange,
  type Store,
} from '../store.ts'
import type { EventInbox } from '../traffic-store.ts'
import { flaggedKeys, flagHistory } from './flags.ts'
import { confirmApplied, keepLive, recordReport } from './gateways.ts'
import { StoreClock } from './group.ts'
import { groupsIn } from './groups.ts'
import { GuardedSession } from './guarded-session.ts'
import { Head, storeId } from './head.ts'
import { ImportRun } from './import-run.ts'
import { SqlReportStore } from './report-store.ts'
import type { SqlDatabase, SqlSession, WriteOptions } from './session.ts'
import { leaveEvents } from './traffic.ts'

/** A connected driver. */
export interface SqlParts {
  readonly database: SqlDatabase
  readonly records: DeviceRecords
  /** Stands for the database's clock, for tests. */
  readonly now: (() => Instant) | undefined
}

/** Who is second at the row looks at it as the first has left it. */
const HOLD_LEASE = `
  INSERT INTO leases (name, holder, until_ms) VALUES (?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms
  WHERE leases.holder = excluded.holder OR leases.until_ms <= ?`

export class SqlStore implements Store, ControlStore, InventoryImport, Leases, EventInbox {
  readonly #database: SqlDatabase
  readonly #records: DeviceRecords
  readonly #clock: StoreClock
  #onAudited: ((entries: readonly AuditEntry[]) => Promise<void>) | undefined
  readonly listen?: NonNullable<ControlStore['listen']>

  constructor({ database, records, now }: SqlParts) {
    this.#database = database
    this.#records = records
    this.#clock = new StoreClock(database, now)
    const listen = database.listen?.bind(database)
    if (listen) this.listen = listen
  }

  load(keys: readonly DeviceKey[]): Promise<DeviceRecord[]> {
    return this.#records.load(keys)
  }

  position(): Promise<number> {
    return this.#records.position()
  }

  changedSince(position: number, limit: number): Promise<DeviceChange[]> {
    return this.#records.changedSince(position, limit)
  }

  flaggedKeys(since: Instant, limit: number, after?: DeviceKey): Promise<FlaggedPage> {
    return this.#read('reading which Devices have a flag', (session) =>
      flaggedKeys(session, since, limit, after),
    )
  }

  storeId(): Promise<string> {
    return this.#read('reading its identity', storeId)
  }

  now(): Promise<Instant> {
    return this.#read('reading its clock', (session) => this.#clock.read(session))
  }

  read<Result>(work: (view: ControlView) => Promise<Result>): Promise<Result> {
    return this.#read('reading', (session) => work(groupsIn({ session, clock: this.#clock })))
  }

  change<Result>(work: (unit: ControlUnit) => Promise<Result>): Promise<Result> {
    return this.#write('recording a change', (session, head) =>
      work(groupsIn({ session, clock: this.#clock, head })),
    )
  }

  async reportGateway(report: GatewayReport, liveWithinMs: number): Promise<ReportOutcome> {
    const doing = `recording the report of ${report.id}`
    const outcome = await this.#writeAside(doing, (session, now) =>
      recordReport(session, report, now, liveWithinMs),
    )
    if (outcome.kind === 'taken') await this.#writeAside(doing, confirmApplied)
    return outcome
  }

  keepGatewayLive(id: string, liveWithinMs: number, instance?: string): Promise<boolean> {
    return this.#writeAside(`keeping ${id} live`, (session, now) =>
      keepLive(session, { id, instance }, now, liveWithinMs),
    )
  }

  mayTakeEvents(): Promise<boolean> {
    return this.#read('reading its rights', async (session) => {
      return (await session.get(this.#database.dialect.mayChangeFlags))?.may === 'yes'
    })
  }

  leaveEvents(events: readonly TrafficEvent[]): Promise<void> {
    return this.#writeAside('leaving events', (session) => leaveEvents(session, events))
  }

  holdLease(name: string, holder: string, forMs: number): Promise<boolean> {
    return this.#writeAside(`taking the lease ${name}`, async (session, now) => {
      return (await session.run(HOLD_LEASE, name, holder, now + forMs, now)) > 0
    })
  }

  releaseLease(name: string, holder: string): Promise<void> {
    return this.#writeAside(`giving back the lease ${name}`, async (session) => {
      await session.run('DELETE FROM leases WHERE name = ? AND holder = ?', name, holder)
    })
  }

  restrictionHistory(key: DeviceKey): Promise<RestrictionChange[]> {
    return this.#read('reading the history of a flag', (session) => flagHistory(session, key))
  }

  importInventory(source: ImportSource, options: ImportOptions = {}): Promise<ImportOutcome> {
    return new ImportRun({
      ...{ source, options, clock: this.#clock, dialect: this.#database.dialect },
      write: (doing, work) => this.#guardedWrite(doing, work),
      merge: (doing, work) => this.#write(doing, work, { isLong: true }),
    }).run()
  }

  /** What reports keep and read. */
  get reports(): ReportStore {
    return new SqlReportStore({
      read: (doing, work) => this.#read(doing, work),
      write: (doing, work) => this.#guardedWrite(doing, work),
    })
  }

  /**
   * Has entries of the audit kept elsewhere as well, by whoever writes them through this store: once they are committed, or may
   * be, and before the change is answered.
   */
  keepAudited(keep: (entries: readonly AuditEntry[]) => Promise<void>): void {
    this.#onAudited = keep
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  #read<Result>(doing: string, work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    return this.#database.read(doing, (session) => guarded(session, doing, work))
  }

  async #write<Result>(
    doing: string,
    work: (session: SqlSession, head: Head) => Promise<Result>,
    options?: WriteOptions,
  ): Promise<Result> {
    let audited: readonly AuditEntry[] = []
    const locked = async (session: SqlSession) => {
      const head = await Head.lock(session, this.#database.dialect)
      const result = await work(session, head)
      await head.save()
      audited = head.audited
      return result
    }
    const writing = this.#guardedWrite(doing, locked, options)
    const isKept = await writing.then(
      () => true,
      (error) => error instanceof OutcomeUnknown,
    )
    if (isKept && audited.length > 0) await this.#onAudited?.(audited)
    return writing
  }

  /** A transaction on what the head does not count: it does not wait for whoever holds the head. */
  #writeAside<Result>(
    doing: string,
    work: (session: SqlSession, now: Instant) => Promise<Result>,
  ): Promise<Result> {
    return this.#guardedWrite(doing, async (session) => work(session, await this.#clock.read(session)))
  }

  #guardedWrite<Result>(
    doing: string,
    work: (session: SqlSession) => Promise<Result>,
    options?: WriteOptions,
  ): Promise<Result> {
    return this.#database.write(doing, (session) => guarded(session, doing, work), options)
  }
}

async function guarded<Result>(
  session: SqlSession,
  doing: string,
  work: (session: SqlSession) => Promise<Result>,
): Promise<Result> {
  const guardedSession = new GuardedSession(session, doing)
  try {
    return await work(guardedSession)
  } finally {
    guardedSession.end()
  }
}
