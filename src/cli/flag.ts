/**
 * `duisgate flag`: the Restricted flag, straight on the store.
 *
 * Who may change a flag and on which grounds is the control plane's business; this command is for operations. It only keeps
 * what never changes: a Communications Hub is not flagged.
 */
import { Argument, Command, Option } from 'commander'
import { type Instant, isRestricted } from '../core/device/device.ts'
import { type DeviceKey, formatEui64 } from '../core/duis/eui64.ts'
import { systemClock } from '../observe/clock.ts'
import type { FlaggedDevice, Store } from '../store/store.ts'
import { countOf } from './configuration.ts'
import { inventoryRows } from './inventory-csv.ts'
import { replayableSource } from './message-sources.ts'
import { type StoreOptions, withStore } from './open-store.ts'
import { collectDeviceIds, instantOption, withStoreOptions } from './shared-options.ts'
import { CommandError, EXIT, type Terminal } from './terminal.ts'

interface FlagOptions extends StoreOptions {
  readonly from?: Instant
  readonly at?: Instant
  readonly json?: true
}

export function flagCommand(terminal: Terminal): Command {
  return new Command('flag')
    .description('The Restricted flag: set, clear, show, list, import.')
    .addCommand(setCommand(terminal))
    .addCommand(clearCommand(terminal))
    .addCommand(showCommand(terminal))
    .addCommand(listCommand(terminal))
    .addCommand(importCommand(terminal))
}

function setCommand(terminal: Terminal): Command {
  const command = new Command('set')
    .description('Set the flag on Devices, on all of them or on none.')
    .addArgument(deviceIds())
    .addOption(fromOption())
    .option('--json', 'the outcome as one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  duisgate flag set 00-DB-12-34-56-78-90-A0\n  duisgate flag set 00-DB-12-34-56-78-90-A0 --from 2027-02-01T00:00:00Z',
    )
  return withStoreOptions(command).action((keys: readonly DeviceKey[], options: FlagOptions) =>
    withStore(terminal, options, (store) => setFlags(terminal, store, keys, options)),
  )
}

function clearCommand(terminal: Terminal): Command {
  const command = new Command('clear')
    .description('End the flag of Devices; one without a flag is left as it is.')
    .addArgument(deviceIds())
    .addOption(new Option('--at <time>', 'when the flag ends; default: now').argParser(instantOption))
    .option('--json', 'the outcome as one JSON object')
    .addHelpText('after', '\nExample:\n  duisgate flag clear 00-DB-12-34-56-78-90-A0')
  return withStoreOptions(command).action((keys: readonly DeviceKey[], options: FlagOptions) =>
    withStore(terminal, options, async (store) => {
      const sequence = await store.clearRestriction(keys, options.at ?? systemClock.now())
      tell(terminal, options, 'cleared', keys.length, sequence)
    }),
  )
}

function showCommand(terminal: Terminal): Command {
  const command = new Command('show')
    .description('Show whether Devices are Restricted.')
    .addArgument(deviceIds())
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      '\nExample:\n  duisgate flag show 00-DB-12-34-56-78-90-A0\n\nExit code 0: all are Restricted now. 1: at least one is not.',
    )
  return withStoreOptions(command).action((keys: readonly DeviceKey[], options: FlagOptions) =>
    withStore(terminal, options, (store) => showFlags(terminal, store, keys, options)),
  )
}

function listCommand(terminal: Terminal): Command {
  const command = new Command('list')
    .description('List Devices whose flag is in force or will be.')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', '\nExample:\n  duisgate flag list --json')
  return withStoreOptions(command).action((options: FlagOptions) =>
    withStore(terminal, options, (store) => listFlags(terminal, store, options)),
  )
}

function importCommand(terminal: Terminal): Command {
  const command = new Command('import')
    .description('Set the flag on every Device of a CSV file with a device_id column.')
    .argument('<csv>', 'the file, or - for standard input')
    .addOption(fromOption())
    .option('--json', 'the outcome as one JSON object')
    .addHelpText(
      'after',
      '\nA bad row is reported with its line, and then nothing is set.\n\nExample:\n  duisgate flag import restricted.csv',
    )
  return withStoreOptions(command).action((csv: string, options: FlagOptions) =>
    importFlags(terminal, csv, options),
  )
}

function deviceIds(): Argument {
  return new Argument('<id...>', 'Device IDs').argParser(collectDeviceIds)
}

function fromOption(): Option {
  return new Option('--from <time>', 'when the flag takes effect; default: now').argParser(instantOption)
}

async function setFlags(
  terminal: Terminal,
  store: Store,
  keys: readonly DeviceKey[],
  options: FlagOptions,
): Promise<void> {
  await refuseHubs(terminal, store, keys)
  const sequence = await store.setRestriction(keys, options.from ?? systemClock.now())
  tell(terminal, options, 'set', keys.length, sequence)
}

/** A hub carries other households' traffic as well: it is never flagged. */
async function refuseHubs(terminal: Terminal, store: Store, keys: readonly DeviceKey[]): Promise<void> {
  let unknown = 0
  for (const key of keys) {
    const device = await store.findDevice(key)
    if (!device) unknown++
    if (device?.type === 'CHF') {
      throw new CommandError(
        EXIT.no,
        `${formatEui64(key)} is a Communications Hub, which is never flagged; nothing was set`,
      )
    }
  }
  if (unknown > 0) terminal.note(`note: the inventory does not know ${countOf(unknown, 'Device')} of these`)
}

function tell(
  terminal: Terminal,
  options: FlagOptions,
  done: string,
  devices: number,
  sequence: number,
): void {
  if (options.json) terminal.print(JSON.stringify({ done, devices, sequence }))
  else terminal.print(`${done} on ${countOf(devices, 'Device')}; in force at sequence ${sequence}`)
}

async function showFlags(
  terminal: Terminal,
  store: Store,
  keys: readonly DeviceKey[],
  options: FlagOptions,
): Promise<void> {
  const now = systemClock.now()
  const records = await store.load(keys)
  for (const record of records) {
    const restricted = isRestricted(record, now)
    const shown = {
      device: formatEui64(record.key),
      restricted,
      ...timesOf(record.restriction),
      version: record.version,
    }
    if (options.json) terminal.print(JSON.stringify(shown))
    else terminal.print(`${shown.device}  ${restricted ? 'Restricted' : 'not Restricted'}${inWords(shown)}`)
  }
  if (!records.every((record) => isRestricted(record, now))) terminal.exitWith(EXIT.no)
}

const PAGE = 1_000

async function listFlags(terminal: Terminal, store: Store, options: FlagOptions): Promise<void> {
  const now = systemClock.now()
  let page: FlaggedDevice[] = []
  do {
    page = await store.listRestricted(now, PAGE, page.at(-1)?.key)
    for (const { key, restriction, version } of page) {
      const shown = { device: formatEui64(key), ...timesOf(restriction), version }
      terminal.print(options.json ? JSON.stringify(shown) : `${shown.device}${inWords(shown)}`)
    }
  } while (page.length === PAGE)
}

interface Times {
  readonly from: string | null
  readonly until: string | null
}

function timesOf(restriction: FlaggedDevice['restriction'] | undefined): Times {
  const text = (instant: Instant | undefined) =>
    instant === undefined ? null : new Date(instant).toISOString()
  return { from: text(restriction?.from), until: text(restriction?.until) }
}

function inWords({ from, until }: Times): string {
  return `${from ? `  from ${from}` : ''}${until ? `  until ${until}` : ''}`
}

async function importFlags(terminal: Terminal, csv: string, options: FlagOptions): Promise<void> {
  const keys = await keysIn(terminal, csv)
  await withStore(terminal, options, (store) => setFlags(terminal, store, keys, options))
}

async function keysIn(terminal: Terminal, csv: string): Promise<DeviceKey[]> {
  const keys: DeviceKey[] = []
  let bad = 0
  for await (const row of inventoryRows((await replayableSource(terminal, csv)).open())) {
    if ('device' in row) keys.push(row.device.key)
    else {
      bad++
      terminal.note(`line ${row.line}: ${row.problem}`)
    }
  }
  if (bad > 0)
    throw new CommandError(EXIT.no, `${countOf(bad, 'bad row')}; nothing was set, mend them and run it again`)
  if (keys.length === 0) throw new CommandError(EXIT.no, 'the file names no Device; nothing was set')
  return keys
}
