import { parse } from 'csv-parse/sync'
import t from 'tap'
import { openCsvBody } from '../../src/control/http/csv-body.ts'
import { ESME, EUI_OF_NEXT, START } from '../restriction/scene.ts'
import { openDesk } from './desk.ts'

const HEADER = 'mpxn,steps,date,evidence,isLastResort,isCreditMode,reference\r\n'

function row(mpxn: string, reference = 'CASE-1', steps = 'advice-given;visit-offered'): string {
  return `${mpxn},${steps},2027-01-10,CASE-4711,yes,yes,${reference}\r\n`
}

interface Result {
  readonly line: string
  readonly outcome: string
  readonly restriction: string
  readonly rules: string
}

function resultsOf(text: string): Result[] {
  return parse(text, { columns: true }) as Result[]
}

t.test('each row of a bulk file has its own result, and good rows are done', async (t) => {
  const desk = await openDesk(t)
  const file = `${HEADER}${row('1200000000011')}${row('7400000001')}${row('12')}${row('1200000000011')}`
  const { status, text, headers } = await desk.ask('SUP-E', '/api/v1/bulk/set', { body: file })
  t.equal(status, 200)
  t.match(headers.get('content-type'), /^text\/csv/)
  const results = resultsOf(text)
  t.same(
    results.map(({ line, outcome, rules }) => [line, outcome, rules]),
    [
      ['2', 'set', ''],
      ['3', 'refused', 'cross-fuel'],
      ['4', 'refused', 'mpxn-invalid'],
      ['5', 'already-set', ''],
    ],
  )
  const { json } = await desk.ask('SUP-E', `/api/v1/restrictions/${results[0]?.restriction}`)
  t.same(json.setter.declaration.steps, ['advice-given', 'visit-offered'])
})

t.test('the same results come as JSON with a count of each outcome', async (t) => {
  const desk = await openDesk(t)
  const file = `${HEADER}${row('1200000000011')}${row('7400000001')}`
  const asJson = { body: file, headers: { accept: 'application/json' } }
  const { json } = await desk.ask('SUP-E', '/api/v1/bulk/set', asJson)
  t.same(json.summary, { set: 1, refused: 1 })
  t.match(json.results[1], {
    line: 3,
    outcome: 'refused',
    restriction: null,
    refusals: [{ rule: 'cross-fuel' }],
  })
  t.equal(
    (await desk.ask('SUP-E', '/api/v1/bulk/set', { body: file, headers: { accept: 'image/png' } })).status,
    406,
  )
})

t.test('a bulk clear ends flags by their ID or meter point', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('SUP-E', '/api/v1/bulk/set', { body: HEADER + row('1200000000011') })
  const clear = 'mpxn,reason,reference\r\n1200000000011,consumer-request,CASE-2\r\n1200000000011,because,\r\n'
  const { text } = await desk.ask('SUP-E', '/api/v1/bulk/clear', { body: clear })
  t.same(
    resultsOf(text).map(({ outcome, rules }) => [outcome, rules]),
    [
      ['cleared', ''],
      ['refused', 'clear-reason clear-reference-missing'],
    ],
  )
})

t.test('the Service Centre names Supplier and ticket in each row', async (t) => {
  const desk = await openDesk(t)
  const header = 'mpxn,steps,date,evidence,isLastResort,isCreditMode,onBehalfOf,ticket\r\n'
  const body = `${header}1200000000011,advice-given,2027-01-10,CASE-1,yes,yes,SUP-E,INC-1234\r\n`
  t.equal(resultsOf((await desk.ask('DCC', '/api/v1/bulk/set', { body })).text)[0]?.outcome, 'set')
})

t.test('a field that cannot be read is named and its row left out', async (t) => {
  const desk = await openDesk(t)
  const body = `from,device,${HEADER}tomorrow,xyz,${row('1200000000011')}`
  const { text } = await desk.ask('SUP-E', '/api/v1/bulk/set', { body })
  t.match(resultsOf(text)[0], { outcome: 'unreadable' })
  t.match(text, /device “xyz”: give the 16 hexadecimal digits/)
  t.match(text, /from “tomorrow”: give a time with its zone/)
})

t.test('a file with a wrong header is refused before anything is done', async (t) => {
  const desk = await openDesk(t)
  const { status, json } = await desk.ask('SUP-E', '/api/v1/bulk/set', {
    body: `mpan${HEADER.slice(4)}${row('1200000000011')}`,
  })
  t.equal(status, 422)
  t.equal(json.invalid[0].where, 'body.mpan')
})

t.test('a file is read as strictly as an import of the command line', async (t) => {
  const desk = await openDesk(t)
  const set = (body: string | Uint8Array<ArrayBuffer>) =>
    desk.ask('SUP-E', '/api/v1/bulk/set', { body: body instanceof Uint8Array ? streamOf(body) : body })
  const good = row('1200000000011')
  const latin = Buffer.from(`${HEADER}${good}${row('7400000001', 'CASE-\xA3')}${good}`, 'latin1')
  const outcomes = ({ text }: { readonly text: string }) =>
    resultsOf(text).map(({ line, outcome }) => [line, outcome])
  const notUtf8 = await set(Uint8Array.from(latin))
  t.same(outcomes(notUtf8), [
    ['2', 'set'],
    ['3', 'stopped'],
  ])
  t.match(notUtf8.text, /Byte [0-9]+ of the line .* is 0xA3, which is not UTF-8/)
  const unclosed = await set(`${HEADER}"${good}${row('7400000001')}`)
  t.same(outcomes(unclosed), [['2', 'stopped']])
  t.match(unclosed.text, /A quote is opened and not closed/)
  const long = await set(`${HEADER}${good.trim()},more\r\n${good}`)
  t.same(outcomes(long), [
    ['2', 'unreadable'],
    ['3', 'already-set'],
  ])
  const { json } = await set('mpxn,stepps,date,evidence,isLastResort,isCreditMode\r\n')
  t.match(json, {
    code: 'body-invalid',
    invalid: [
      { where: 'body.stepps', text: 'There is no column "stepps"; did you mean steps?' },
      { where: 'body.steps', text: /^The header has no steps column/ },
    ],
  })
})

function streamOf(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
}

t.test('a file may be sent again', async (t) => {
  const desk = await openDesk(t)
  const file = `${HEADER}${row('1200000000011')}`
  await desk.ask('SUP-E', '/api/v1/bulk/set', { body: file })
  const position = await desk.store.position()
  t.equal(
    resultsOf((await desk.ask('SUP-E', '/api/v1/bulk/set', { body: file })).text)[0]?.outcome,
    'already-set',
  )
  t.equal(await desk.store.position(), position)
})

t.test('a file that breaks off is done up to there, and the answer says so', async (t) => {
  const desk = await openDesk(t)
  const part = `${HEADER}${row('1200000000011')}${row('7400000001').slice(0, -9)}`
  let isSent = false
  const body = new ReadableStream({
    pull(controller) {
      if (isSent) return controller.error(new Error('cut'))
      controller.enqueue(new TextEncoder().encode(part))
      isSent = true
    },
  })
  const { text } = await desk.ask('SUP-E', '/api/v1/bulk/set', { body })
  t.same(
    resultsOf(text).map(({ line, outcome }) => [line, outcome]),
    [
      ['2', 'set'],
      ['3', 'stopped'],
    ],
  )
})

t.test('a file over 64 MiB is refused when it says so', async (t) => {
  const desk = await openDesk(t)
  const headers = { 'content-length': String(64 * 1024 * 1024 + 1) }
  t.equal((await desk.ask('SUP-E', '/api/v1/bulk/set', { body: HEADER, headers })).status, 413)
})

t.test('rows beyond the bound of a file are not read, and the result says where they begin', async (t) => {
  const text = 'a\r\n'.repeat(4)
  async function* chunks() {
    yield Buffer.from(text)
  }
  const body = await openCsvBody(chunks(), { columns: ['a'], required: ['a'] }, 2)
  if (!body.ok) throw new Error('the header was refused')
  const rows: unknown[] = []
  for await (const row of body.rows) rows.push(row)
  t.match(rows, [
    { line: 2 },
    { line: 3 },
    {
      line: 4,
      stopped: { code: 'body-too-large', detail: /^A file may have 2 rows; those before are done\./ },
    },
  ])
})

t.test('results are safe to open in a spreadsheet', async (t) => {
  const desk = await openDesk(t)
  const body = `${HEADER}=1+1,,,,,,\r\n`
  const { text } = await desk.ask('SUP-E', '/api/v1/bulk/set', { body })
  for (const result of parse(text) as string[][])
    for (const field of result) t.notMatch(field, /^[=+@\t\0\r]/)
})

t.test('registrations are imported, wrong rows named, and flags pass to the new Supplier', async (t) => {
  const desk = await openDesk(t)
  await desk.ask('SUP-E', '/api/v1/bulk/set', { body: HEADER + row('1200000000011') })
  const now = new Date(desk.clock.now()).toISOString()
  const body = `mpxn,role,party,from,until\r\n1200000000011,supplier,SUP-N,${now},\r\n12,supplier,SUP-N,${now},\r\n7400000001,king,SUP-N,${now},\r\n7400000001,supplier,SUP-N,${now},2020-01-01T00:00:00Z\r\n`
  const { status, json } = await desk.ask('OPS', '/api/v1/registrations', { body })
  t.equal(status, 200)
  t.match(json, { imported: 1, handedOver: 1, wrongCount: 3 })
  t.same(
    json.wrong.map(({ line }: { line: number }) => line),
    [3, 4, 5],
  )
  const tasks = await desk.ask('SUP-N', '/api/v1/tasks')
  t.match(tasks.json.items, [{ kind: 're-confirm', party: 'SUP-N' }])
})

t.test('a row names the schedules of its meter that go dark', async (t) => {
  const desk = await openDesk(t)
  await desk.store.change((unit) =>
    unit.schedules.put({
      ...{ id: '7', device: ESME, owner: EUI_OF_NEXT, srvs: ['4.8.1'] },
      ...{ createdAt: START, until: undefined },
    }),
  )
  const { text } = await desk.ask('SUP-E', '/api/v1/bulk/set', { body: `${HEADER}${row('1200000000011')}` })
  t.match(text, 'Schedule 7 of SUP-N, which reads 4.8.1, goes dark.')
})
