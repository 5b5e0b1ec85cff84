/** A Device of the Smart Metering Inventory as a row of a CSV file has it. */
import { DEVICE_TYPES, type DeviceType, parseDeviceType } from '../../core/device/device.ts'
import { parseSmiStatus, SMI_STATUSES } from '../../core/device/smi-status.ts'
import { type DeviceKey, parseEui64 } from '../../core/duis/eui64.ts'
import { nearest } from '../../core/nearest.ts'
import { readMpxn } from '../../core/restriction/mpxn.ts'
import type { InventoryDevice } from '../../core/restriction/restriction.ts'
import type { CsvColumns } from '../../csv/csv-reader.ts'

type Column = 'device_id' | 'type' | 'hub' | 'mpxn' | 'status' | 'region' | 'generation'

/** Only `device_id` must be there. */
export const DEVICE_CSV: CsvColumns<Column> = {
  columns: ['device_id', 'type', 'hub', 'mpxn', 'status', 'region', 'generation'],
  required: ['device_id'],
}

/** The Device of the fields, which are trimmed, or what is wrong with it. */
export function readDevice(fields: Readonly<Record<Column, string>>): InventoryDevice | string {
  const wrong: string[] = []
  const at = <Value>(column: Column, read: (text: string) => Value | undefined, shape: Shape) => {
    const text = fields[column]
    if (text === '') return undefined
    const value = read(text)
    if (value === undefined) wrong.push(`${column} "${text}" ${shape(text)}`)
    return value
  }
  const key = parseEui64(fields.device_id)
  if (key === undefined) return `device_id "${fields.device_id}" is not an EUI-64`
  const device = {
    key,
    type: at('type', typeOf, () => `is not one of ${DEVICE_TYPES.join(', ')}`),
    hub: at<DeviceKey>('hub', parseEui64, () => 'is not an EUI-64'),
    mpxn: at('mpxn', mpxnOf, mpxnProblem),
    status: at('status', parseSmiStatus, statusProblem),
    region: fields.region || undefined,
    generation: at('generation', generationOf, () => 'is not SMETS1 or SMETS2'),
  }
  return wrong.length === 0 ? device : wrong.join('; ')
}

/** What is said of a text that is none. */
type Shape = (text: string) => string

function typeOf(text: string): DeviceType | undefined {
  return parseDeviceType(text.toUpperCase())
}

function mpxnOf(text: string): string | undefined {
  const read = readMpxn(text)
  return read.ok ? read.mpxn : undefined
}

function mpxnProblem(text: string): string {
  const read = readMpxn(text)
  return read.ok ? '' : `is no meter point number: ${read.text}`
}

function statusProblem(text: string): string {
  const near = nearest(text, SMI_STATUSES)
  return `is not one of ${SMI_STATUSES.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`
}

function generationOf(text: string): InventoryDevice['generation'] {
  const upper = text.toUpperCase()
  return upper === 'SMETS1' || upper === 'SMETS2' ? upper : undefined
}
