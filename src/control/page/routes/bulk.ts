/** Bulk upload: the form, the run behind it, its results as a page and as CSV. */
import { PROBLEM_COLUMN } from '../../../csv/csv-reader.ts'
import { CSV_TYPE, type CsvRecords, csvTexts } from '../../../csv/csv-writer.ts'
import { BULK_RECORDS } from '../../bulk-answer.ts'
import {
  BULK_COLUMNS,
  BULK_FILES_AT_ONCE,
  type BulkRowResult,
  isDone,
  openBulkFile,
} from '../../bulk-file.ts'
import { FewAtATime } from '../../few-at-a-time.ts'
import type { Problem as ControlProblem } from '../../http/problems.ts'
import { scrubbed } from '../../http/request-log.ts'
import { type BulkRun, BulkRuns, MAX_RUN_ROWS } from '../bulk-runs.ts'
import type { Problem } from '../parts/problems.ts'
import { bulkForm, bulkResultsPage, remarksOn } from '../views/bulk.ts'
import type { Pages, Visit } from './visit.ts'

const ACCESS = { operation: 'bulk' } as const
const KEY = /^[\w-]{22}$/

export function addBulkPages({ get, post, page }: Pages): void {
  const runs = new BulkRuns(page.clock)
  const slots = new FewAtATime(BULK_FILES_AT_ONCE)
  const onRun = (work: (visit: Visit, run: BulkRun) => Response | Promise<Response>) => (visit: Visit) => {
    const run = runs.find(visit.actor, visit.param('key'))
    return run ? work(visit, run) : visit.notFound()
  }
  get('/bulk', ACCESS, (visit) => showForm(visit, runs))
  post('/bulk', ACCESS, (visit) => upload(visit, runs, slots))
  get('/bulk/:key', ACCESS, onRun(results))
  get(
    '/bulk/:key/results.csv',
    ACCESS,
    onRun((visit, run) => visit.file('bulk-results.csv', CSV_TYPE, csvTexts(BULK_RECORDS, run.results))),
  )
  get(
    '/bulk/:key/refused.csv',
    ACCESS,
    onRun((visit, run) =>
      visit.file('refused-rows.csv', CSV_TYPE, csvTexts(refusedRecords(run), run.results.filter(hasCells))),
    ),
  )
}

function showForm(visit: Visit, runs: BulkRuns, change = '', problems: readonly Problem[] = []) {
  const { visitor } = visit
  const form = bulkForm({ visitor, change, columns: BULK_COLUMNS, key: runs.newKey(), problems })
  return visit.showForm(form, problems)
}

async function upload(visit: Visit, runs: BulkRuns, slots: FewAtATime): Promise<Response> {
  const { page, actor } = visit
  const answers = await visit.answers()
  const key = answers.text('key')
  if (!KEY.test(key)) return visit.problem({ code: 'body-invalid' })
  if (runs.find(actor, key)) return visit.goTo(`/bulk/${key}`)
  const change = answers.text('change')
  const file = await visit.sentFile('file')
  const action = change === 'set' || change === 'clear' ? change : undefined
  if (!action || !file) return showForm(visit, runs, change, missing(action, file))
  const release = slots.take()
  if (!release) return visit.problem({ code: 'too-many-waiting' })
  const rows = await openBulkFile(chunksOf(file), action, MAX_RUN_ROWS)
  if (!rows.ok) {
    release()
    return showForm(visit, runs, change, [{ field: 'file', text: fileText(rows.problem) }])
  }
  // The same form may have come a second time while the file was opened.
  if (runs.find(actor, key)) release()
  else
    void runs
      .collect(
        actor,
        key,
        { header: rows.header, rows: await rowsIn(file) },
        page.bulk(actor, action, rows.rows),
      )
      .catch((error) => page.log.error({ err: scrubbed(error) }, 'a bulk run was broken off'))
      .finally(release)
  return visit.goTo(`/bulk/${key}`)
}

function missing(action: string | undefined, file: File | undefined): readonly Problem[] {
  return [
    ...(action ? [] : [{ field: 'change', text: 'Choose whether the file sets or clears flags.' }]),
    ...(file ? [] : [{ field: 'file', text: 'Choose a CSV file that is not empty.' }]),
  ]
}

function fileText({ detail, invalid = [] }: ControlProblem): string {
  const texts = [detail, ...invalid.map(({ text }) => text)].filter((text) => text !== undefined)
  return texts.length > 0
    ? texts.join(' ')
    : 'The file cannot be read. Send CSV in UTF-8 whose first row names the columns.'
}

async function* chunksOf(file: File): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(await file.arrayBuffer())
}

type Refused = BulkRowResult & Required<Pick<BulkRowResult, 'cells'>>

function hasCells(result: BulkRowResult): result is Refused {
  return result.cells !== undefined
}

/** The rows that were not done, as the file had them, behind what is wrong with each: a column that is not read when it comes back. */
function refusedRecords({ header }: BulkRun): CsvRecords<Refused> {
  return {
    columns: [PROBLEM_COLUMN, ...header],
    record: (result) => [remarksOn(result), ...result.cells],
  }
}

const LINE_END = 0x0a

/** About as many rows as the file has: its lines without the header. */
async function rowsIn(file: File): Promise<number> {
  const bytes = await file.bytes()
  const lines = bytes.reduce((count, byte) => count + (byte === LINE_END ? 1 : 0), 0)
  return lines + (bytes.at(-1) === LINE_END ? 0 : 1) - 1
}

/** As many rows as a page bears; the CSV has all. */
const SHOWN_ROWS = 200

function results(
  visit: Visit,
  { results: all, isFinished, rows: expected }: BulkRun,
): Response | Promise<Response> {
  const here = `/bulk/${visit.param('key')}`
  const refused = all.filter((row) => !isDone(row))
  const done = all.filter(isDone)
  const view = bulkResultsPage({
    ...{ visitor: visit.visitor, isFinished, here, csvHref: `${here}/results.csv`, expected },
    refusedHref: all.some(hasCells) ? `${here}/refused.csv` : undefined,
    rows: [...refused, ...done].slice(0, SHOWN_ROWS),
    ...{ done: done.length, refused: refused.length },
  })
  return visit.show(view)
}
