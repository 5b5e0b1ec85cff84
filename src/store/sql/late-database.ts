/**
 * A database that need not be there when the gateway starts. Messages that no flag can stop must flow all the same, so a
 * gateway starts without its store, every call of it fails with a StoreFailure, and opening it is tried again and again.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import { type DeviceRecords, StoreFailure, StoreRefused, StoreUnavailable } from '../store.ts'
import type { SqlDatabase, SqlSession, WriteOptions } from './session.ts'
import { type SqlParts, SqlStore } from './sql-store.ts'

export interface LateOptions {
  /** Connects; called again, after a pause, for as long as it throws a StoreFailure. */
  readonly open: () => Promise<SqlParts>
  /** Told of the first try that fails. */
  readonly onFailure?: (error: unknown) => void
  /** Told of an error for which trying again is no use, such as StoreTooNew. */
  readonly onPermanentFailure?: (error: unknown) => void
  /** Between two tries, in milliseconds; 1,000 when absent. */
  readonly retryMs?: number
}

/** Settles after the first try. Throws what is no StoreFailure: that does not pass by waiting. */
export async function openLateStore(options: LateOptions): Promise<SqlStore> {
  const database = new LateDatabase(options)
  await database.open()
  return new SqlStore({ database, records: database, now: undefined })
}

class LateDatabase implements SqlDatabase, DeviceRecords {
  readonly #options: LateOptions
  readonly #stopped = new AbortController()
  readonly #listeners = new Set<() => void>()
  #parts: SqlParts | undefined
  #stopListening: (() => Promise<void>) | undefined
  #lastError: unknown
  #opening: Promise<void> = Promise.resolve()

  constructor(options: LateOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    await this.#tryToOpen().catch((error: unknown) => {
      if (!(error instanceof StoreFailure)) throw error
      this.#options.onFailure?.(error)
      this.#opening = this.#openLater()
    })
  }

  /** Asked inside transactions only. */
  get dialect() {
    return this.#opened.database.dialect
  }

  async read<Result>(doing: string, work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    return this.#opened.database.read(doing, work)
  }

  async write<Result>(
    doing: string,
    work: (session: SqlSession) => Promise<Result>,
    options?: WriteOptions,
  ): Promise<Result> {
    return this.#opened.database.write(doing, work, options)
  }

  async load(keys: readonly DeviceKey[]) {
    return this.#opened.records.load(keys)
  }

  async position() {
    return this.#opened.records.position()
  }

  async changedSince(position: number, limit: number) {
    return this.#opened.records.changedSince(position, limit)
  }

  /** Begins once the database is open; one without it never wakes anybody. */
  async listen(onChange: () => void): Promise<() => Promise<void>> {
    this.#listeners.add(onChange)
    return async () => {
      this.#listeners.delete(onChange)
    }
  }

  async close(): Promise<void> {
    this.#stopped.abort()
    await this.#opening
    await this.#stopListening?.()
    await this.#parts?.database.close()
  }

  get #opened(): SqlParts {
    if (this.#parts) return this.#parts
    const isRefused = this.#lastError instanceof StoreRefused
    throw isRefused
      ? new StoreRefused('being opened', this.#lastError)
      : new StoreUnavailable('being opened', this.#lastError)
  }

  async #tryToOpen(): Promise<void> {
    try {
      this.#parts = await this.#options.open()
    } catch (error) {
      this.#lastError = error
      throw error
    }
    this.#stopListening = await this.#parts.database.listen?.(() => {
      for (const onChange of this.#listeners) onChange()
    })
  }

  async #openLater(): Promise<void> {
    const { signal } = this.#stopped
    while (!this.#parts && !signal.aborted) {
      await pause(this.#options.retryMs ?? 1_000, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      const isPermanent = await this.#tryToOpen().then(
        () => false,
        (error) => !(error instanceof StoreFailure),
      )
      if (isPermanent) return this.#options.onPermanentFailure?.(this.#lastError)
    }
  }
}
