/**
 * Bulk files: many set or clear requests as CSV, each row with its own result. Rows are done one after the other, some in one
 * transaction; a file may be sent again, because setting what is set and clearing what is cleared change nothing.
 */
import { type Instant, instantOf } from '../core/device/device.ts'
import type { Actor } from '../core/restriction/party.ts'
import type { Refusal } from '../core/restriction/refusal.ts'
import type { ClearRequest, SetRequest } from '../core/restriction/requests.ts'
import { scheduleWords } from '../core/restriction/schedule.ts'
import type { CsvBadRow, CsvRow } from '../csv/csv-reader.ts'
import type { BulkResult, BulkRow } from '../restrictions/bulk.ts'
import { StoreFailure } from '../store/store.ts'
import type { ControlPorts } from './control-ports.ts'
import { readDeviceId } from './device-id.ts'
import { type CsvBody, openCsvBody } from './http/csv-body.ts'
import { PROBLEMS, type Problem } from './http/problems.ts'
import { storeProblemOf } from './store-problem.ts'

export type BulkAction = 'set' | 'clear'

const SHARED = ['mpxn', 'device'] as const
const ON_BEHALF = ['onBehalfOf', 'ticket'] as const

/** Columns of a file, any of them in any order; a request needs the same of them as one by itself. */
export const BULK_COLUMNS = {
  set: [
    ...SHARED,
    'from',
    'steps',
    'date',
    'evidence',
    'isLastResort',
    'isCreditMode',
    'reference',
    'fuel',
    ...ON_BEHALF,
  ],
  clear: [...SHARED, 'restriction', 'at', 'reason', 'reference', ...ON_BEHALF],
} as const satisfies Record<BulkAction, readonly string[]>

/** Those that every request needs; of mpxn and device it needs one. */
const REQUIRED = {
  set: ['steps', 'date', 'evidence', 'isLastResort', 'isCreditMode'],
  clear: ['reason', 'reference'],
} as const satisfies Record<BulkAction, readonly string[]>

type Column = (typeof BULK_COLUMNS)[BulkAction][number]
type Fields = CsvRow<Column>['fields']

/** How many bulk files are worked on at once: each may hold its whole upload in memory. */
export const BULK_FILES_AT_ONCE = 4

export const BULK_OUTCOMES = [
  ...(['set', 'changed', 'already-set', 'cleared', 'already-cleared'] as const),
  ...(['refused', 'unreadable', 'stopped'] as const),
] as const

/** What became of one row. */
export interface BulkRowResult {
  readonly line: number
  /** `unreadable`: a field is not as described. `stopped`: this row and those after it were not done. */
  readonly outcome: (typeof BULK_OUTCOMES)[number]
  readonly restriction: string | undefined
  readonly refusals: readonly Refusal[]
  /** Warnings, unreadable fields, or why it was stopped. */
  readonly remarks: readonly string[]
}

/** Opens a bulk file; its header is checked before anything is done. */
export function openBulkFile(
  chunks: AsyncIterable<Uint8Array>,
  action: BulkAction,
): ReturnType<typeof openCsvBody<Column>> {
  return openCsvBody<Column>(chunks, { columns: BULK_COLUMNS[action], required: REQUIRED[action] })
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
  let batch: (BulkRow | BulkRowResult)[] = []
  for await (const row of rows) {
    batch.push('stopped' in row ? stopped(row.line, row.stopped) : readRow(action, row))
    if (batch.length < BATCH_ROWS) continue
    if (!(yield* batchResults(ports, actor, batch))) return
    batch = []
  }
  yield* batchResults(ports, actor, batch)
}

/** False when the store failed: then none of the batch was done, or it is not known, and no more can be. */
async function* batchResults(
  ports: Ports,
  actor: Actor,
  batch: readonly (BulkRow | BulkRowResult)[],
): AsyncGenerator<BulkRowResult, boolean, undefined> {
  const [first] = batch
  if (!first) return true
  try {
    yield* await committed(ports, actor, batch)
    return true
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error
    yield stopped(first.line, stoppedBy(error))
    return false
  }
}

function committed(
  { store, restrictionsIn }: Ports,
  actor: Actor,
  batch: readonly (BulkRow | BulkRowResult)[],
): Promise<readonly BulkRowResult[]> {
  return store.change(async (unit) => {
    const service = restrictionsIn(unit)
    const results: BulkRowResult[] = []
    for (const row of batch) {
      if ('outcome' in row) results.push(row)
      else for await (const result of service.bulk(actor, [row])) results.push(resultOf(result))
    }
    return results
  })
}

/** A file is sent again as a whole, so its rows need no key to be done once. */
function stoppedBy(failure: StoreFailure): Problem {
  const problem = storeProblemOf(failure)
  return problem.code === 'outcome-unknown' ? { ...problem, detail: ROWS_UNKNOWN } : problem
}

const ROWS_UNKNOWN = `Whether this row and up to ${BATCH_ROWS - 1} after it were done is not known. Send the file again: rows that are done change nothing.`

function stopped(line: number, problem: Problem): BulkRowResult {
  const text = problem.detail ?? PROBLEMS[problem.code].title
  return { line, outcome: 'stopped', restriction: undefined, refusals: [], remarks: [text] }
}

function resultOf({ line, result }: BulkResult): BulkRowResult {
  if (!result.ok)
    return { line, outcome: 'refused', restriction: undefined, refusals: result.refusals, remarks: [] }
  const { warnings, schedules } = 'warnings' in result ? result : { warnings: [], schedules: [] }
  return {
    line,
    outcome: result.outcome,
    restriction: result.restriction.id,
    refusals: [],
    remarks: [...warnings.map(({ text }) => text), ...schedules.map(scheduleWords)],
  }
}

function readRow(action: BulkAction, read: CsvRow<Column> | CsvBadRow): BulkRow | BulkRowResult {
  const { line } = read
  if ('problem' in read) return unreadable(line, [`The row ${read.problem}.`])
  const reader = new FieldReader(read.fields)
  const row: BulkRow =
    action === 'set'
      ? { line, action, request: setRequest(reader) }
      : { line, action, request: clearRequest(reader) }
  return reader.remarks.length === 0 ? row : unreadable(line, reader.remarks)
}

function unreadable(line: number, remarks: readonly string[]): BulkRowResult {
  return { line, outcome: 'unreadable', restriction: undefined, refusals: [], remarks }
}

function setRequest(fields: FieldReader): SetRequest {
  return {
    ...named(fields),
    from: fields.time('from'),
    declaration: {
      steps: fields.words('steps'),
      date: fields.text('date') ?? '',
      evidence: fields.text('evidence') ?? '',
      isLastResort: fields.yes('isLastResort'),
      isCreditMode: fields.yes('isCreditMode'),
    },
    reference: fields.text('reference'),
    fuel: fields.fuel('fuel'),
  }
}

function clearRequest(fields: FieldReader): ClearRequest {
  return {
    ...named(fields),
    restriction: fields.text('restriction'),
    at: fields.time('at'),
    reason: fields.text('reason') ?? '',
    reference: fields.text('reference') ?? '',
  }
}

function named(fields: FieldReader) {
  return {
    mpxn: fields.text('mpxn'),
    device: fields.device('device'),
    onBehalfOf: fields.text('onBehalfOf'),
    ticket: fields.text('ticket'),
  }
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/

/** Reads fields by what they are, and notes those that cannot be read. */
class FieldReader {
  readonly #fields: Fields
  readonly #remarks: string[] = []

  constructor(fields: Fields) {
    this.#fields = fields
  }

  get remarks(): readonly string[] {
    return this.#remarks
  }

  text(column: Column): string | undefined {
    return this.#fields[column] || undefined
  }

  words(column: Column): readonly string[] {
    return this.#fields[column].split(/[\s;|]+/).filter((word) => word !== '')
  }

  yes(column: Column): boolean {
    return /^(?:yes|y|true|1)$/i.test(this.#fields[column])
  }

  time(column: Column): Instant | undefined {
    const text = this.text(column)
    if (text === undefined) return undefined
    const time = TIME.test(text) ? Date.parse(text) : Number.NaN
    if (!Number.isNaN(time)) return instantOf(time)
    return this.#note(column, 'give a time with its zone, for example 2026-11-02T09:30:00Z')
  }

  device(column: Column) {
    const text = this.text(column)
    if (text === undefined) return undefined
    return readDeviceId(text) ?? this.#note(column, 'give the 16 hexadecimal digits of a Device ID')
  }

  fuel(column: Column): 'electricity' | 'gas' | undefined {
    const text = this.text(column)
    if (text === undefined || text === 'electricity' || text === 'gas') return text
    return this.#note(column, 'give electricity or gas')
  }

  #note(column: Column, whatToDo: string): undefined {
    this.#remarks.push(`${column}: ${whatToDo}.`)
  }
}
