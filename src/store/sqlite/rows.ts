/**
 * Between SQLite's rows and the store's values. The only place that knows how a key, a time or an absence is written.
 */
import type { SQLOutputValue } from 'node:sqlite'
import {
  type DeviceRecord,
  type Instant,
  instantOf,
  parseDeviceType,
  type Restriction,
} from '../../core/device/device.ts'
import { type DeviceKey, deviceKeyOf } from '../../core/duis/eui64.ts'
import type { DeviceChange, FlaggedDevice, InventoryDevice, RestrictionChange } from '../store.ts'

/** A row as SQLite gives it: integers as bigint where the statement says so. */
export type Row = Record<string, SQLOutputValue>

/** A key as SQLite keeps it: the same 64 bits, signed. */
export function columnOfKey(key: DeviceKey): bigint {
  return BigInt.asIntN(64, key)
}

/** The key of a column read as bigint. */
export function keyOfColumn(column: SQLOutputValue | undefined): DeviceKey {
  const bits = BigInt.asUintN(64, column as bigint)
  return deviceKeyOf(Number(bits >> 32n), Number(bits & 0xffff_ffffn))
}

/** One answer of the look-up statement: place in the question, type, from, until, version of inventory row and of flag. */
export type LookUpRow = readonly [
  place: number,
  type: string | null,
  fromMs: number | null,
  untilMs: number | null,
  deviceVersion: number | null,
  flagVersion: number | null,
]

/** The record that a look-up row stands for; `key` is the key that was asked for. */
export function recordOf(row: LookUpRow, key: DeviceKey): DeviceRecord {
  const [, type, fromMs, untilMs, deviceVersion, flagVersion] = row
  return {
    key,
    type: type === null ? undefined : parseDeviceType(type),
    restriction: restrictionOf(fromMs, untilMs),
    version: Math.max(deviceVersion ?? 0, flagVersion ?? 0),
  }
}

/** Undefined when there is no `from`: no flag was ever set, or it was taken back before it began. */
export function restrictionOf(
  fromMs: SQLOutputValue | undefined,
  untilMs: SQLOutputValue | undefined,
): Restriction | undefined {
  const from = instantOfColumn(fromMs)
  return from === undefined ? undefined : { from, until: instantOfColumn(untilMs) }
}

/** A row of `changes`. */
export function changeOf(row: Row): DeviceChange {
  return {
    sequence: Number(row.sequence),
    key: keyOfColumn(row.device_key),
    recordedAt: instantOf(Number(row.recorded_ms)),
  }
}

/** A row of `restrictions` with its newest version; undefined for a flag that was taken back. */
export function flaggedDeviceOf(row: Row): FlaggedDevice | undefined {
  const restriction = restrictionOf(row.from_ms, row.until_ms)
  return restriction && { key: keyOfColumn(row.device_key), restriction, version: Number(row.version) }
}

/** A row of `restriction_history`. */
export function restrictionChangeOf(row: Row): RestrictionChange {
  return {
    sequence: Number(row.sequence),
    recordedAt: instantOf(Number(row.recorded_ms)),
    restriction: restrictionOf(row.from_ms, row.until_ms),
  }
}

/** A row of `devices`. A type or generation that this version does not know reads as absent. */
export function deviceOf(row: Row): InventoryDevice {
  const type = textOf(row.type)
  return {
    key: keyOfColumn(row.device_key),
    type: type === undefined ? undefined : parseDeviceType(type),
    hub: typeof row.hub_key === 'bigint' ? keyOfColumn(row.hub_key) : undefined,
    mpxn: textOf(row.mpxn),
    status: textOf(row.status),
    region: textOf(row.region),
    generation: row.generation === 'SMETS1' || row.generation === 'SMETS2' ? row.generation : undefined,
  }
}

/** The columns of a Device in the order of the `putDevice` statement, without the version. */
export function columnsOfDevice(device: InventoryDevice): (bigint | string | null)[] {
  return [
    columnOfKey(device.key),
    device.type ?? null,
    device.hub === undefined ? null : columnOfKey(device.hub),
    device.mpxn ?? null,
    device.status ?? null,
    device.region ?? null,
    device.generation ?? null,
  ]
}

function instantOfColumn(column: SQLOutputValue | undefined): Instant | undefined {
  return typeof column === 'number' || typeof column === 'bigint' ? instantOf(Number(column)) : undefined
}

function textOf(column: SQLOutputValue | undefined): string | undefined {
  return typeof column === 'string' ? column : undefined
}
