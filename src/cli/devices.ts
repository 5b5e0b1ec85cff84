/** `duisgate devices`: the inventory, imported from CSV and shown. */
import { createHash, type Hash } from 'node:crypto'
import { Argument, Command } from 'commander'
import { isRestricted } from '../core/device/device.ts'
import { type DeviceKey, formatEui64 } from '../core/duis/eui64.ts'
import { systemClock } from '../observe/clock.ts'
import { randomId } from '../restrictions/context.ts'
import { settleImport } from '../restrictions/settle-import.ts'
import type { ImportRow, InventoryImport } from '../store/inventory-import.ts'
import { countOf } from './configuration.ts'
import { inventoryRows } from './inventory-csv.ts'
import { type MessageSource, replayableSource } from './message-sources.ts'
import { type StoreOptions, withStore } from './open-store.ts'
import { Progress } from './progress.ts'
import { deviceIdOption, withStoreOptions } from './shared-options.ts'
import { CommandError, EXIT, type Terminal } from './terminal.ts'

interface ImportOptions extends StoreOptions {
  readonly skipBad?: true
  readonly json?: true
}

const IMPORT_HELP = `
The first line names the columns, in any order; only device_id is required:
  device_id,type,hub,mpxn,status,region,generation
  00-DB-12-34-56-78-90-A0,ESME,00-DB-12-34-56-78-90-A2,1012345678901,Commissioned,north,SMETS2

The whole file is checked first; with a bad row nothing at all is applied, unless --skip-bad.
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
    .argument('<csv>', 'the file, or - for standard input')
    .option('--skip-bad', 'apply the good rows although there are bad ones')
    .option('--json', 'the outcome as one JSON object')
    .addHelpText('after', IMPORT_HELP)
  return withStoreOptions(command).action((csv: string, options: ImportOptions) =>
    importDevices(terminal, csv, options),
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
  return withStoreOptions(command).action((key: DeviceKey, options: ImportOptions) =>
    showDevice(terminal, key, options),
  )
}

/** Bad rows beyond these are counted only. */
const SHOWN_PROBLEMS = 50

async function importDevices(terminal: Terminal, csv: string, options: ImportOptions): Promise<void> {
  const source = await replayableSource(terminal, csv)
  const checked = await checkRows(terminal, source.open())
  const isApplied = checked.bad === 0 || options.skipBad === true
  if (isApplied && checked.good > 0) {
    await withStore(terminal, options, (store) => applyRows(terminal, store, source, checked.hash))
  }
  const outcome = { applied: isApplied ? checked.good : 0, bad: checked.bad }
  if (options.json) terminal.print(JSON.stringify(outcome))
  else terminal.print(`${countOf(outcome.applied, 'Device')} imported, ${countOf(outcome.bad, 'bad row')}`)
  if (!isApplied) {
    throw new CommandError(
      EXIT.no,
      'nothing was imported; mend the rows above, or give --skip-bad to import the others',
    )
  }
}

async function checkRows(
  terminal: Terminal,
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ good: number; bad: number; hash: string }> {
  const progress = new Progress(terminal, 'rows checked')
  const count = { good: 0, bad: 0 }
  const hash = createHash('sha256')
  for await (const row of inventoryRows(hashed(chunks, hash))) {
    progress.tick()
    if ('device' in row) count.good++
    else if (++count.bad <= SHOWN_PROBLEMS) terminal.note(`line ${row.line}: ${row.problem}`)
  }
  progress.done()
  if (count.bad > SHOWN_PROBLEMS) terminal.note(`and ${count.bad - SHOWN_PROBLEMS} more`)
  return { ...count, hash: hash.digest('hex') }
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}

async function applyRows(
  terminal: Terminal,
  store: InventoryImport,
  source: MessageSource,
  hash: string,
): Promise<void> {
  const progress = new Progress(terminal, 'Devices imported')
  let told = 0
  await store.importInventory(
    { hash, rows: (skip) => devicesIn(source.open(), skip) },
    {
      settle: settleImport({ clock: systemClock, newId: randomId }),
      onProgress: ({ rows }) => {
        progress.tick(rows - told)
        told = rows
      },
    },
  )
  progress.done()
}

/** The good rows after the first `skip` of them. */
async function* devicesIn(chunks: AsyncIterable<Uint8Array>, skip: number): AsyncGenerator<ImportRow> {
  let place = 0
  for await (const row of inventoryRows(chunks)) {
    if ('device' in row && place++ >= skip) yield { device: row.device }
  }
}

async function showDevice(terminal: Terminal, key: DeviceKey, options: ImportOptions): Promise<void> {
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
