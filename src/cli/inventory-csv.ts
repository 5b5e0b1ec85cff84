/** Reads Devices of the Smart Metering Inventory from CSV: header required, columns in any order. */
import { DEVICE_TYPES, parseDeviceType } from '../core/device/device.ts'
import { type DeviceKey, parseEui64 } from '../core/duis/eui64.ts'
import type { InventoryDevice } from '../store/store.ts'
import { type CsvRecord, csvRecords } from './csv.ts'

/** Columns that are understood; only `device_id` must be there. Others are left unread. */
export const DEVICE_COLUMNS = ['device_id', 'type', 'hub', 'mpxn', 'status', 'region', 'generation'] as const
type Column = (typeof DEVICE_COLUMNS)[number]

/** A row of the file: a Device, or why it is none. */
export type InventoryRow =
  | { readonly line: number; readonly device: InventoryDevice }
  | { readonly line: number; readonly problem: string }

/** Yields one row a record. A file without a usable header yields a single problem on line 1. */
export async function* inventoryRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<InventoryRow> {
  let header: readonly string[] | undefined
  for await (const record of csvRecords(chunks)) {
    if (header) yield rowOf(record, header)
    else {
      header = record.fields.map(columnName)
      const problem = headerProblem(header)
      if (problem) return yield { line: record.line, problem }
    }
  }
  if (!header)
    yield {
      line: 1,
      problem: `the file is empty; its first line must name the columns, for example ${DEVICE_COLUMNS.join(',')}`,
    }
}

function columnName(field: string): string {
  return field
    .replace(/^\uFEFF/, '')
    .trim()
    .toLowerCase()
}

function headerProblem(header: readonly string[]): string | undefined {
  const repeated = header.find((name, index) => name !== '' && header.indexOf(name) !== index)
  if (repeated !== undefined) return `the header names ${repeated} twice`
  if (header.includes('device_id')) return undefined
  return `the header has no device_id column; the columns are ${DEVICE_COLUMNS.join(', ')}`
}

function rowOf({ line, fields }: CsvRecord, header: readonly string[]): InventoryRow {
  if (fields.length !== header.length) {
    return { line, problem: `has ${fields.length} fields where the header has ${header.length}` }
  }
  const at = (column: Column): string => fields[header.indexOf(column)]?.trim() ?? ''
  const key = parseEui64(at('device_id'))
  if (key === undefined) return { line, problem: `device_id "${at('device_id')}" is not an EUI-64` }
  const problem = valueProblem(at)
  return problem ? { line, problem } : { line, device: deviceOf(key, at) }
}

function valueProblem(at: (column: Column) => string): string | undefined {
  const [type, hub, mpxn, generation] = [at('type'), at('hub'), at('mpxn'), at('generation')]
  if (type !== '' && !parseDeviceType(type.toUpperCase())) {
    return `type "${type}" is not one of ${DEVICE_TYPES.join(', ')}`
  }
  if (hub !== '' && parseEui64(hub) === undefined) return `hub "${hub}" is not an EUI-64`
  if (mpxn !== '' && !/^\d{6,13}$/.test(mpxn)) return `mpxn "${mpxn}" is not 6 to 13 digits`
  if (generation !== '' && !generationOf(generation))
    return `generation "${generation}" is not SMETS1 or SMETS2`
  return undefined
}

function deviceOf(key: DeviceKey, at: (column: Column) => string): InventoryDevice {
  return {
    key,
    type: parseDeviceType(at('type').toUpperCase()),
    hub: parseEui64(at('hub')),
    mpxn: at('mpxn') || undefined,
    status: at('status') || undefined,
    region: at('region') || undefined,
    generation: generationOf(at('generation')),
  }
}

function generationOf(text: string): InventoryDevice['generation'] {
  const upper = text.toUpperCase()
  return upper === 'SMETS1' || upper === 'SMETS2' ? upper : undefined
}
