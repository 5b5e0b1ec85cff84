/** `duisgate table why`: what an answer, alert or payload holds, and how the list follows from it. */

import { Command } from 'commander'
import { loadCatalogue } from '../config/load-catalogue.ts'
import { loadDataItems } from '../config/load-data-items.ts'
import { type DataItem, PROTECTED_CLASSES } from '../core/catalogue/data-items.ts'
import { nearest } from '../core/nearest.ts'
import { type Closure, closureOf, conclusionOf, partOf } from '../core/policy/closure.ts'
import type { Table } from '../core/policy/table.ts'
import { treatmentOf } from '../core/policy/table-diff.ts'
import type { StoreOptions } from './configuration.ts'
import { tableNamed } from './named-table.ts'
import { withStoreOptions } from './shared-options.ts'
import { type Terminal, usageError } from './terminal.ts'

interface WhyOptions extends StoreOptions {
  readonly table: string
  readonly json?: true
}

const HELP = `
The items are those of the DUIS and MMC schemas; consumption, behaviour and financial items are protected. A class is sure where
nothing is said.

Examples:
  duisgate table why 4.11.1
  duisgate table why 8F88
  duisgate table why DeviceLogRestored --table list.yaml`

export function tableWhyCommand(terminal: Terminal): Command {
  const command = new Command('why')
    .description('What a code holds, and why a table stops it or lets it pass.')
    .argument('<code>', 'an SRV, a Device Alert, a DCC Alert or the element of a DCC Alert payload')
    .option('--table <table>', 'a revision, a shipped name, a file, or store', 'recommended')
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
  return withStoreOptions(command).action(async (code: string, options: WhyOptions) => {
    const catalogue = loadCatalogue()
    const table = await tableNamed(terminal, options, options.table, catalogue)
    const parts = partsNamed(closureOf(table, catalogue, loadDataItems()), code)
    if (options.json) terminal.print(JSON.stringify(asJson(table, parts)))
    else for (const line of linesOf(table, parts)) terminal.print(line)
  })
}

/** The parts of the code, in either letter case. */
function partsNamed(closures: readonly Closure[], code: string): readonly [Closure, ...Closure[]] {
  const [first, ...others] = closures.filter((closure) => closure.code.toLowerCase() === code.toLowerCase())
  if (first) return [first, ...others]
  const near = nearest(
    code,
    closures.map((closure) => closure.code),
  )
  const hint = near === undefined ? '' : `; is it ${near}?`
  throw usageError(`${code} is no SRV, Device Alert, DCC Alert or DCC Alert payload${hint}`)
}

function* linesOf(table: Table, parts: readonly [Closure, ...Closure[]]): Generator<string> {
  const [{ kind, code, name, row }] = parts
  yield `${kind} ${code}${name && ` ${name}`}`
  yield kind === 'DCC Alert payload'
    ? `Any DCC Alert of ${table.name} ${table.revision} may hold it; their rows decide.`
    : `${table.name} ${table.revision}, row ${row?.id}: ${row && treatmentOf(row, row.class).words}`
  if (row && kind !== 'DCC Alert payload') yield row.why
  for (const part of parts) {
    yield ''
    yield [partOf(part), conclusionOf(part)].filter((text) => text !== '').join(': ')
    if (part.items.length === 0) yield '  holds no more than its outcome, or what its payload says'
    const width = Math.max(...part.items.map((item) => classesOf(item).length))
    for (const item of sorted(part.items)) yield `  ${classesOf(item).padEnd(width)}  ${item.path}`
  }
}

/** Protected ones first, the surest of them before the others, else as the schema has them. */
function sorted(items: readonly DataItem[]): readonly DataItem[] {
  const isProtected = ({ classes }: DataItem) => PROTECTED_CLASSES.some((name) => classes[name] !== undefined)
  return [...items.filter(isProtected), ...items.filter((item) => !isProtected(item))]
}

function classesOf({ classes }: DataItem): string {
  return Object.entries(classes)
    .map(([name, sureness]) => (sureness === 'sure' ? name : `${name} (${sureness})`))
    .join(', ')
}

function asJson({ name: tableName, revision }: Table, parts: readonly [Closure, ...Closure[]]): object {
  const [{ kind, code, name, row }] = parts
  return {
    ...{ kind, code, name, table: tableName, revision },
    row: row && { id: row.id, class: row.class, why: row.why, treatment: treatmentOf(row).words },
    parts: parts.map(({ when, carrying, stopping, conclusion, reason, items }) => ({
      ...{ when, carrying, stopping, conclusion, reason },
      items: items.map(({ of: _, ...item }) => item),
    })),
  }
}
