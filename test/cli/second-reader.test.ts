/** `explain --second-reader` and `replay --second-reader`: silent where both read the same, a no where they do not. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { XMLParser } from 'fast-xml-parser'
import t, { type Test } from 'tap'
import { duisgate, jsonLines, ROOT, temporaryFolder } from './run.ts'

const FIXTURES = join(ROOT, 'fixtures')
/** Those of the fixtures that are messages; the others cannot be read. */
const READABLE = ['southbound', 'northbound'].map((side) => join(FIXTURES, side))
const folder = temporaryFolder()
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

/** Makes the second reader blind to one name until the test is over. */
function blindTo(t: Test, name: string): void {
  const { parse } = XMLParser.prototype
  t.teardown(() => {
    XMLParser.prototype.parse = parse
  })
  XMLParser.prototype.parse = function (this: XMLParser, text: string | Uint8Array) {
    return parse.apply(this, [String(text).replaceAll(name, 'Other'), false])
  }
}

const SCHEDULE = 'fixtures/southbound/schedule-half-hourly-read.xml'
const READ = 'fixtures/southbound/read-import-registers.xml'

t.test('explain says that both read the same', async (t) => {
  const { code, stdout } = await duisgate(['explain', READ, '--second-reader'])
  t.match(stdout, /\n {2}the second reader reads the same\n$/)
  t.equal(code, 0)
  const asked = await duisgate(['explain', READ, '--second-reader', '--json'])
  t.match(jsonLines(asked.stdout)[0], { differences: [] })
  const notAsked = await duisgate(['explain', READ, '--json'])
  t.notOk('differences' in Object(jsonLines(notAsked.stdout)[0]))
})

t.test('explain lists what differs, and then the answer is no', async (t) => {
  blindTo(t, 'DeviceID')
  const { code, stdout } = await duisgate(['explain', SCHEDULE, '--second-reader'])
  t.match(
    stdout,
    /: forward\n[\s\S]*\n {2}readers differ: Device [0-9A-F-]{23}: not seen by the second reader\n/,
  )
  t.equal(code, 1)
})

t.test('what the gateway refuses is not compared', async (t) => {
  const malformed = 'fixtures/malformed/trap-51-doctype.xml'
  const { stdout } = await duisgate(['explain', malformed, '--second-reader', '--json'])
  t.notOk('differences' in Object(jsonLines(stdout)[0]))
})

t.test('replay counts over every fixture, and lists what differs', async (t) => {
  const same = await duisgate(['replay', FIXTURES, '--second-reader'])
  t.match(same.stdout, /\n0 of \d{3} messages are read otherwise by the second reader\n/)
  t.match(same, { code: 1, stdout: /cannot be read; duisgate explain FILE says why and where\n/ })
  const readable = await duisgate(['replay', ...READABLE, '--second-reader'])
  t.match(readable, { code: 0, stdout: /\n0 of \d{3} messages are read otherwise by the second reader\n/ })
  blindTo(t, 'DeviceID')
  const listed = await duisgate(['replay', FIXTURES, '--second-reader'])
  t.match(
    listed.stdout,
    /schedule-half-hourly-read\.xml: readers differ: Device \S{23}: not seen by the second reader\n/,
  )
  t.equal(listed.code, 1)
  const counted = await duisgate(['replay', FIXTURES, '--second-reader', '--json'])
  const { readAgain } = JSON.parse(counted.stdout)
  t.ok(readAgain.differ > 10 && readAgain.differ < readAgain.messages, counted.stdout)
})

t.test('replay asks it about captures, and only offline', async (t) => {
  const body = Buffer.from('<sr:Request/>').toString('base64')
  writeFileSync(join(folder, 'day.ndjson'), JSON.stringify({ direction: 'southbound', path: '/', body }))
  t.match(await duisgate(['replay', 'day.ndjson', '--second-reader'], { folder }), {
    code: 1,
    stdout: /^((?!second reader)[\s\S])*$/,
  })
  t.match(await duisgate(['replay', READ, '--second-reader', '--target', 'http://127.0.0.1:9']), {
    code: 2,
    stderr: /--second-reader works offline/,
  })
})
