/**
 * The head row: the change counter and the end of the audit chain. A transaction locks it before anything else, so there is
 * one writer at a time and numbers are given in the order of commits.
 */
import type { Instant } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import {
  type AuditDraft,
  type AuditEntry,
  append,
  type ChainEnd,
} from '../../core/restriction/audit-chain.ts'
import { AUDIT, CHAIN_END } from './audit.ts'
import { columnOfKey, numberOf, textOf } from './columns.ts'
import { recordFlagNews, recordMergedNews } from './flag-news.ts'
import type { SqlDialect, SqlSession } from './session.ts'

const READ = 'SELECT sequence, audit_count, audit_hash FROM head WHERE id = 1'
const SAVE = `
  UPDATE head SET sequence = ?, audit_count = ?, audit_hash = ?,
    recorded_ms = CASE WHEN recorded_ms < CAST(? AS BIGINT) THEN CAST(? AS BIGINT) ELSE recorded_ms END
  WHERE id = 1`
const ADD_CHANGE =
  'INSERT INTO changes (sequence, device_key, restriction_id, recorded_ms) VALUES (?, ?, ?, ?)'

/** The head as one transaction moves it on. */
export class Head {
  readonly #session: SqlSession
  readonly #dialect: SqlDialect
  readonly #sequenceBefore: number
  #sequence: number
  #chain: ChainEnd
  /** Devices with a change in this transaction, each with the time of its last. */
  readonly #touched = new Map<DeviceKey, Instant>()
  readonly #audited: AuditEntry[] = []
  #mergedAt: Instant | undefined
  /** When the last change was recorded; undefined before the first of this transaction. */
  #recordedAt: Instant | undefined

  private constructor(session: SqlSession, dialect: SqlDialect, sequence: number, chain: ChainEnd) {
    this.#session = session
    this.#dialect = dialect
    this.#sequenceBefore = sequence
    this.#sequence = sequence
    this.#chain = chain
  }

  /** Waits until every other writer is done. */
  static async lock(session: SqlSession, dialect: SqlDialect): Promise<Head> {
    const row = await session.get(`${READ}${dialect.rowLock}`)
    return new Head(session, dialect, numberOf(row?.sequence), CHAIN_END.read(row ?? {}))
  }

  /** Number of the last change. */
  get sequence(): number {
    return this.#sequence
  }

  /** Entries that this transaction adds to the audit. */
  get audited(): readonly AuditEntry[] {
    return this.#audited
  }

  async addChange(
    device: DeviceKey | undefined,
    restriction: string | undefined,
    at: Instant,
  ): Promise<number> {
    const key = device === undefined ? null : columnOfKey(device)
    await this.#session.run(ADD_CHANGE, this.#sequence + 1, key, restriction ?? null, at)
    this.#sequence += 1
    this.#recordedAt = at
    if (device !== undefined) this.#touched.set(device, at)
    return this.#sequence
  }

  /** Takes note of changes that a merge has added after `sequence`. */
  skip(changes: number, at: Instant): void {
    this.#sequence += changes
    this.#mergedAt = at
    this.#recordedAt = at
  }

  async appendAudit(draft: AuditDraft): Promise<AuditEntry> {
    const entry = append(this.#chain, draft)
    await this.#session.run(AUDIT.insert, ...AUDIT.values(entry))
    this.#chain = { count: entry.index, hash: entry.hash }
    this.#audited.push(entry)
    return entry
  }

  /** Tells the outbox of every Device that was touched, and writes the head back: the end of the transaction. */
  async save(): Promise<void> {
    await this.#recordNews()
    const recordedAt = this.#recordedAt ?? 0
    const { count, hash } = this.#chain
    await this.#session.run(SAVE, this.#sequence, count, hash, recordedAt, recordedAt)
    const { announce } = this.#dialect
    if (announce !== undefined && this.#sequence > this.#sequenceBefore)
      await this.#session.run(announce, String(this.#sequence))
  }

  async #recordNews(): Promise<void> {
    const at = [...this.#touched.values()].at(-1)
    if (at !== undefined) await recordFlagNews(this.#session, this.#sequence, [...this.#touched.keys()], at)
    if (this.#mergedAt !== undefined)
      await recordMergedNews(this.#session, this.#sequence, this.#sequenceBefore, this.#mergedAt)
  }
}

export async function storeId(session: SqlSession): Promise<string> {
  return textOf((await session.get('SELECT id FROM store_identity'))?.id)
}
