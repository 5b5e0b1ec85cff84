/** Bulk upload: the form, the run behind it, its results as a page and as CSV. */
import type { Actor } from '../../../core/restriction/party.ts'
import { CSV_TYPE } from '../../../csv/csv-writer.ts'
import { bulkCsv } from '../../bulk-answer.ts'
import {
  BULK_COLUMNS,
  type BulkAction,
  type BulkRowResult,
  bulkResults,
  openBulkFile,
} from '../../bulk-file.ts'
import { BulkSlots } from '../../bulk-slots.ts'
import type { ControlContext } from '../../context.ts'
import type { Problem as ControlProblem } from '../../http/problems.ts'
import { scrubbed } from '../../http/request-log.ts'
import { textResponse } from '../../http/text-response.ts'
import { type BulkRun, BulkRuns } from '../bulk-runs.ts'
import type { Problem } from '../parts/problems.ts'
import { type BulkRow, bulkForm, bulkResultsPage } from '../views/bulk.ts'
import type { ProblemShown } from './changed.ts'
import { formOf, goTo, type PageContext, show, signedIn } from './page-context.ts'

interface BulkContext extends PageContext {
  readonly runs: BulkRuns
  readonly slots: BulkSlots
}

const ACCESS = { operation: 'bulk' } as const
const KEY = /^[\w-]{22}$/

export function addBulkPages(tools: PageContext, trouble: ProblemShown): void {
  const page: BulkContext = { ...tools, runs: new BulkRuns(tools.clock), slots: new BulkSlots() }
  page.get('/bulk', ACCESS, (context) => showForm(page, context, '', []))
  page.post('/bulk', ACCESS, (context) => upload(page, context, trouble))
  page.get('/bulk/:key', ACCESS, (context) => results(page, context, trouble))
  page.get('/bulk/:key/results.csv', ACCESS, (context) => resultsCsv(page, context, trouble))
}

function showForm(
  { runs }: BulkContext,
  context: ControlContext,
  change: string,
  problems: readonly Problem[],
): Response | Promise<Response> {
  const { visitor } = signedIn(context)
  const form = bulkForm({ visitor, change, columns: BULK_COLUMNS, key: runs.newKey(), problems })
  return show(context, form, problems.length > 0 ? 422 : 200)
}

async function upload(page: BulkContext, context: ControlContext, trouble: ProblemShown): Promise<Response> {
  const { actor } = signedIn(context)
  const form = await formOf(context)
  const key = form.text('key')
  if (!KEY.test(key)) return trouble.problem(context, { code: 'body-invalid' })
  if (page.runs.find(actor, key)) return goTo(context, `/bulk/${key}`)
  const change = form.text('change')
  const file = form.file('file')
  const action = change === 'set' || change === 'clear' ? change : undefined
  if (!action || !file) return showForm(page, context, change, missingProblems(action, file))
  const release = page.slots.take()
  if (!release) return trouble.problem(context, { code: 'too-many-waiting' })
  const rows = await openBulkFile(chunksOf(file), action)
  if (!rows.ok) {
    release()
    return showForm(page, context, change, [{ field: 'file', text: fileText(rows.problem) }])
  }
  // The same form may have come a second time while the file was opened.
  if (page.runs.find(actor, key)) release()
  else void run(page, actor, key, bulkResults(page, actor, action, rows.rows)).finally(release)
  return goTo(context, `/bulk/${key}`)
}

function missingProblems(action: BulkAction | undefined, file: File | undefined): readonly Problem[] {
  return [
    ...(action ? [] : [{ field: 'change', text: 'Choose whether the file sets or clears flags.' }]),
    ...(file ? [] : [{ field: 'file', text: 'Choose a CSV file that is not empty.' }]),
  ]
}

function fileText({ detail, invalid }: ControlProblem): string {
  const texts = [detail, ...(invalid ?? []).map(({ text }) => text)].filter((text) => text !== undefined)
  return texts.length > 0
    ? texts.join(' ')
    : 'The file cannot be read. Send CSV in UTF-8 whose first row names the columns.'
}

async function* chunksOf(file: File): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(await file.arrayBuffer())
}

/** Never rejects: nobody waits for a run. */
async function run(
  page: BulkContext,
  actor: Actor,
  key: string,
  rows: AsyncIterable<BulkRowResult>,
): Promise<void> {
  try {
    await page.runs.collect(actor, key, rows)
  } catch (error) {
    page.log.error({ err: scrubbed(error) }, 'a bulk run was broken off')
  }
}

/** As many rows as a page bears; the CSV has all. */
const SHOWN_ROWS = 200

function results(
  page: BulkContext,
  context: ControlContext,
  trouble: ProblemShown,
): Response | Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const key = context.req.param('key') ?? ''
  const found = page.runs.find(actor, key)
  if (!found) return trouble.notFound(context)
  const refused = found.results.filter((row) => !isDone(row))
  const done = found.results.filter(isDone)
  const view = bulkResultsPage({
    visitor,
    isFinished: found.isFinished,
    here: `/bulk/${key}`,
    rows: [...refused, ...done].slice(0, SHOWN_ROWS).map(rowOf),
    done: done.length,
    refused: refused.length,
    csvHref: `/bulk/${key}/results.csv`,
  })
  return show(context, view)
}

function isDone({ outcome }: BulkRowResult): boolean {
  return outcome !== 'refused' && outcome !== 'unreadable' && outcome !== 'stopped'
}

function rowOf(result: BulkRowResult): BulkRow {
  const { line, outcome, restriction, refusals, remarks } = result
  const already = outcome === 'already-set' || outcome === 'already-cleared' ? ['It was so already.'] : []
  const refused = refusals.map(({ text, whatToDo }) => `${text} ${whatToDo}`)
  return {
    line,
    isDone: isDone(result),
    receipt: restriction,
    text: [...already, ...refused, ...remarks].join(' '),
  }
}

async function resultsCsv(
  page: BulkContext,
  context: ControlContext,
  trouble: ProblemShown,
): Promise<Response> {
  const found = page.runs.find(signedIn(context).actor, context.req.param('key') ?? '')
  if (!found) return trouble.notFound(context)
  return textResponse(context, bulkCsv(each(found)), {
    'content-type': CSV_TYPE,
    'content-disposition': 'attachment; filename="bulk-results.csv"',
  })
}

async function* each({ results: rows }: BulkRun): AsyncGenerator<BulkRowResult> {
  yield* rows
}
