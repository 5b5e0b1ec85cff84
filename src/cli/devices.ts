/** `duisgate devices`: the inventory, imported from CSV and shown. */
import { Argument, Command } from 'commander'
import { isRestricted } from '../core/device/device.ts'
import { type DeviceKey, formatEui64 } from '../core/duis/eui64.ts'
import { systemClock } from '../observe/clock.ts'
import { randomId } from '../restrictions/context.ts'
import { settleImport } from '../restrictions/settle-import.ts'
import type { InventoryDevice } from '../store/store.ts'
import { type CsvImportOptions, importCsv, withImportOptions } from './csv-import.ts'
import { DEVICE_CSV, readDevice } from './inventory-csv.ts'
import { type StoreOptions, withStore } from './open-store.ts'
import { deviceIdOption, withStoreOptions } from './shared-options.ts'
import { EXIT, type Terminal } from './terminal.ts'

interface ShowOptions extends StoreOptions {
  readonly json?: true
}

const IMPORT_HELP = `
The first line names the columns, in any order; only device_id is required:
  device_id,type,hub,mpxn,status,region,generation
  00-DB-12-34-56-78-90-A0,ESME,00-DB-12-34-56-78-90-A2,1200012345679,Commissioned,north,SMETS2

The whole file is checked first; with a bad row nothing at all is applied, unless --skip-bad. --bad-rows writes the
bad rows to a file with the reason beside each; correct it and import it as it is. A file that is not UTF-8, names an
unknown column or has a quote that is not closed on its line is refused whole.
Importing a file again changes nothing. An import that was broken off has applied nothing; run it again and it
goes on where it stopped. Flags follow: a new Gas Proxy Function of a Restricted meter point is Restricted with it.

Examples:
  duisgate devices import inventory.csv
  zcat inventory.csv.gz | duisgate devices import - --skip-bad`

export function devicesCommand(terminal: Terminal): Command {
  return new Command('devices')
    .description('The inventory: import Devices from CSV, show one.')
    .addCommand(importCommand(terminal))
    .addCommand(showCommand(terminal))
}

function importCommand(terminal: Terminal): Command {
  const command = new Command('import')
    .description('Add or replace Devices from a CSV file.')
    .addHelpText('after', IMPORT_HELP)
  return withImportOptions(command).action((csv: string, options: CsvImportOptions) =>
    importCsv(terminal, csv, options, DEVICES),
  )
}

function showCommand(terminal: Terminal): Command {
  const command = new Command('show')
    .description('Show a Device and its flag.')
    .addArgument(new Argument('<id>', 'Device ID').argParser(deviceIdOption))
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
    return { device: await store.findDevice(key), record }
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
    from: restriction ? new Date(restriction.from).toISOString() : null,
    until: restriction?.until === undefined ? null : new Date(restriction.until).toISOString(),
    version: record?.version ?? 0,
  }
  if (options.json) terminal.print(JSON.stringify(facts))
  else for (const [name, value] of Object.entries(facts)) terminal.print(`${name.padEnd(11)}${value ?? '-'}`)
  if (!device) terminal.exitWith(EXIT.no)
}
