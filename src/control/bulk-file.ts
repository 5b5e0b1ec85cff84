/**
 * Bulk files: many set or clear requests as CSV, each row with its own result. Rows are done one after the other, some in one
 * transaction; a file may be sent again, because setting what is set and clearing what is cleared change nothing.
 */
import { z } from 'zod'
import { type Instant, instantOf } from '../core/device/device.ts'
import type { Actor } from '../core/restriction/party.ts'
import type { Refusal, RuleId } from '../core/restriction/refusal.ts'
import type { Fuel } from '../core/restriction/restriction.ts'
import { scheduleWords } from '../core/restriction/schedule.ts'
import type { CsvBadRow, CsvRow } from '../csv/csv-reader.ts'
import type { BulkResult, BulkRow } from '../restrictions/bulk.ts'
import { StoreFailure } from '../store/store.ts'
import type { ControlPorts } from './control-ports.ts'
import { readDeviceId } from './device-id.ts'
import { type CsvBody, openCsvBody } from './http/csv-body.ts'
import { PROBLEMS, type Problem } from './http/problems.ts'
import { untypedPlaces } from './http/typed-places.ts'
import { storeProblemOf } from './store-problem.ts'

export type BulkAction = 'set' | 'clear'

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/

/** A field that may be empty, read as what it is; `whatToDo` is said of one that cannot be. */
function optional<Value>(read: (text: string) => Value | undefined, whatToDo: string) {
  return z.string().transform((text, issue) => {
    const value = text === '' ? undefined : read(text)
    if (text !== '' && value === undefined) issue.addIssue({ code: 'custom', message: whatToDo })
    return value
  })
}

function timeOf(text: string): Instant | undefined {
  const time = TIME.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? undefined : instantOf(time)
}

function fuelOf(text: string): Fuel | undefined {
  return text === 'electricity' || text === 'gas' ? text : undefined
}

const text = z.string().transform((given) => given || undefined)
const time = optional(timeOf, 'give a time with its zone, for example 2026-11-02T09:30:00Z')
const device = optional(readDeviceId, 'give the 16 hexadecimal digits of a Device ID')
const fuel = optional(fuelOf, 'give electricity or gas')
const words = z.string().transform((given) => given.split(/[\s;|]+/).filter((word) => word !== ''))
const yes = z.string().transform((given) => /^(?:yes|y|true|1)$/i.test(given))

const NAMED = { mpxn: text, device }
const ON_BEHALF = { onBehalfOf: text, ticket: text }
const DECLARATION = {
  steps: words,
  date: z.string(),
  evidence: z.string(),
  isLastResort: yes,
  isCreditMode: yes,
}

/** The fields of a row; a request needs the same of them as one by itself. */
const FIELDS = {
  set: z.object({ ...NAMED, from: time, ...DECLARATION, reference: text, fuel, ...ON_BEHALF }),
  clear: z.object({
    ...{ ...NAMED, restriction: text, at: time, reason: z.string(), reference: z.string() },
    ...ON_BEHALF,
  }),
}

const READ = {
  set: FIELDS.set.transform(({ steps, date, evidence, isLastResort, isCreditMode, ...request }) => {
    const declaration = { steps, date, evidence, isLastResort, isCreditMode }
    return { action: 'set' as const, request: { ...request, declaration } }
  }),
  clear: FIELDS.clear.transform((request) => ({ action: 'clear' as const, request })),
}

type Column = keyof z.output<(typeof FIELDS)['set']> | keyof z.output<(typeof FIELDS)['clear']>

/** Columns of a file, any of them in any order. */
export const BULK_COLUMNS = {
  set: FIELDS.set.keyof().options,
  clear: FIELDS.clear.keyof().options,
} as const satisfies Record<BulkAction, readonly Column[]>

/** Those that every request needs; of mpxn and device it needs one. */
const REQUIRED = {
  set: ['steps', 'date', 'evidence', 'isLastResort', 'isCreditMode'],
  clear: ['reason', 'reference'],
} as const satisfies Record<BulkAction, readonly Column[]>

/** How many bulk files are worked on at once: each may hold its whole upload in memory. */
export const BULK_FILES_AT_ONCE = 4

export const BULK_OUTCOMES = [
  ...(['set', 'changed', 'already-set', 'cleared', 'already-cleared'] as const),
  ...(['refused', 'unreadable', 'stopped'] as const),
] as const

/** What became of one row. */
export interface BulkRowResult {
  readonly line: number
  /** The meter point or Device as the row names it; undefined where it names none. */
  readonly meter: string | undefined
  /** What the row has in the columns that its problems are about: `date: 2027-13-01`. */
  readonly values: readonly string[]
  /** `unreadable`: a field is not as described. `stopped`: this row and those after it were not done. */
  readonly outcome: (typeof BULK_OUTCOMES)[number]
  readonly restriction: string | undefined
  readonly refusals: readonly Refusal[]
  /** Warnings, unreadable fields, or why it was stopped. */
  readonly remarks: readonly string[]
  /** Of a row that was not done: its fields in the order of the file, to be sent again. */
  readonly cells?: readonly string[]
}

/** Opens a bulk file; its header is checked before anything is done, and what comes after `mostRows` is not. */
export function openBulkFile(
  chunks: AsyncIterable<Uint8Array>,
  action: BulkAction,
  mostRows: number,
): ReturnType<typeof openCsvBody<Column>> {
  return openCsvBody<Column>(chunks, { columns: BULK_COLUMNS[action], required: REQUIRED[action] }, mostRows)
}

/** Rows of one transaction: it is the commits that take time, and other writers get their turn in between. */
const BATCH_ROWS = 50

type Ports = Pick<ControlPorts, 'store' | 'restrictionsIn'>
export type BulkRows = CsvBody<Column>['rows']

/** Does the rows in order and yields the result of each once it is committed. */
export async function* bulkResults(
  ports: Ports,
  actor: Actor,
  action: BulkAction,
  rows: BulkRows,
): AsyncGenerator<BulkRowResult, void, undefined> {
  let batch: Batched[] = []
  for await (const row of rows) {
    batch.push('stopped' in row ? { work: stopped(row.line, row.stopped) } : readRow(action, row))
    if (batch.length < BATCH_ROWS) continue
    if (!(yield* batchResults(ports, actor, batch))) return
    batch = []
  }
  yield* batchResults(ports, actor, batch)
}

/** A row as it was read: what is to be done, or why nothing is, and what came. */
interface Batched {
  readonly work: BulkRow | Undone
  readonly row?: CsvRow<Column> | CsvBadRow
}

/** The result of a row before it says what came. */
type Undone = Omit<BulkRowResult, 'meter' | 'values' | 'cells'>

/** False when the store failed: then none of the batch was done, or it is not known, and no more can be. */
async function* batchResults(
  ports: Ports,
  actor: Actor,
  batch: readonly Batched[],
): AsyncGenerator<BulkRowResult, boolean, undefined> {
  const [first] = batch
  if (!first) return true
  try {
    yield* await committed(ports, actor, batch)
    return true
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error
    yield withRow(stopped(first.work.line, stoppedBy(error)), undefined)
    return false
  }
}

function committed(
  { store, restrictionsIn }: Ports,
  actor: Actor,
  batch: readonly Batched[],
): Promise<readonly BulkRowResult[]> {
  return store.change(async (unit) => {
    const service = restrictionsIn(unit)
    const results: BulkRowResult[] = []
    for (const { work, row } of batch) {
      if ('outcome' in work) results.push(withRow(work, row))
      else
        for await (const result of service.bulk(actor, [work])) results.push(withRow(resultOf(result), row))
    }
    return results
  })
}

/** Says with a result which meter the row names, and, where it was not done, what the row has. */
function withRow(result: Undone, row: Batched['row']): BulkRowResult {
  const fields: Readonly<Partial<Record<Column, string>>> = row && 'fields' in row ? row.fields : {}
  const meter = fields.mpxn || fields.device || undefined
  const columns = new Set(result.refusals.flatMap(({ rule }) => COLUMN_OF_RULE[rule] ?? []))
  const values = [...columns].flatMap((name) => (fields[name] ? [`${name}: ${fields[name]}`] : []))
  const isUndone = row !== undefined && !isDone(result)
  return { ...result, meter, values, ...(isUndone && { cells: row.cells }) }
}

/** Whether what the row asks for is so now. */
export function isDone({ outcome }: Pick<BulkRowResult, 'outcome'>): boolean {
  return outcome !== 'refused' && outcome !== 'unreadable' && outcome !== 'stopped'
}

/** The column that a rule is about, where it is about one. */
const COLUMN_OF_RULE: Readonly<Partial<Record<RuleId, Column>>> = {
  'mpxn-invalid': 'mpxn',
  'unknown-meter-point': 'mpxn',
  'unknown-device': 'device',
  'steps-missing': 'steps',
  'preference-date': 'date',
  'evidence-missing': 'evidence',
  'reference-too-long': 'reference',
  'clear-reference-missing': 'reference',
  'clear-reason': 'reason',
  'last-resort-not-confirmed': 'isLastResort',
  'credit-mode-not-confirmed': 'isCreditMode',
  'on-behalf-not-supplier': 'onBehalfOf',
  'on-behalf-not-responsible': 'onBehalfOf',
  'ticket-missing': 'ticket',
  'fuel-missing': 'fuel',
  'in-the-past': 'from',
  'too-far-ahead': 'from',
}

/** A file is sent again as a whole, so its rows need no key to be done once. */
function stoppedBy(failure: StoreFailure): Problem {
  const problem = storeProblemOf(failure)
  return problem.code === 'outcome-unknown' ? { ...problem, detail: ROWS_UNKNOWN } : problem
}

const ROWS_UNKNOWN = `Whether this row and up to ${BATCH_ROWS - 1} after it were done is not known. Send the file again: rows that are done change nothing.`

function stopped(line: number, problem: Problem): Undone {
  return undone(line, 'stopped', [problem.detail ?? PROBLEMS[problem.code].title])
}

/** The result of a row that nothing was done for. */
function undone(
  line: number,
  outcome: 'refused' | 'unreadable' | 'stopped',
  remarks: readonly string[],
  refusals: readonly Refusal[] = [],
): Undone {
  return { line, outcome, restriction: undefined, refusals, remarks }
}

function resultOf({ line, result }: BulkResult): Undone {
  if (!result.ok) return undone(line, 'refused', [], result.refusals)
  const { outcome, restriction } = result
  const { warnings, schedules } = 'warnings' in result ? result : { warnings: [], schedules: [] }
  const remarks = [...warnings.map((warning) => warning.text), ...schedules.map(scheduleWords)]
  return { line, outcome, restriction: restriction.id, refusals: [], remarks }
}

function readRow(action: BulkAction, row: CsvRow<Column> | CsvBadRow): Batched {
  const { line } = row
  if ('problem' in row) return { work: undone(line, 'unreadable', [`The row ${row.problem}.`]), row }
  const untyped = untypedPlaces(row.fields, 'row').map(
    ({ where, text }) => `${where.replace('row.', '')}: ${text}`,
  )
  if (untyped.length > 0) return { work: undone(line, 'unreadable', untyped), row }
  const read = READ[action].safeParse(row.fields)
  if (read.success) return { work: { line, ...read.data }, row }
  const remarks = read.error.issues.map(({ path, message }) => {
    const value = row.fields[path[0] as Column]
    return `${path.join('.')}${value ? ` “${value}”` : ''}: ${message}.`
  })
  return { work: undone(line, 'unreadable', remarks), row }
}
