/**
 * Between columns and values. A table's columns are described once, as the fields of its record; the description gives what an
 * INSERT writes, what a SELECT names, and the record that a row is read as.
 *
 * Keys are the same 64 bits, signed; times are milliseconds since 1970; lists and objects are JSON.
 */
import { type Instant, instantOf } from '../../core/device/device.ts'
import { type DeviceKey, deviceKeyOf } from '../../core/duis/eui64.ts'
import type { BulkColumn, SqlColumn, SqlRow, SqlValue } from './session.ts'

type Column = SqlColumn | undefined

/** How one field of a record is kept. */
export interface Field<Value> {
  /** Columns that it is written to; none for what is only read. */
  readonly columns: readonly BulkColumn[]
  /** What a SELECT names to read it. */
  readonly select: readonly string[]
  /** Adds what goes into its columns, in their order. Not returned: an import writes millions. */
  write(value: Value, into: SqlValue[]): void
  read(row: SqlRow): Value
}

/** A record of several fields; as a field of another record it takes their columns. */
export function record<Item extends object>(
  fields: {
    readonly [Name in keyof Item]-?: Field<Item[Name]>
  },
): Field<Item> {
  const names = Object.keys(fields) as (keyof Item)[]
  return {
    columns: names.flatMap((name) => fields[name].columns),
    select: names.flatMap((name) => fields[name].select),
    write(item, into) {
      for (const name of names) fields[name].write(item[name], into)
    },
    read(row) {
      const item: Partial<Item> = {}
      for (const name of names) item[name] = fields[name].read(row)
      return item as Item
    },
  }
}

/** A field of one column, by how it is written and read. */
export function column<Value>(
  name: string,
  type: BulkColumn['type'],
  write: (value: Value) => SqlValue,
  read: (column: Column) => Value,
): Field<Value> {
  return {
    columns: [{ name, type }],
    select: [name],
    write: (value, into) => void into.push(write(value)),
    read: (row) => read(row[name]),
  }
}

/** Undefined is NULL in every column of the field, and is read where its first column is NULL. */
export function optional<Value>(field: Field<Value>): Field<Value | undefined> {
  const first = field.columns[0]?.name ?? ''
  return {
    ...field,
    write(value, into) {
      if (value !== undefined) field.write(value, into)
      else for (const _ of field.columns) into.push(null)
    },
    read: (row) => (row[first] === null ? undefined : field.read(row)),
  }
}

/** What an expression gives. It is not written. */
export function computed<Value>(
  name: string,
  expression: string,
  read: (column: Column) => Value,
): Field<Value> {
  return {
    columns: [],
    select: [`${expression} AS ${name}`],
    write: () => {},
    read: (row) => read(row[name]),
  }
}

export const key = (name: string) => column(name, 'int', columnOfKey, keyOf)
export const number = (name: string) => column<number>(name, 'int', (value) => value, numberOf)
export const time = (name: string) => column<Instant>(name, 'int', (value) => value, timeOf)
export const yesNo = (name: string) => column(name, 'int', (value) => (value ? 1 : 0), isYes)
/** The caller names the words that this store wrote. */
export const text = <Words extends string>(name: string) =>
  column(
    name,
    'text',
    (value: Words) => value,
    (column) => textOf(column) as Words,
  )
/** Text as it is written, or NULL; `read` makes of it what this version knows. */
export const textRead = <Value extends string | undefined>(name: string, read: (text: string) => Value) =>
  column<Value>(
    name,
    'text',
    (value) => value ?? null,
    (column) => read(textOf(column)),
  )
/** Written as JSON; the caller names the type that this store wrote. */
export const json = <Value>(name: string) =>
  column<Value>(name, 'text', (value) => JSON.stringify(value), jsonOf)

/** A key as a signed integer. */
export function columnOfKey(key: DeviceKey): bigint {
  return BigInt.asIntN(64, key)
}

/** The key that a signed integer stands for. Throws TypeError for anything else. */
export function keyOf(column: Column): DeviceKey {
  if (typeof column !== 'bigint') throw new TypeError('not the column of a key')
  const bits = BigInt.asUintN(64, column)
  return deviceKeyOf(Number(bits >> 32n), Number(bits & 0xffff_ffffn))
}

export function numberOf(column: Column): number {
  return Number(column ?? 0)
}

export function isYes(column: Column): boolean {
  return numberOf(column) === 1
}

export function timeOf(column: Column): Instant {
  return instantOf(numberOf(column))
}

export function optionalTimeOf(column: Column): Instant | undefined {
  return typeof column === 'bigint' ? timeOf(column) : undefined
}

export function textOf(column: Column): string {
  return typeof column === 'string' ? column : ''
}

function jsonOf<Value>(column: Column): Value {
  return JSON.parse(textOf(column)) as Value
}
