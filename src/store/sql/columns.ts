/**
 * Between columns and values: how a key, a time, a list or an absence is written. Keys are the same 64 bits, signed; times
 * are milliseconds since 1970; lists and objects are JSON.
 */
import { type Instant, instantOf } from '../../core/device/device.ts'
import { type DeviceKey, deviceKeyOf } from '../../core/duis/eui64.ts'
import type { SqlColumn } from './session.ts'

type Column = SqlColumn | undefined

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

export function optionalKeyOf(column: Column): DeviceKey | undefined {
  return typeof column === 'bigint' ? keyOf(column) : undefined
}

export function numberOf(column: Column): number {
  return Number(column ?? 0)
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

export function optionalTextOf(column: Column): string | undefined {
  return typeof column === 'string' ? column : undefined
}

/** The value that was written as JSON; the caller names the type that this store wrote. */
export function jsonOf<Value>(column: Column): Value {
  return JSON.parse(textOf(column)) as Value
}
