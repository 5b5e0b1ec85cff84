/** Reads Devices of the Smart Metering Inventory from CSV. */
import { DEVICE_TYPES, parseDeviceType } from '../core/device/device.ts'
import { type DeviceKey, parseEui64 } from '../core/duis/eui64.ts'
import type { InventoryDevice } from '../store/store.ts'
import type { CsvTable } from './csv-table.ts'

const COLUMNS = ['device_id', 'type', 'hub', 'mpxn', 'status', 'region', 'generation'] as const
type Column = (typeof COLUMNS)[number]

/** Only `device_id` must be there. */
export const DEVICE_TABLE: CsvTable<Column, InventoryDevice> = {
  columns: COLUMNS,
  required: ['device_id'],
  read(at) {
    const key = parseEui64(at('device_id'))
    if (key === undefined) return { problem: `device_id "${at('device_id')}" is not an EUI-64` }
    const problem = valueProblem(at)
    return problem === undefined ? { value: deviceOf(key, at) } : { problem }
  },
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
