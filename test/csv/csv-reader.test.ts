/** The one reader of CSV: what it takes, what it refuses and where it says the fault is, however the bytes are cut. */
import { createReadStream } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { type CsvColumns, openCsv, PROBLEM_COLUMN } from '../../src/csv/csv-reader.ts'
import { csvRecord } from '../../src/csv/csv-writer.ts'

const AB: CsvColumns<'a' | 'b'> = { columns: ['a', 'b'], required: ['a'] }

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** What the file comes to: its rows in short, or why there are none. */
async function read(file: string | Uint8Array, size = 7) {
  const bytes = typeof file === 'string' ? Buffer.from(file) : file
  const opened = await openCsv(inPieces(bytes, size), AB)
  if (!opened.ok) return opened.faults.map(({ line, fault }) => `${line}: ${fault}`)
  const rows: string[] = []
  for await (const row of opened.rows) {
    if ('fault' in row) rows.push(`${row.line}: stop: ${row.fault}`)
    else if ('problem' in row) rows.push(`${row.line}: bad: ${row.problem}`)
    else rows.push(`${row.line}: ${row.fields.a}|${row.fields.b}`)
  }
  return rows
}

t.test(
  'columns in any order and letter case, byte order mark, quotes, blank lines, every line end',
  async (t) => {
    for (const end of ['\r\n', '\n', '\r'])
      for (const size of [1, 3, 1_000]) {
        const text = ['\uFEFFB, a', '"x, ""y""",1', '', ' z ,2', ',,'.slice(1), 'last,3'].join(end)
        t.same(await read(text, size), ['2: 1|x, "y"', '4: 2|z', '6: 3|last'])
      }
  },
)

t.test('a column that is unknown, there twice, missing or without a name refuses the file', async (t) => {
  const device: CsvColumns<string> = { columns: ['device_id', 'region'], required: ['device_id'] }
  const faults = async (header: string) => {
    const opened = await openCsv(inPieces(Buffer.from(`${header}\n1,2\n`), 9), device)
    return opened.ok ? [] : opened.faults.map(({ fault }) => fault)
  }
  t.same(await faults('device_id,regoin'), ['there is no column "regoin"; did you mean region?'])
  t.same(await faults('device_id,postcode'), [
    'there is no column "postcode"; the columns are device_id, region',
  ])
  t.same(await faults('device_id,Device_ID'), ['the column "Device_ID" is there twice'])
  t.same(await faults('region'), ['the header has no device_id column; the columns are device_id, region'])
  t.same(await faults('device_id,'), ['column 2 has no name'])
  t.same(await faults(`${PROBLEM_COLUMN},device_id`), [])
  t.match(await read(''), ['1: the file is empty; its first line must name the columns, for example a,b'])
})

t.test(
  'a quote that is not closed on its line is a fault of that line, and nothing after it is read',
  async (t) => {
    const rest = 'x,y\n'.repeat(30_000)
    for (const size of [5, 70_000]) {
      for (const open of ['"1,2\n', '"1,2\n"3",4\n', '"1,2\n3,4",5\n', '1,"2\n'])
        t.match(await read(`a,b\n0,0\n${open}${rest}`, size), [
          '2: 0|0',
          /^3: stop: a quote is opened and not closed/,
        ])
      t.match(await read(`a,b\n0,0\n1,2"3\n${rest}`, size), [
        '2: 0|0',
        /^3: stop: a quote stands inside a field/,
      ])
      t.match(await read(`a,b\n0,0\n1,"2`, size), ['2: 0|0', /^3: stop: a quote is opened/])
    }
    t.match(await read('"a,b\n0,0\n'), [/^1: a quote is opened/])
  },
)

t.test('bytes that are not UTF-8 are a fault with line and byte', async (t) => {
  const latin = (text: string) => Buffer.from(text, 'latin1')
  t.same(await read(latin('a,b\n1,2\n3,\xA3North\n4,5\n')), [
    '2: 1|2',
    '3: stop: byte 3 of the line (11 of the file) is 0xA3, which is not UTF-8; save the file as UTF-8',
  ])
  const utf16 = Buffer.from('\uFEFFa,b\r\n1,2\r\n', 'utf16le')
  t.match(await read(utf16), [/^1: byte 1 of the line \(1 of the file\) is 0xFF/])
  for (const bytes of [[0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xef, 0xbf]])
    t.match(await read(Buffer.concat([latin('a,b\n1,2\n£'.slice(0, 8)), Buffer.from(bytes)])), [
      '2: 1|2',
      /^3: stop: byte 1 of the line \(9 of the file\)/,
    ])
  t.same(await read('a,b\n€,£\n'), ['2: €|£'])
})

t.test('too few or too many fields and control characters make a bad row; reading goes on', async (t) => {
  t.same(await read('a,b\n1\n1,2,3\n1,\0\n\x7F,2\n1,\t\n5,6\n'), [
    '2: bad: has 1 field where the header has 2',
    '3: bad: has 3 fields where the header has 2',
    '4: bad: b has a control character in it',
    '5: bad: a has a control character in it',
    '6: bad: b has a control character in it',
    '7: 5|6',
  ])
})

t.test('a line of more than 64 KiB is a fault, and no more than that is kept', async (t) => {
  const long = 'x'.repeat(70_000)
  t.match(await read(`a,b\n1,2\n${long}`, 1_000), ['2: 1|2', /^3: stop: the line has more than 65536 bytes/])
  async function* endless() {
    yield Buffer.from('a,b\n"')
    for (;;) yield Buffer.alloc(4_096, 'x')
  }
  const opened = await openCsv(endless(), AB)
  if (!opened.ok) throw new Error('the header was refused')
  t.match(await opened.rows.next(), { value: { line: 2, fault: /65536 bytes/ } })
})

t.test('everything else gets its turn while a large file is read, whatever its lines', async (t) => {
  const size = 256 * 1024
  for (const lines of ['\n'.repeat(size), '1,2\n'.repeat(size / 4), '"'.repeat(size)]) {
    let turns = 0
    const turn = () => {
      turns += 1
      next = setImmediate(turn)
    }
    let next = setImmediate(turn)
    await read(`a,b\n${lines}`, size)
    clearImmediate(next)
    const least = lines.startsWith('"') ? 1 : 15
    t.ok(turns >= least, `${turns} turns`)
  }
})

t.test('what a source throws comes after the last row that was whole', async (t) => {
  async function* cut(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a,b\r\n1,2\r\n3,4\r\n5,6 and mo')
    throw new Error('cut')
  }
  const opened = await openCsv(cut(), AB)
  if (!opened.ok) throw new Error('the header was refused')
  const seen: unknown[] = []
  const whole = async () => {
    for await (const row of opened.rows) seen.push('fields' in row && row.fields.a)
  }
  await t.rejects(whole(), { message: 'cut' })
  t.same(seen, ['1', '3'])
})

t.test('what the writer writes is read as it was, however it is cut', async () => {
  const letter = fc.constantFrom('=', '+', '-', '@', "'", '"', ',', 'a', '€', ' ')
  const field = fc.string({ unit: letter }).map((text) => text.trim())
  const records = fc.array(fc.tuple(field, field), { maxLength: 5 })
  const property = fc.asyncProperty(records, fc.integer({ min: 1, max: 30 }), async (rows, size) => {
    const text = [['a', 'b'] as const, ...rows].map(csvRecord).join('')
    const told = rows.flatMap(([a, b], index) => (a === '' && b === '' ? [] : [`${index + 2}: ${a}|${b}`]))
    return JSON.stringify(await read(text, size)) === JSON.stringify(told)
  })
  await fc.assert(property, { numRuns: 500 })
})

t.test('the files that one reader took and another refused', async (t) => {
  const columns: CsvColumns<string> = { columns: ['device_id', 'type', 'region'], required: ['device_id'] }
  const last = async (name: string) => {
    const file = await openCsv(createReadStream(new URL(`cases/${name}`, import.meta.url)), columns)
    if (!file.ok) return file.faults.at(-1)
    const rows = []
    for await (const row of file.rows) rows.push(row)
    t.ok(rows.length < 3, 'nothing after the fault')
    return rows.at(-1)
  }
  t.match(await last('unclosed.csv'), { line: 3, fault: /quote/ })
  t.match(await last('typo.csv'), { line: 1, fault: /no column "regoin"; did you mean region\?/ })
  t.match(await last('latin.csv'), { line: 2, fault: /byte 30 of the line .* 0xFF/ })
})
