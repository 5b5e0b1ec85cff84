/** `duisgate explain --decision ID`: a decision of the past, from the journal and the table as it read then. */
import { rowTextOf } from '../config/row-text.ts'
import type { Instant } from '../core/device/device.ts'
import { DecisionBook, type ExplainedRecord } from '../journal/decision-book.ts'
import type { WholeRecord } from '../journal/find-lines.ts'
import { configOf } from './configuration.ts'
import { type StoreOptions, withStore } from './open-store.ts'
import { CommandError, EXIT, type Terminal } from './terminal.ts'

export interface DecisionOptions extends StoreOptions {
  readonly decision?: string
  readonly requestId?: string
  /** When the 24 hours begin in which the message arrived; with `requestId`. */
  readonly from?: Instant
  readonly journal?: readonly string[]
  readonly json?: true
}

/** Prints every record found; a planned end with exit code 1 where there is none. */
export async function explainDecision(terminal: Terminal, options: DecisionOptions): Promise<void> {
  const folders = options.journal ?? [(await configOf(terminal, options)).journal.folder]
  await withStore(terminal, options, async (store) => {
    const book = new DecisionBook({ folders, store, rowText: rowTextOf })
    const found = await look(book, options)
    if (found.length === 0) throw new CommandError(EXIT.no, `no journal in ${folders.join(', ')} has it`)
    for (const one of found) terminal.print(options.json ? JSON.stringify(one) : inWords(one))
  })
}

function look(book: DecisionBook, { decision, requestId, from }: DecisionOptions) {
  if (decision !== undefined) return book.find(decision)
  if (requestId !== undefined && from !== undefined) return book.findByRequest(requestId, from)
  return Promise.resolve([])
}

function inWords({ record, row }: ExplainedRecord): string {
  const { decision, time, direction, part, kind, codes, user, outcome, tableRevision } = record
  const lines = [
    `${decision}: ${verdictOf(record)}, ${outcome}`,
    `  ${time} ${direction} ${part === 'reply' ? 'reply to a ' : ''}${kind} ${codes.join(', ') || 'without code'}, User ${user ?? 'unknown'}`,
    `  ${flagOf(record)}`,
    `  table ${tableRevision ?? 'none'}${row ? ` (${row.table})` : ', whose text is not kept'}`,
    ...(row?.text?.split('\n').map((line) => `    ${line}`) ?? []),
  ]
  return lines.join('\n')
}

function verdictOf({ verdict, rule, fault }: WholeRecord): string {
  if (verdict === undefined) return `not decided on (${String(fault ?? 'no fault')})`
  return typeof rule === 'string' ? `${verdict} by ${rule}` : verdict
}

function ageOf(ms: unknown): string {
  return typeof ms === 'number' ? `${Math.round(ms)} ms old` : 'of unknown age'
}

function flagOf({ flag, flagDevice, flagVersion, flagAgeMs, devices }: WholeRecord): string {
  if (flag === undefined || flag === 'not-needed') return 'no row asked for the flag'
  const known = flagVersion === undefined ? '' : `, version ${String(flagVersion)}, ${ageOf(flagAgeMs)}`
  return `flag ${flag} of ${flagDevice ?? (devices.join(', ') || 'no Device')}${known}`
}
