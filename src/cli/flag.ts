/**
 * `duisgate flag`: the Restricted flag by the rules of change, as the API and the page have them.
 *
 * Whoever acts is a party of the configuration. What a rule stands against is refused with its name, what is wrong and what
 * to do, is in the audit, and ends with exit code 1.
 */
import { Command, Option } from 'commander'
import { BULK_COLUMNS, type BulkRowResult, bulkResults, openBulkFile } from '../control/bulk-file.ts'
import type { Instant } from '../core/device/device.ts'
import { formatEui64 } from '../core/duis/eui64.ts'
import type { Refused } from '../core/restriction/refusal.ts'
import { ARS_STEPS, CLEAR_REASONS } from '../core/restriction/requests.ts'
import type { Fuel } from '../core/restriction/restriction.ts'
import { scheduleWords } from '../core/restriction/schedule.ts'
import type { FlagCleared } from '../restrictions/clear-flag.ts'
import type { FlagSet } from '../restrictions/set-flag.ts'
import { type ActingOptions, noteRefusals, type Services, withActingOptions, withServices } from './acting.ts'
import { flagListCommand, flagShowCommand, meterArgument, namedBy } from './flag-views.ts'
import { BadRows, badRowsOption } from './import/bad-rows.ts'
import { fileSource } from './message-sources.ts'
import { collectText, instantOption } from './shared-options.ts'
import { EXIT, type Terminal, usageError } from './terminal.ts'

interface ChangeOptions extends ActingOptions {
  readonly onBehalfOf?: string
  readonly ticket?: string
  readonly reference?: string
  readonly json?: true
}

interface SetOptions extends ChangeOptions {
  readonly from?: Instant
  readonly step?: readonly string[]
  readonly date?: string
  readonly evidence?: string
  readonly lastResort?: true
  readonly creditMode?: true
  readonly fuel?: Fuel
}

interface ClearOptions extends ChangeOptions {
  readonly at?: Instant
  readonly reason: string
}

interface ImportOptions extends ActingOptions {
  readonly action: 'set' | 'clear'
  readonly badRows?: string
  readonly json?: true
}

export function flagCommand(terminal: Terminal): Command {
  return new Command('flag')
    .addCommand(setCommand(terminal))
    .addCommand(clearCommand(terminal))
    .addCommand(flagShowCommand(terminal))
    .addCommand(flagListCommand(terminal))
    .addCommand(importCommand(terminal))
}

const SET_EXAMPLE = `
Example:
  duisgate flag set 1200012345679 --as SUP-A --step advice-given --date 2027-01-10 --evidence CASE-4711 \\
    --last-resort --credit-mode`

function setCommand(terminal: Terminal): Command {
  const command = new Command('set')
    .description('Set the flag of meter points, each in a transaction of its own.')
    .addArgument(meterArgument())
    .option('--from <time>', 'when it takes effect; default: now', instantOption)
    .option('--step <step>', `${ARS_STEPS.join(', ')}; may be repeated`, collectText)
    .option('--date <day>', 'the day on which the preference was recorded, for example 2027-01-10')
    .option('--evidence <reference>', 'your reference to the evidence; no personal data')
    .option('--last-resort', 'declare that restricting is the last resort')
    .option('--credit-mode', 'declare that the meter is in credit mode')
    .addOption(new Option('--fuel <fuel>', 'for a Device that the inventory does not know').choices(FUELS))
    .addHelpText('after', SET_EXAMPLE)
  return withChangeOptions(command).action((meters: readonly string[], options: SetOptions) =>
    eachMeter(terminal, meters, options, ({ service, actor }, meter) =>
      service.set(actor, { ...commonOf(meter, options), ...setFieldsOf(options) }),
    ),
  )
}

const FUELS: readonly Fuel[] = ['electricity', 'gas']

const CLEAR_EXAMPLE = `
Example:
  duisgate flag clear 1200012345679 --as SUP-A --reason consumer-request --reference CASE-4712`

function clearCommand(terminal: Terminal): Command {
  const command = new Command('clear')
    .description('End the flag of meter points; the record stays.')
    .addArgument(meterArgument())
    .option('--at <time>', 'when it ends; default: now', instantOption)
    .requiredOption('--reason <reason>', CLEAR_REASONS.join(', '))
    .addHelpText('after', CLEAR_EXAMPLE)
  return withChangeOptions(command).action((meters: readonly string[], options: ClearOptions) =>
    eachMeter(terminal, meters, options, ({ service, actor }, meter) => {
      const { at, reason, reference = '' } = options
      return service.clear(actor, { ...commonOf(meter, options), at, reason, reference })
    }),
  )
}

function withChangeOptions(command: Command): Command {
  return withActingOptions(
    command
      .option('--reference <reference>', 'your own reference to the request; no personal data')
      .option('--on-behalf-of <party>', 'the Supplier that the Service Centre acts for')
      .option('--ticket <ticket>', 'the ticket of the Service Centre')
      .option('--json', 'one JSON object a line'),
  )
}

function commonOf(meter: string, { onBehalfOf, ticket, reference }: ChangeOptions) {
  return { ...namedBy(meter), onBehalfOf, ticket, reference }
}

function setFieldsOf({ step, date, evidence, lastResort, creditMode, from, fuel }: SetOptions) {
  const declaration = {
    steps: step ?? [],
    date: date ?? '',
    evidence: evidence ?? '',
    isLastResort: lastResort ?? false,
    isCreditMode: creditMode ?? false,
  }
  return { declaration, from, fuel }
}

type ChangeResult = FlagSet | FlagCleared | Refused

async function eachMeter(
  terminal: Terminal,
  meters: readonly string[],
  options: ChangeOptions,
  change: (services: Services, meter: string) => Promise<ChangeResult>,
): Promise<void> {
  await withServices(terminal, options, async (services) => {
    for (const meter of meters) print(terminal, options, meter, await change(services, meter))
  })
}

function print(terminal: Terminal, { json }: ChangeOptions, meter: string, outcome: ChangeResult): void {
  if (json) terminal.print(JSON.stringify(asJson(meter, outcome)))
  if (!outcome.ok) return noteRefusals(terminal, meter, outcome.refusals)
  const { restriction } = outcome
  for (const { text } of warningsOf(outcome)) terminal.note(`${meter}: note: ${text}`)
  for (const schedule of schedulesOf(outcome)) terminal.note(`${meter}: note: ${scheduleWords(schedule)}`)
  const devices = `${restriction.members.length} Device${restriction.members.length === 1 ? '' : 's'}`
  if (!json) terminal.print(`${meter}: ${outcome.outcome}, ${restriction.id}, ${devices}`)
}

function asJson(meter: string, outcome: ChangeResult): object {
  if (!outcome.ok) return { meter, outcome: 'refused', refusals: outcome.refusals }
  const { id, version, sequence } = outcome.restriction
  return {
    ...{ meter, outcome: outcome.outcome, restriction: id, version, sequence },
    warnings: warningsOf(outcome),
    schedules: schedulesOf(outcome).map(({ id, device, srvs, owner, party = null }) => ({
      ...{ schedule: id, device: formatEui64(device), srvs, owner: formatEui64(owner), party },
    })),
  }
}

function warningsOf(outcome: FlagSet | FlagCleared) {
  return 'warnings' in outcome ? outcome.warnings : []
}

function schedulesOf(outcome: FlagSet | FlagCleared) {
  return 'schedules' in outcome ? outcome.schedules : []
}

const IMPORT_HELP = `
Columns to set: ${BULK_COLUMNS.set.join(', ')}.
Columns to clear: ${BULK_COLUMNS.clear.join(', ')}.
Each row has its own result; the file may be sent again, for what is done already changes nothing.

Example:
  duisgate flag import restricted.csv --as SUP-A`

function importCommand(terminal: Terminal): Command {
  const command = new Command('import')
    .description('Set or clear the flags of a CSV file, the same file that the API and the page take.')
    .argument('<csv>', 'the file, or - for standard input')
    .addOption(new Option('--action <action>', 'what to do').choices(['set', 'clear']).default('set'))
    .addOption(badRowsOption())
    .option('--json', 'one JSON object a line')
    .addHelpText('after', IMPORT_HELP)
  return withActingOptions(command).action((csv: string, options: ImportOptions) =>
    withServices(terminal, options, (services) => importFlags(terminal, services, csv, options)),
  )
}

async function importFlags(
  terminal: Terminal,
  services: Services,
  csv: string,
  options: ImportOptions,
): Promise<void> {
  const source = await fileSource(terminal, csv)
  const file = await openBulkFile(source.open(), options.action, Number.POSITIVE_INFINITY)
  if (!file.ok) {
    const { detail, invalid = [] } = file.problem
    const texts = [...(detail === undefined ? [] : [detail]), ...invalid.map(({ text }) => text)]
    throw usageError([`${csv} cannot be imported`, ...texts].join('\n'))
  }
  const bad = new BadRows(terminal, file.header, options.badRows, 0)
  const cells = new Map<number, readonly string[]>()
  try {
    for await (const result of bulkResults(
      services,
      services.actor,
      options.action,
      remembered(file.rows, cells),
    )) {
      printRow(terminal, options, result)
      await addBadRow(bad, result, cells)
    }
  } finally {
    await bad.end()
  }
}

type Rows = Parameters<typeof bulkResults>[3]

/** The rows, with the cells of those that have no result yet by their line. */
async function* remembered(rows: Rows, cells: Map<number, readonly string[]>): Rows {
  for await (const row of rows) {
    if ('cells' in row) cells.set(row.line, row.cells)
    yield row
  }
}

async function addBadRow(
  bad: BadRows,
  { line, outcome, refusals, remarks }: BulkRowResult,
  cells: Map<number, readonly string[]>,
): Promise<void> {
  const found = cells.get(line)
  cells.delete(line)
  if (!found || (outcome !== 'refused' && outcome !== 'unreadable')) return
  const why = [...refusals.map(({ text, whatToDo }) => `${text} ${whatToDo}`), ...remarks]
  await bad.add({ line, cells: found }, why.join(' '))
}

function printRow(terminal: Terminal, { json }: ImportOptions, result: BulkRowResult): void {
  const { line, outcome, restriction, refusals, remarks } = result
  if (json) terminal.print(JSON.stringify(result))
  else terminal.print(`line ${line}: ${outcome}${restriction === undefined ? '' : `, ${restriction}`}`)
  if (refusals.length > 0) noteRefusals(terminal, `line ${line}`, refusals)
  for (const remark of remarks) terminal.note(`line ${line}: ${remark}`)
  if (outcome === 'refused' || outcome === 'unreadable' || outcome === 'stopped') terminal.exitWith(EXIT.no)
}
