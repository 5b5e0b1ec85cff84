/** The tables of docs/failure-modes.md, and what runs of the kit want and take, made from the rows and the saved outcomes. */
import { join } from 'node:path'
import { FAMILIES } from './every-row.ts'
import type { Row, Tool } from './row.ts'
import type { SavedOutcome, SavedOutcomes } from './saved-outcomes.ts'

export const FAILURE_PAGE = join(import.meta.dirname, '../../docs/failure-modes.md')

const BEGIN = '<!-- npm run faults writes from here -->'
const END = '<!-- to here -->'

/** The page with the tables of these rows in place of those it has. Throws when it has no place for them. */
export function withFaultTables(page: string, rows: readonly Row[], saved: SavedOutcomes): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`the page has no lines ${BEGIN} and ${END}`)
  const tables = Object.entries(FAMILIES).flatMap(([letter, name]) => {
    const own = rows.filter(({ id }) => id.startsWith(letter))
    return own.length === 0 ? [] : [tableOf(name, own, saved)]
  })
  const parts = [wantedFor(rows), takenBy(rows, saved), ...tables]
  return `${page.slice(0, begin + BEGIN.length)}\n\n${parts.join('\n\n')}\n\n${page.slice(end)}`
}

/** The Debian packages with the programs that probes of these rows want, each once. */
export function packagesOf(rows: readonly Row[], isWanted: (tool: Tool) => boolean = () => true): string[] {
  const tools = rows.flatMap(({ proofs }) =>
    proofs.flatMap((proof) => (proof.kind === 'probe' ? proof.needs : [])),
  )
  return [...new Set(tools.filter(isWanted).map((tool) => tool.package))].sort()
}

/** Seconds that these rows took when they were run last. */
export function secondsOf(rows: readonly Row[], saved: SavedOutcomes): number {
  return rows.reduce((sum, { id }) => sum + (saved.get(id)?.seconds ?? 0), 0)
}

function wantedFor(rows: readonly Row[]): string {
  return `Programs that it wants, by their Debian packages: \`${packagesOf(rows).join(' ')}\`, and for the tests among its proofs those that \`.ci/run\` installs.`
}

function takenBy(rows: readonly Row[], saved: SavedOutcomes): string {
  const longest = rows
    .flatMap((row) => saved.get(row.id) ?? [])
    .toSorted((one, other) => other.seconds - one.seconds)
    .slice(0, 3)
    .map(({ id, seconds }) => `${id} ${Math.round(seconds)} s`)
  const minutes = Math.round(secondsOf(rows, saved) / 60)
  return `The ${rows.length} rows below took ${minutes} minutes, added up; longest ${longest.join(', ')}.`
}

const HEAD = `| | fault | what must hold | what messages do | what the operator sees | state | seen |
|---|---|---|---|---|---|---|`

function tableOf(name: string, rows: readonly Row[], saved: SavedOutcomes): string {
  const lines = rows.map((row) => lineOf(row, saved.get(row.id)))
  return [`### ${name}`, '', HEAD, ...lines].join('\n')
}

function lineOf(row: Row, outcome: SavedOutcome | undefined): string {
  const { id, fault, how, holds, messages, operator } = row
  const cells = [id, `${fault} (${how})`, holds, messages, operator, stateOf(outcome), seenOf(outcome)]
  return `| ${cells.map((text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}

function stateOf(outcome: SavedOutcome | undefined): string {
  if (outcome === undefined) return 'not run'
  return outcome.isQuick ? `${outcome.state}, quick` : outcome.state
}

function seenOf(outcome: SavedOutcome | undefined): string {
  if (outcome === undefined) return '–'
  const skipped = outcome.skipped.map((reason) => `not run: ${reason}`)
  return [outcome.figure, ...skipped].filter((text) => text !== '').join('; ')
}
