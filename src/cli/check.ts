/** `duisgate check`: every problem of the configuration and of the tables, for people and for pipelines. */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { ConfigurationFault, countOf } from '../config/configuration-fault.ts'
import { loadCatalogue } from '../config/load-catalogue.ts'
import { readTableTests, tableTestsText } from '../config/load-table-tests.ts'
import type { ConfigResult } from '../config/read-config.ts'
import { GOVERNED_TABLE } from '../config/table-path.ts'
import { fileFaultText } from '../config/text-file.ts'
import type { Table, TableProblem } from '../core/policy/table.ts'
import { type UntestedPart, untestedParts } from '../core/policy/table-coverage.ts'
import { runTableTests, type TableTestsReading } from '../core/policy/table-tests.ts'
import { createLog } from '../observe/log.ts'
import type { StoreCheck } from '../run/store-check.ts'
import { compiledTableOf, tableTestsTextOf } from '../run/table-files.ts'
import { tlsFileProblems } from '../run/tls-files.ts'
import { type ConfigOptions, configResultOf } from './configuration.ts'
import { withConfigOptions } from './shared-options.ts'
import { EXIT, type Terminal, usageError } from './terminal.ts'

interface CheckOptions extends ConfigOptions {
  readonly table?: string
  readonly coverage?: true
  readonly missing?: string
  readonly connect?: true
  readonly json?: true
}

/** `where` is a file, a variable, a row of the table or the name of a test. */
interface Finding {
  readonly what: 'config' | 'store' | 'tls' | 'table' | 'test'
  readonly where: string
  readonly text: string
  readonly line?: number
}

const EXAMPLES = `
Examples:
  duisgate check --config duisgate.yaml
  duisgate check --config duisgate.yaml --connect
  duisgate check --table policy/recommended.yaml --json
  duisgate check --table list.yaml --coverage --missing list.missing.yaml

Beside a table NAME.yaml its unit tests NAME.tests.yaml are run. With --coverage each action, condition and default is turned round:
one that no test notices is untested.

Exit code 0: nothing is wrong (notes do not count). 1: nothing is wrong, and something is untested. 2: at least one problem.`

export function checkCommand(terminal: Terminal): Command {
  const command = new Command('check')
    .option('--table <file>', 'the table to check in place of the configured one')
    .option('--coverage', 'say which rows, conditions and defaults no unit test holds')
    .option('--missing <file>', 'with --coverage: write the missing tests to this file, to be gone through')
    .option(
      '--connect',
      'try the store as well: which servers answer, which is the primary, its version and schema',
    )
    .option('--json', 'one JSON object: problems and notes')
    .addHelpText('after', EXAMPLES)
  return withConfigOptions(command).action((options: CheckOptions) => check(terminal, options))
}

async function check(terminal: Terminal, options: CheckOptions): Promise<void> {
  const result = await configResultOf(terminal, options)
  const store = await storeCheck(result, options)
  const names = tablesToCheck(result, options)
  const tables = await Promise.all(names.map((name) => checkTable(name, options)))
  const problems = [
    ...configProblems(result),
    ...(await tlsProblems(result)),
    ...store.problems.map((problem): Finding => ({ what: 'store', ...problem })),
    ...tables.flatMap((table) => table.problems),
  ]
  const notes = [...(result.ok ? notesOn(result.config) : []), ...tables.flatMap((table) => table.notes)]
  const tests = tables.reduce((count, table) => count + table.tests, 0)
  const untested = tables.flatMap((table) => table.untested)
  if (options.json) {
    const parts = options.coverage && { untested: untested.map(({ where, part }) => ({ where, part })) }
    terminal.print(
      JSON.stringify({
        ok: problems.length === 0,
        problems,
        notes,
        tests,
        ...parts,
        ...(options.connect && { found: store.found }),
      }),
    )
  } else {
    for (const line of store.found) terminal.print(line)
    for (const { where, part } of untested)
      terminal.print(`untested: ${where}, ${part}: no unit test fails when it is turned round`)
    show(terminal, problems, notes, names, tests)
  }
  if (options.missing !== undefined && untested.length > 0)
    await writeMissing(terminal, options.missing, untested)
  if (problems.length > 0) terminal.exitWith(EXIT.usage)
  else if (untested.length > 0) terminal.exitWith(EXIT.no)
}

async function writeMissing(
  terminal: Terminal,
  name: string,
  untested: readonly UntestedPart[],
): Promise<void> {
  const text = tableTestsText(untested.map(({ missing }) => missing))
  try {
    await writeFile(resolve(terminal.workingFolder, name), text, { flag: 'wx' })
  } catch (error) {
    throw usageError(`cannot write ${name} (${fileFaultText(error)}); give a file that is not there yet`)
  }
  terminal.note(
    `${name}: ${countOf(untested.length, 'test')} with what the table does today; name each, and move it to the table's own tests`,
  )
}

function configProblems(result: ConfigResult): Finding[] {
  return result.ok ? [] : result.problems.map((problem) => ({ what: 'config', ...problem }))
}

const NOT_TRIED: StoreCheck = { found: [], problems: [] }

/** Loaded where it is asked for: the drivers are half of what a command loads. */
async function storeCheck(result: ConfigResult, { connect }: CheckOptions): Promise<StoreCheck> {
  if (!connect || !result.ok) return NOT_TRIED
  const { checkStore } = await import('../run/store-check.ts')
  return checkStore(result.config.store)
}

async function tlsProblems(result: ConfigResult): Promise<Finding[]> {
  if (!result.ok) return []
  const problems = await tlsFileProblems(result.config, createLog({ level: 'silent' }))
  return problems.map(({ side, text }) => ({ what: 'tls', where: side, text }))
}

/** Governed tables are checked before they are proposed; from the configuration only files are looked at. */
function tablesToCheck(result: ConfigResult, { table }: CheckOptions): readonly string[] {
  if (table !== undefined) return [table]
  if (!result.ok) return []
  const { table: inForce, shadowTable } = result.config
  return [inForce, shadowTable].filter((name) => name !== undefined).filter((name) => name !== GOVERNED_TABLE)
}

interface CheckedTable {
  readonly problems: readonly Finding[]
  readonly notes: readonly string[]
  /** Unit tests that were run. */
  readonly tests: number
  /** Empty where nobody asked. */
  readonly untested: readonly UntestedPart[]
}

const UNCHECKED: CheckedTable = { problems: [], notes: [], tests: 0, untested: [] }

async function checkTable(name: string, { coverage }: CheckOptions): Promise<CheckedTable> {
  try {
    const compiled = await compiledTableOf(name, await loadCatalogue())
    if (compiled.ok) return await testedTable(name, compiled.table, coverage)
    return { ...UNCHECKED, problems: findings('table', compiled.problems) }
  } catch (error) {
    if (!(error instanceof ConfigurationFault)) throw error
    return { ...UNCHECKED, problems: [{ what: 'table', where: name, text: error.message }] }
  }
}

async function testedTable(name: string, table: Table, isAsked = false): Promise<CheckedTable> {
  const text = await tableTestsTextOf(name)
  const reading = text === undefined ? NO_TESTS : readTableTests(text)
  if (!reading.ok) return { ...UNCHECKED, problems: findings('test', reading.problems) }
  const { tests } = reading
  return {
    problems: findings('test', runTableTests(table, tests)),
    notes: text === undefined ? [`the table ${name} has no unit tests beside it`] : [],
    tests: tests.length,
    untested: isAsked ? untestedParts(table, tests) : [],
  }
}

const NO_TESTS: TableTestsReading = { ok: true, tests: [] }

function findings(what: Finding['what'], problems: readonly TableProblem[]): Finding[] {
  return problems.map((problem) => ({ what, ...problem }))
}

/** What is valid and will still surprise. */
function notesOn(config: Config): string[] {
  const { northbound, flags } = config
  const notes: string[] = []
  if (northbound.users.size === 0 && !northbound.fallback) {
    notes.push(
      'northbound has no users and no fallback: every message towards a Service User gets 502 GW_NO_ROUTE',
    )
  }
  if (flags.pollMs * 2 > flags.maxStalenessMs) {
    notes.push('flags.pollMs is more than half of flags.maxStalenessMs: one late poll makes every flag stale')
  }
  notes.push(...tlsNotes(config))
  return notes
}

/** What goes over a network readable by others, or by anybody who once had a good certificate. */
function tlsNotes({ southbound, northbound, control, controlPlane }: Config): string[] {
  const sides = Object.entries({ southbound, northbound, control, controlPlane })
  return sides.flatMap(([name, { listen, tls }]) => {
    if (!tls && !isLoopback(listen.host))
      return [`${name}.listen is not on loopback and speaks plain HTTP; give ${name}.tls`]
    if (tls?.ca !== undefined && tls.crls.length === 0)
      return [`${name}.tls has no crls: a certificate that is revoked is still let in`]
    return []
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

function show(
  terminal: Terminal,
  problems: readonly Finding[],
  notes: readonly string[],
  tables: readonly string[],
  tests: number,
): void {
  for (const { what, where, text, line } of problems) {
    terminal.print(`${what}: ${where}${line === undefined ? '' : ` (line ${line})`}: ${text}`)
  }
  for (const text of notes) terminal.print(`note: ${text}`)
  const shown =
    tables.length === 0
      ? 'no file of a table: with table: store the tables are in the store, each checked when it was proposed'
      : `table ${tables.join(', table ')}`
  const held = tests === 0 ? '' : `; ${countOf(tests, 'unit test')} ${tests === 1 ? 'holds' : 'hold'}`
  terminal.print(
    problems.length === 0 ? `ok: the configuration and ${shown}${held}` : countOf(problems.length, 'problem'),
  )
}
