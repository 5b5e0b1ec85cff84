/**
 * The store in one SQLite file, the embedded default: WAL, `synchronous=FULL`, so that what was answered survives a
 * power cut. Several processes of one machine may open the same file; network file systems are not for it.
 *
 * `node:sqlite` works on the calling thread. Look-ups therefore take turns: one batch for each turn of the event loop,
 * however many were asked for at once, so that a message with 50,000 Devices does not hold up the others. Writes run
 * whole, inside one transaction; whoever imports an inventory cuts it into batches.
 */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type DeviceRecord, type Instant, instantOf, type Restriction } from '../../core/device/device.ts'
import { endAt, setFrom } from '../../core/device/restriction.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import {
  type DeviceChange,
  type FlaggedDevice,
  type InventoryDevice,
  type RestrictionChange,
  type Store,
  StoreTooNew,
  StoreUnavailable,
} from '../store.ts'
import { migrate } from './migrations.ts'
import {
  changeOf,
  columnOfKey,
  columnsOfDevice,
  deviceOf,
  flaggedDeviceOf,
  type LookUpRow,
  recordOf,
  restrictionChangeOf,
  restrictionOf,
} from './rows.ts'
import { prepareStatements, type Statements } from './statements.ts'

export interface SqliteStoreOptions {
  /** Path of the database; its folder is made when missing. `:memory:` lives as long as the store is open. */
  readonly file: string
  /** How long a writer waits for another process's transaction, in milliseconds; 5,000 when absent. Blocks the thread. */
  readonly busyTimeoutMs?: number
  /** Wall clock that changes are recorded by and that tells whether a restriction has ended; the machine's when absent. */
  readonly now?: () => Instant
}

/** Opens or creates the store and brings its schema up to date. Throws StoreUnavailable, or StoreTooNew. */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  const { file, busyTimeoutMs = 5_000, now = () => instantOf(Date.now()) } = options
  return attempt(`opening ${file}`, () => new SqliteStore(file, openDatabase(file, busyTimeoutMs), now))
}

function openDatabase(file: string, busyTimeoutMs: number): DatabaseSync {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true })
  try {
    makeDurable(database)
    migrate(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** NORMAL may lose answered commits when power fails, and no WAL means readers wait for writers: neither will do. */
function makeDurable(database: DatabaseSync): void {
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode
  if (mode !== 'wal' && mode !== 'memory') throw new Error(`this file system allows no WAL, only ${mode}`)
  database.exec('PRAGMA synchronous = FULL')
}

function attempt<T>(doing: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof StoreTooNew) throw error
    throw new StoreUnavailable(doing, error)
  }
}

/** The first keys of the two halves that signed order swaps. */
const KEY_HALVES = [
  { first: 0n, last: 2n ** 63n - 1n },
  { first: 2n ** 63n, last: 2n ** 64n - 1n },
]

/** Tells one file from another that takes its name; undefined in memory. */
function identityOf(file: string): string | undefined {
  if (file === ':memory:') return undefined
  const { dev, ino } = statSync(file, { bigint: true })
  return `${dev}:${ino}`
}

class SqliteStore implements Store {
  readonly #file: string
  readonly #identity: string | undefined
  readonly #database: DatabaseSync
  readonly #sql: Statements
  readonly #now: () => Instant
  #turn: Promise<unknown> = Promise.resolve()

  constructor(file: string, database: DatabaseSync, now: () => Instant) {
    this.#file = file
    this.#identity = identityOf(file)
    this.#database = database
    this.#sql = prepareStatements(database)
    this.#now = now
  }

  async load(keys: readonly DeviceKey[]): Promise<DeviceRecord[]> {
    await this.#takeTurn()
    return attempt(`looking up ${keys.length} Devices`, () => this.#lookUp(keys))
  }

  #takeTurn(): Promise<unknown> {
    const turn = this.#turn
    this.#turn = turn.then(() => nextTurn())
    return turn
  }

  #lookUp(keys: readonly DeviceKey[]): DeviceRecord[] {
    const rows = this.#sql.lookUp.all(`[${keys.map(columnOfKey).join()}]`) as unknown as LookUpRow[]
    const byPlace = new Map(rows.map((row) => [row[0], row]))
    return keys.map((key, place) =>
      recordOf(byPlace.get(place) ?? [place, null, null, null, null, null], key),
    )
  }

  async position(): Promise<number> {
    return attempt('reading the position', () => {
      this.#mustBeSameFile()
      return this.#position()
    })
  }

  /** An open file outlives its name: without this a store that was swapped under a gateway would look unchanged. */
  #mustBeSameFile(): void {
    if (identityOf(this.#file) !== this.#identity)
      throw new Error(`${this.#file} is another file now; restart`)
  }

  #position(): number {
    return Number(this.#sql.position.get()?.position)
  }

  async changedSince(position: number, limit: number): Promise<DeviceChange[]> {
    return attempt('reading changes', () => {
      this.#mustBeSameFile()
      return this.#sql.changedSince.all(position, limit).map(changeOf)
    })
  }

  async putDevices(devices: readonly InventoryDevice[]): Promise<void> {
    this.#write(`putting ${devices.length} Devices`, (recorded) => {
      for (const device of devices) {
        const columns = columnsOfDevice(device)
        if (!this.#sql.isAsPut.get(...columns))
          this.#sql.putDevice.run(...columns, recorded.append(device.key))
      }
    })
  }

  async findDevice(key: DeviceKey): Promise<InventoryDevice | undefined> {
    const row = attempt('finding a Device', () => this.#sql.device.get(columnOfKey(key)))
    return row && deviceOf(row)
  }

  async devicesOfMeterPoint(mpxn: string): Promise<InventoryDevice[]> {
    return attempt('finding the Devices of a meter point', () =>
      this.#sql.devicesOfMeterPoint.all(mpxn).map(deviceOf),
    )
  }

  async countDevices(): Promise<number> {
    return attempt('counting Devices', () => Number(this.#sql.countDevices.get()?.devices))
  }

  async setRestriction(keys: readonly DeviceKey[], from: Instant): Promise<number> {
    return this.#restrict('setting the flag', keys, (current, now) => setFrom(current, from, now))
  }

  async clearRestriction(keys: readonly DeviceKey[], until: Instant): Promise<number> {
    return this.#restrict('clearing the flag', keys, (current, now) => endAt(current, until, now))
  }

  #restrict(
    doing: string,
    keys: readonly DeviceKey[],
    change: (current: Restriction | undefined, now: Instant) => Restriction | undefined,
  ): number {
    return this.#write(`${doing} of ${keys.length} Devices`, (recorded) => {
      for (const key of keys) {
        const current = this.#restriction(key)
        const next = change(current, recorded.at)
        if (next !== current) this.#putRestriction(key, next, recorded.append(key))
      }
    })
  }

  #restriction(key: DeviceKey): Restriction | undefined {
    const row = this.#sql.restriction.get(columnOfKey(key))
    return restrictionOf(row?.from_ms, row?.until_ms)
  }

  #putRestriction(key: DeviceKey, restriction: Restriction | undefined, sequence: number): void {
    const columns = [columnOfKey(key), restriction?.from ?? null, restriction?.until ?? null, sequence]
    this.#sql.putRestriction.run(...columns)
    this.#sql.appendHistory.run(...columns)
  }

  async listRestricted(now: Instant, limit: number, after?: DeviceKey): Promise<FlaggedDevice[]> {
    const first = after === undefined ? 0n : after + 1n
    return attempt('listing Restricted Devices', () => {
      const found: FlaggedDevice[] = []
      for (const half of KEY_HALVES) {
        const start = first > half.first ? first : half.first
        if (start <= half.last) found.push(...this.#listRange(start, half.last, now, limit - found.length))
      }
      return found
    })
  }

  #listRange(start: bigint, last: bigint, now: Instant, limit: number): FlaggedDevice[] {
    const range = [BigInt.asIntN(64, start), BigInt.asIntN(64, last)]
    return this.#sql.listRestricted
      .all(...range, now, limit)
      .map(flaggedDeviceOf)
      .filter((flagged) => flagged !== undefined)
  }

  async restrictionHistory(key: DeviceKey): Promise<RestrictionChange[]> {
    return attempt('reading the history of a flag', () =>
      this.#sql.history.all(columnOfKey(key)).map(restrictionChangeOf),
    )
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) attempt('closing', () => this.#database.close())
  }

  /** Runs `work` in one transaction and answers the position after it. */
  #write(doing: string, work: (recorded: RecordedChanges) => void): number {
    return attempt(doing, () => {
      this.#mustBeSameFile()
      this.#sql.begin.run()
      try {
        const recorded = new RecordedChanges(this.#sql, this.#position(), this.#now())
        work(recorded)
        this.#sql.commit.run()
        return recorded.next - 1
      } catch (error) {
        if (this.#database.isTransaction) this.#sql.rollback.run()
        throw error
      }
    })
  }
}

/** The changes of one transaction: hands out sequence numbers without gaps, because only its writer holds the lock. */
class RecordedChanges {
  readonly #sql: Statements
  readonly at: Instant
  /** The sequence number that the next change gets. */
  next: number

  constructor(sql: Statements, position: number, at: Instant) {
    this.#sql = sql
    this.at = at
    this.next = position + 1
  }

  append(key: DeviceKey): number {
    this.#sql.appendChange.run(this.next, columnOfKey(key), this.at)
    return this.next++
  }
}
