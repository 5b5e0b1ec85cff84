/** `duisgate report`: the reports of a month as CSV, JSON or a document to print. */

import { hostname } from 'node:os'
import { Command, Option } from 'commander'
import type { Config } from '../config/config.ts'
import { countOf } from '../config/configuration-fault.ts'
import { loadCatalogue } from '../config/load-catalogue.ts'
import { exceptionResource, leakCheckResource, performanceResource } from '../control/api/reports.ts'
import { evidenceDocument } from '../control/documents/evidence.ts'
import { printedFoot, printedHead } from '../control/documents/printed.ts'
import {
  exceptionsContent,
  leaksContent,
  monthLine,
  performanceContent,
  uptakeContent,
} from '../control/documents/report-content.ts'
import { LEAK_RECORDS, reportCsv } from '../control/documents/report-csv.ts'
import type { Html } from '../control/html/html.ts'
import type { Table } from '../core/policy/table.ts'
import type { ListedRules } from '../core/report/leak-check.ts'
import type { Month } from '../core/report/span.ts'
import type { Actor } from '../core/restriction/party.ts'
import { csvTexts } from '../csv/csv-writer.ts'
import { systemClock } from '../observe/clock.ts'
import type { ExceptionRow } from '../reports/exceptions.ts'
import { findLeaks } from '../reports/leaks.ts'
import { keptListOf, listedRulesOf } from '../reports/lists.ts'
import { type LeakChecked, Reports } from '../reports/reports.ts'
import type { ControlStore } from '../store/control-store.ts'
import type { SqlStore } from '../store/sql/sql-store.ts'
import { type StoreOptions, withConfiguredStore } from './configuration.ts'
import { keptTableIn, tableIn } from './named-table.ts'
import { printPdf } from './pdf.ts'
import { monthOption, withStoreOptions } from './shared-options.ts'
import { CommandError, EXIT, type Terminal, usageError } from './terminal.ts'

interface ReportOptions extends StoreOptions {
  readonly month: Month
  readonly format: 'csv' | 'json' | 'html'
  readonly pdf?: string
}

/** Whoever has the store at hand sees everything. */
const HERE: Actor = { party: 'duisgate', role: 'auditor', name: 'command line' }

const EXAMPLES = `
Months are calendar months in UTC. Counts come from what "duisgate rollup" has rolled up.

Example:
  duisgate report exceptions --month 2026-10 --config duisgate.yaml > exceptions.csv`

const EVIDENCE_HELP = `
Exit code 1: there is no Chromium for --pdf, or it made no file.

Examples:
  duisgate report evidence --month 2026-10 --config duisgate.yaml > evidence.html
  duisgate report evidence --month 2026-10 --pdf evidence.pdf --config duisgate.yaml`

const LEAKS_HELP = `
Reads the decision journal of this machine from the beginning and judges it by the list and the flags, without the code that
decided. Exit code 0: no fault. 1: there are faults. The outcome is kept for page and API.

Example:
  duisgate report leaks --month 2026-10 --config duisgate.yaml`

export function reportCommand(terminal: Terminal): Command {
  const command = new Command('report')
  for (const report of REPORTS) command.addCommand(subcommand(terminal, ...report))
  return command.addCommand(evidenceCommand(terminal))
}

const REPORTS: readonly (readonly [name: string, description: string, print: Print, help: string])[] = [
  ['exceptions', 'Restricted Devices, and what was stopped for them.', printExceptions, EXAMPLES],
  ['performance', 'Success by SRV and region, with and without exceptions.', printPerformance, EXAMPLES],
  ['uptake', 'Flags set, cleared and in effect, by Supplier and region.', printUptake, EXAMPLES],
  ['leaks', 'Check the journal against list and flags.', printLeaks, LEAKS_HELP],
]

/** What a report is made from. */
interface ReportSources {
  readonly terminal: Terminal
  readonly config: Config
  readonly store: SqlStore
  readonly reports: Reports
  readonly options: ReportOptions
}

type Print = (sources: ReportSources) => Promise<void>

function subcommand(
  terminal: Terminal,
  name: string,
  description: string,
  print: Print,
  help: string,
): Command {
  const command = new Command(name)
    .description(description)
    .addOption(
      new Option('--format <format>', 'csv, json or html').choices(['csv', 'json', 'html']).default('csv'),
    )
  return reportOn(terminal, command, print, help)
}

function evidenceCommand(terminal: Terminal): Command {
  const command = new Command('evidence').description(
    'Lists in force and the audit, as an HTML document to print.',
  )
  command.option('--pdf <file>', 'write it there as PDF instead; wants a Chromium on the PATH')
  return reportOn(terminal, command, printEvidence, EVIDENCE_HELP)
}

function reportOn(terminal: Terminal, command: Command, print: Print, help: string): Command {
  command.requiredOption('--month <month>', 'a calendar month in UTC, such as 2026-10', monthOption)
  command.addHelpText('after', help)
  return withStoreOptions(command).action((options: ReportOptions) =>
    withConfiguredStore(terminal, options, (store, config) => {
      const parties = { parties: config.parties, regionsOfCsp: new Map() }
      const reports = new Reports({ ...parties, store, clock: systemClock })
      if (!reports.hasBegun(options.month))
        throw usageError(`${options.month.name} has not begun; give a month that has`)
      return print({ terminal, config, store, reports, options })
    }),
  )
}

async function printExceptions(sources: ReportSources): Promise<void> {
  const { reports, options } = sources
  if (options.format === 'csv')
    return printCsv(sources, reportCsv('exceptions', reports, HERE, options.month))
  const rows = reports.exceptions(HERE, options.month)
  if (options.format === 'json') return printJson(sources, rows, exceptionResource)
  const all: ExceptionRow[] = []
  for await (const row of rows) all.push(row)
  const blocked = await reports.blocked(HERE, options.month)
  printHtml(sources, 'Exceptions', exceptionsContent(blocked, all, true))
}

async function printPerformance(sources: ReportSources): Promise<void> {
  const { reports, options } = sources
  if (options.format === 'csv')
    return printCsv(sources, reportCsv('performance', reports, HERE, options.month))
  const performance = await reports.performance(HERE, options.month)
  if (options.format === 'json') return printJson(sources, performance.rows, performanceResource)
  printHtml(sources, 'Performance', performanceContent(performance))
}

async function printUptake(sources: ReportSources): Promise<void> {
  const { reports, options } = sources
  if (options.format === 'csv') return printCsv(sources, reportCsv('uptake', reports, HERE, options.month))
  const rows = await reports.uptake(HERE, options.month)
  if (options.format === 'json') return printJson(sources, rows)
  printHtml(sources, 'Uptake', uptakeContent(rows))
}

async function printLeaks(sources: ReportSources): Promise<void> {
  const checked = await checkLeaks(sources)
  const { report } = checked
  if (sources.options.format === 'csv') await printCsv(sources, csvTexts(LEAK_RECORDS, report.leaks))
  else if (sources.options.format === 'json') await printJson(sources, [checked], leakCheckResource)
  else printHtml(sources, 'Leak check', leaksContent([checked]))
  const unjudged = Object.values(report.unjudged).reduce((sum, count) => sum + count, 0)
  const found = `${countOf(report.messages, 'message')} read, ${countOf(report.faults, 'fault')}, ${unjudged} not judged`
  sources.terminal.note(found)
  if (report.faults > 0)
    throw new CommandError(EXIT.no, `the leak check found ${countOf(report.faults, 'fault')}`)
}

async function checkLeaks({ config, store, options: { month } }: ReportSources): Promise<LeakChecked> {
  const configured = await tableIn(store, config.table, loadCatalogue())
  const report = await findLeaks({
    store: store.reports,
    folder: config.journal.folder,
    month,
    listOf: (revision) => listAtHand(store, configured, revision),
  })
  const checked = { gateway: config.gatewayId ?? hostname(), at: systemClock.now(), report }
  const { gateway, at } = checked
  await store.reports.keepLeakCheck({ month: month.name, gateway, at, outcome: JSON.stringify(report) })
  return checked
}

/**
 * The list of a revision, wherever this installation has it: kept by a roll-up, governed in the store, or configured.
 * Undefined when it is nowhere.
 */
async function listAtHand(
  store: ControlStore,
  configured: Table,
  revision: string,
): Promise<ListedRules | undefined> {
  if (configured.revision === revision) return listedRulesOf(keptListOf(configured))
  const kept = await store.reports.keptList(revision)
  if (kept) return listedRulesOf(kept)
  const governed = await keptTableIn(store, revision, loadCatalogue())
  return governed && listedRulesOf(keptListOf(governed))
}

async function printEvidence({ terminal, reports, options }: ReportSources): Promise<void> {
  const document = evidenceDocument(await reports.evidence(HERE, options.month))
  if (options.pdf !== undefined) {
    await printPdf(document, options.pdf)
    return terminal.note(`written: ${options.pdf}`)
  }
  for await (const text of document) terminal.print(text.trimEnd())
}

async function printCsv({ terminal }: ReportSources, texts: AsyncIterable<string>): Promise<void> {
  for await (const text of texts) terminal.print(text.slice(0, -LINE_END.length))
}

/** What ends a record of CSV; the terminal ends lines by itself. */
const LINE_END = '\r\n'

/** One array, a row a line, so that a long one need not fit in memory. */
async function printJson<Row>(
  { terminal }: ReportSources,
  rows: AsyncIterable<Row> | Iterable<Row>,
  resourceOf: (row: Row) => unknown = (row) => row,
): Promise<void> {
  let before: string | undefined
  terminal.print('[')
  for await (const row of rows) {
    if (before !== undefined) terminal.print(`${before},`)
    before = JSON.stringify(resourceOf(row))
  }
  if (before !== undefined) terminal.print(before)
  terminal.print(']')
}

function printHtml({ terminal, options, reports }: ReportSources, title: string, content: Html): void {
  const { month } = options
  const line = monthLine(month, reports.toldUntil(month))
  for (const part of [printedHead(`${title}, ${month.name}`), line, content, printedFoot()])
    terminal.print(String(part))
}
