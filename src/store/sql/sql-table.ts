/** A table by the description of its columns: the statements that write whole rows and read them. */

import type { DeviceKey } from '../../core/duis/eui64.ts'
import { type Page, UnknownCursor } from '../control-store.ts'
import { columnOfKey, type Field } from './columns.ts'
import type { SqlRow, SqlSession, SqlValue } from './session.ts'

export class SqlTable<Item> {
  readonly name: string
  /** The columns of its primary key, `decision, event`. */
  readonly key: string
  readonly fields: Field<Item>
  /** Its columns, for an INSERT. */
  readonly columns: string
  readonly select: string
  /** Inserts a row; what is to happen to one that is there already follows. */
  readonly insert: string
  /** What follows `insert` to replace a row that is there already. */
  readonly replace: string

  constructor(name: string, key: string, fields: Field<Item>) {
    const columns = fields.columns.map((column) => column.name)
    this.name = name
    this.key = key
    this.fields = fields
    this.columns = columns.join()
    this.select = `SELECT ${fields.select.join()} FROM ${name}`
    this.insert = `INSERT INTO ${name} (${this.columns}) VALUES (${marks(columns)})`
    const others = columns.filter((column) => !key.split(', ').includes(column))
    this.replace = `ON CONFLICT (${key}) DO UPDATE SET ${others.map((column) => `${column} = excluded.${column}`)}`
  }

  /** What goes into its columns, in their order. */
  values = (item: Item): SqlValue[] => {
    const values: SqlValue[] = []
    this.fields.write(item, values)
    return values
  }

  /** Writes the row whole, in place of one of the same key. */
  async put(session: SqlSession, item: Item): Promise<void> {
    await session.run(`${this.insert} ${this.replace}`, ...this.values(item))
  }

  /** False when there is one of the same key, which stays as it is. */
  async add(session: SqlSession, item: Item): Promise<boolean> {
    const text = `${this.insert} ON CONFLICT (${this.key}) DO NOTHING`
    return (await session.run(text, ...this.values(item))) > 0
  }

  /** The first that the rest of the SELECT finds. */
  async find(session: SqlSession, rest: string, ...values: SqlValue[]): Promise<Item | undefined> {
    const row = await session.get(`${this.select} ${rest}`, ...values)
    return row && this.fields.read(row)
  }

  /** All that the rest of the SELECT finds. */
  async all(session: SqlSession, rest: string, ...values: SqlValue[]): Promise<Item[]> {
    return (await session.all(`${this.select} ${rest}`, ...values)).map(this.fields.read)
  }

  /** One page of those that are asked for; `cursorOf` the last of a page is where the next one begins. */
  async page(
    session: SqlSession,
    asked: Conditions,
    order: string,
    limit: number,
    cursorOf: (item: Item) => string,
  ): Promise<Page<Item>> {
    // One more than asked for: it tells whether there is a next page.
    const rest = `${asked.where} ORDER BY ${order} LIMIT ?`
    const items = await this.all(session, rest, ...asked.values, limit + 1)
    const shown = items.slice(0, limit)
    const last = shown.at(-1)
    return { items: shown, next: last && items.length > limit ? cursorOf(last) : undefined }
  }
}

/** `?` for each of the values. */
export function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join()
}

/** A cursor that is a number; undefined for the first page. Throws UnknownCursor for any other text. */
export function numericCursor(after: string | undefined): number | undefined {
  if (after === undefined) return undefined
  if (!/^\d{1,15}$/.test(after)) throw new UnknownCursor(after)
  return Number(after)
}

/** The WHERE of a listing, put together from what its filter asks. */
export class Conditions {
  readonly #parts: string[] = []
  readonly values: SqlValue[] = []

  /** Adds a condition with its values. */
  add(condition: string, ...values: SqlValue[]): this {
    this.#parts.push(condition)
    this.values.push(...values)
    return this
  }

  /** Adds a condition on one value unless the filter leaves it open. */
  addIf(condition: string, value: SqlValue | undefined): this {
    return value === undefined ? this : this.add(condition, value)
  }

  /** `WHERE …`, or nothing. */
  get where(): string {
    return this.#parts.length > 0 ? `WHERE ${this.#parts.map((part) => `(${part})`).join(' AND ')}` : ''
  }
}

/** Portions of one size, so that a driver prepares one statement and not one for each number of values. */
const KEYS_AT_ONCE = 256
const ROWS_AT_ONCE = 32

/** The rows of `text`, in which `(…)` stands for the values, which no two are alike; `first` goes before them. */
export async function rowsOfEach(
  session: SqlSession,
  text: string,
  values: readonly SqlValue[],
  ...first: SqlValue[]
): Promise<SqlRow[]> {
  const rows: SqlRow[] = []
  for (let start = 0; start < values.length; start += KEYS_AT_ONCE) {
    const portion = values.slice(start, start + KEYS_AT_ONCE)
    const last = portion.at(-1) ?? null
    const filled = Array.from({ length: KEYS_AT_ONCE }, (_, index) => portion[index] ?? last)
    rows.push(...(await session.all(text.replace('(…)', `(${marks(filled)})`), ...first, ...filled)))
  }
  return rows
}

export function keyColumns(keys: readonly DeviceKey[]): bigint[] {
  return keys.map(columnOfKey)
}

/**
 * Adds the items to the table; `update` is what follows DO UPDATE SET for one that is there already. No two of them may have the
 * same key. They are written in the order of their values, so that of two transactions on the same rows one waits for the
 * other and none for ever.
 */
export async function upsertAll<Item>(
  session: SqlSession,
  table: SqlTable<Item>,
  update: string,
  items: readonly Item[],
): Promise<void> {
  const rows = items.map(table.values).sort((one, other) => (one.join() < other.join() ? -1 : 1))
  const more = `, (${marks(table.fields.columns)})`
  const textOf = (count: number) =>
    `${table.insert}${more.repeat(count - 1)} ON CONFLICT (${table.key}) DO UPDATE SET ${update}`
  const full = rows.length - (rows.length % ROWS_AT_ONCE)
  for (let start = 0; start < full; start += ROWS_AT_ONCE)
    await session.run(textOf(ROWS_AT_ONCE), ...rows.slice(start, start + ROWS_AT_ONCE).flat())
  for (const row of rows.slice(full)) await session.run(textOf(1), ...row)
}
