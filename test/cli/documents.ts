/** The option tables of docs/cli.md, which follow from the commands themselves. */
import type { Command, Option } from 'commander'
import { programOf } from '../../src/cli/program.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

export const CLI_PAGE = new URL('../../docs/cli.md', import.meta.url)

const NOWHERE: Terminal = {
  print: () => {},
  note: () => {},
  overwrite: () => {},
  isInteractive: false,
  hasColours: false,
  standardInput: (async function* () {})(),
  environment: {},
  workingFolder: '/',
  exitWith: () => {},
  onSignal: () => {},
  onParentGone: () => {},
}

const TREE = leavesOf(await programOf(NOWHERE))

/** Commands that do something, with the words that they are typed by. */
export function commandTree(): { name: string; command: Command }[] {
  return TREE
}

/** Commands that do something, as they are typed: `explain`, `devices import`. */
export function commandNames(): string[] {
  return commandTree().map(({ name }) => name)
}

/** The page with the option table of every command as it follows from the command; one without gets it at its section's end. */
export function withOptionTables(page: string): string {
  return commandTree().reduce((text, { name, command }) => {
    const section = new RegExp(`^### duisgate ${name}$[^]*?(?=^##|(?![^]))`, 'm')
    return text.replace(section, (whole) => withOptionTable(whole, optionsTable(command)))
  }, page)
}

function withOptionTable(section: string, table: string | undefined): string {
  const old = /^\| option \|.*(?:\n\|.*)*/m
  if (table === undefined || old.test(section)) return section.replace(old, () => table ?? '')
  return `${section.trimEnd()}\n\n${table}\n\n`
}

function leavesOf(command: Command, path: readonly string[] = []): { name: string; command: Command }[] {
  return command.commands.flatMap((child) => {
    const names = [...path, child.name()]
    return child.commands.length > 0 ? leavesOf(child, names) : [{ name: names.join(' '), command: child }]
  })
}

/** What an option does and what it is when it is left out, where the command says so. */
export function meaningOf({ description, defaultValueDescription: value }: Option): string {
  return value === undefined ? description : `${description}; default: ${value}`
}

/** Undefined when it takes none. */
function optionsTable(command: Command): string | undefined {
  const shown = command.options.filter(({ hidden }) => !hidden)
  if (shown.length === 0) return undefined
  const rows = shown.map((option) => `| \`${option.flags}\` | ${meaningOf(option)} |`)
  return ['| option | what it does |', '|---|---|', ...rows].join('\n')
}
