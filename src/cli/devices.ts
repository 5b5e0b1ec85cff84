/** `duisgate devices`: the inventory, imported from CSV and shown. */

import { Command } from 'commander'
import { isRestricted } from '../core/device/device.ts'
import { isoTimeOrNull } from '../core/device/iso-time.ts'
import { type DeviceKey, formatEui64 } from '../core/duis/eui64.ts'
import type { InventoryDevice } from '../core/restriction/restriction.ts'
import { systemClock } from '../observe/clock.ts'
import { randomId } from '../restrictions/context.ts'
import { settleImport } from '../restrictions/settle-import.ts'
import { type StoreOptions, withStore } from './configuration.ts'
import { IMPORT_RULES, importCommand } from './import/csv-import.ts'
import { DEVICE_CSV, readDevice } from './import/device-fields.ts'
import { deviceIdOption, withStoreOptions } from './shared-options.ts'
import { EXIT, type Terminal } from './terminal.ts'

interface ShowOptions extends StoreOptions {
  readonly json?: true
}

const IMPORT_HELP = `
The first line names the columns, in any order; only device_id is required:
  device_id,type,hub,mpxn,status,region,generation
  00-DB-12-34-56-78-90-A0,ESME,00-DB-12-34-56-78-90-A2,1200012345679,Commissioned,north,SMETS2

${IMPORT_RULES} Flags follow: a new Gas Proxy Function of a Restricted meter point is Restricted with it.

Examples:
  duisgate devices import inventory.csv
  zcat inventory.csv.gz | duisgate devices import - --skip-bad`

export function devicesCommand(terminal: Terminal): Command {
  return new Command('devices')
    .addCommand(importCommand(terminal, 'Add or replace Devices from a CSV file.', IMPORT_HELP, DEVICES))
    .addCommand(showCommand(terminal))
}

function showCommand(terminal: Terminal): Command {
  const command = new Command('show')
    .description('Show a Device and its flag.')
    .argument('<id>', 'Device ID', deviceIdOption)
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  duisgate devices show 00-DB-12-34-56-78-90-A0\n\nExit code 1: the inventory does not know the Device.',
    )
  return withStoreOptions(command).action((key: DeviceKey, options: ShowOptions) =>
    showDevice(terminal, key, options),
  )
}

const DEVICES = {
  noun: 'Device',
  columns: DEVICE_CSV,
  read: readDevice,
  rowOf: (device: InventoryDevice) => ({ device }),
  settle: settleImport({ clock: systemClock, newId: randomId }),
}

async function showDevice(terminal: Terminal, key: DeviceKey, options: ShowOptions): Promise<void> {
  const shown = await withStore(terminal, options, async (store) => {
    const [record] = await store.load([key])
    return { device: await store.read((view) => view.inventory.find(key)), record }
  })
  const { device, record } = shown
  const restriction = record?.restriction
  const facts = {
    device: formatEui64(key),
    known: device !== undefined,
    type: device?.type ?? null,
    hub: device?.hub === undefined ? null : formatEui64(device.hub),
    mpxn: device?.mpxn ?? null,
    status: device?.status ?? null,
    region: device?.region ?? null,
    generation: device?.generation ?? null,
    restricted: record !== undefined && isRestricted(record, systemClock.now()),
    from: isoTimeOrNull(restriction?.from),
    until: isoTimeOrNull(restriction?.until),
    version: record?.version ?? 0,
  }
  if (options.json) terminal.print(JSON.stringify(facts))
  else for (const [name, value] of Object.entries(facts)) terminal.print(`${name.padEnd(11)}${value ?? '-'}`)
  if (!device) terminal.exitWith(EXIT.no)
}
