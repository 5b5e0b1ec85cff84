/** `duisgate check`: every problem of the configuration and of the table, for people and for pipelines. */
import { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { loadCatalogue } from '../config/load-catalogue.ts'
import type { ConfigResult } from '../config/read-config.ts'
import { type ConfigOptions, configResultOf, countOf } from './configuration.ts'
import { compiledTableOf } from './policy-files.ts'
import { withConfigOptions } from './shared-options.ts'
import { CommandError, EXIT, type Terminal } from './terminal.ts'

interface CheckOptions extends ConfigOptions {
  readonly table?: string
  readonly json?: true
}

/** `where` is a file, a variable or a row of the table. */
interface Finding {
  readonly what: 'config' | 'table'
  readonly where: string
  readonly text: string
  readonly line?: number
}

const EXAMPLES = `
Examples:
  duisgate check --config duisgate.yaml
  duisgate check --table policy/recommended.yaml --json

Exit code 0: nothing is wrong (notes do not count). 2: at least one problem.`

export function checkCommand(terminal: Terminal): Command {
  const command = new Command('check')
    .description('Check the configuration and the table; list every problem.')
    .option('--table <file>', 'the table to check in place of the configured one')
    .option('--json', 'one JSON object: problems and notes')
    .addHelpText('after', EXAMPLES)
  return withConfigOptions(command).action((options: CheckOptions) => check(terminal, options))
}

async function check(terminal: Terminal, options: CheckOptions): Promise<void> {
  const result = await configResultOf(terminal, options)
  const tableName = options.table ?? (result.ok ? result.config.table : undefined)
  const problems = [...configProblems(result), ...(tableName ? await tableProblems(tableName) : [])]
  const notes = result.ok ? notesOn(result.config) : []
  if (options.json) terminal.print(JSON.stringify({ ok: problems.length === 0, problems, notes }))
  else show(terminal, problems, notes, tableName)
  if (problems.length > 0) terminal.exitWith(EXIT.usage)
}

function configProblems(result: ConfigResult): Finding[] {
  return result.ok ? [] : result.problems.map((problem) => ({ what: 'config', ...problem }))
}

async function tableProblems(name: string): Promise<Finding[]> {
  try {
    const compiled = await compiledTableOf(name, await loadCatalogue())
    return compiled.ok ? [] : compiled.problems.map((problem) => ({ what: 'table', ...problem }))
  } catch (error) {
    if (error instanceof CommandError) return [{ what: 'table', where: name, text: error.message }]
    throw error
  }
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
  return notes
}

function show(
  terminal: Terminal,
  problems: readonly Finding[],
  notes: readonly string[],
  table: string | undefined,
): void {
  for (const { what, where, text, line } of problems) {
    terminal.print(`${what}: ${where}${line === undefined ? '' : ` (line ${line})`}: ${text}`)
  }
  for (const text of notes) terminal.print(`note: ${text}`)
  const shown = table === undefined ? 'the table was not checked' : `table ${table}`
  terminal.print(
    problems.length === 0 ? `ok: the configuration and ${shown}` : countOf(problems.length, 'problem'),
  )
}
