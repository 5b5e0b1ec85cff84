/** What changed between two tables or two runs: kinds, rows, examples, on the terminal, as JSON and as an HTML page. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { Comparison, type PlayedMessage } from '../../src/cli/replay/comparison.ts'
import { comparisonPage } from '../../src/cli/replay/comparison-page.ts'
import { comparisonLines, totalsLine } from '../../src/cli/replay/comparison-text.ts'
import { bytesOfAll, timeLeft } from '../../src/cli/replay/time-left.ts'
import { startChromium, withoutChromium } from '../support/chromium.ts'
import { duisgate, ROOT, temporaryFolder } from './run.ts'

const METER = '00-0D-5C-AA-16-9A-00-E1'
const folder = temporaryFolder()
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

function lineOf(direction: string, fixture: string, decision?: string): string {
  const body = readFileSync(join(ROOT, 'fixtures', direction, `${fixture}.xml`)).toString('base64')
  return JSON.stringify({ direction, body, decision })
}

const OUTAGE = lineOf('northbound', 'alert-supply-restored')
const DAY = [
  lineOf('southbound', 'read-import-registers'),
  ...[1, 2, 3, 4].map((number) => lineOf('northbound', 'alert-supply-restored', `decision-${number}`)),
  lineOf('northbound', 'alert-tamper-with-empty-payload'),
  JSON.stringify({ direction: 'northbound', body: Buffer.from('<a>').toString('base64') }),
]
writeFileSync(join(folder, 'day.ndjson'), DAY.join('\n'))
const AGAINST = ['replay', 'day.ndjson', '--restricted', METER, '--against', 'seed-2023-04-literal']

t.test('a change has its kind by name, both rows with their reasons, and three examples', async (t) => {
  const { code, stdout } = await duisgate(AGAINST, { folder })
  t.equal(code, 1)
  const [before, after, , head, change, ...details] = stdout.split('\n')
  t.match([before, after], [/^before: recommended [0-9a-f]{12}$/, /^after: {2}seed-2023-04-literal /])
  t.match(head, /^messages {2}kind +before → after$/)
  t.match(change, /^ +4 {2}Device Alert 8F35 Supply Outage Restored {2}forward → withhold/)
  t.match(details.slice(0, 5), [
    /^ {12}before: row supply-restored-alerts: passes\. Outage management needs to know/,
    /^ {12}after: row supply-restored-alerts: stopped\. The April 2023 summary/,
    ...[1, 2, 3].map((number) => `day.ndjson:${number + 1}  decision decision-${number}  ${METER}`),
  ])
  t.notMatch(stdout, 'decision-4')
  t.match(stdout, /\n4 of 7 results changed, 3 the same, 1 could not be read\n$/)
  const all = await duisgate([...AGAINST, '--examples', '10'], { folder })
  t.match(all.stdout, 'decision-4')
})

t.test('the same as JSON', async (t) => {
  const { code, stdout } = await duisgate([...AGAINST, '--json'], { folder })
  t.equal(code, 1)
  const { comparison } = JSON.parse(stdout)
  t.match(comparison, { messages: 7, changed: 4, same: 3, otherRow: 0, unreadable: { DUIS_ROOT: 1 } })
  t.equal(comparison.changes.length, 1)
  t.match(comparison.changes[0], {
    kind: 'Device Alert 8F35 Supply Outage Restored',
    count: 4,
    before: { result: 'forward', rule: 'supply-restored-alerts', does: 'passes', why: /^Outage/ },
    after: { result: 'withhold', rule: 'supply-restored-alerts', does: 'stopped', flag: 'restricted' },
    examples: [{ name: 'day.ndjson:2', decision: 'decision-1', devices: [METER] }],
  })
})

t.test('without a second table the verdicts of the capture are compared with those of now', async (t) => {
  const recorded = { ...JSON.parse(OUTAGE), verdict: 'withhold', rule: 'old-row' }
  writeFileSync(join(folder, 'old.ndjson'), JSON.stringify(recorded))
  const { code, stdout } = await duisgate(['replay', 'old.ndjson', '--restricted', METER], { folder })
  t.equal(code, 0, 'flags are not in a capture, so a difference is no fault')
  t.match(
    stdout,
    /withhold → forward.*\n +before: row old-row\n +after: row supply-restored-alerts: passes\./,
  )
})

t.test('two runs are compared with the rows that decided, each by the table of its run', async (t) => {
  const run = (file: string, ...words: string[]) =>
    duisgate(['replay', 'day.ndjson', '--restricted', METER, '--results', file, ...words], { folder })
  await run('a.ndjson')
  await run('b.ndjson', '--table', 'seed-2023-04-literal')
  const { code, stdout } = await duisgate(['compare', 'a.ndjson', 'b.ndjson'], { folder })
  t.equal(code, 1)
  t.match(stdout, /^before: a\.ndjson \(recommended [0-9a-f]+\)\nafter: {2}b\.ndjson \(seed-2023-04-literal /)
  t.match(stdout, /after: row supply-restored-alerts: stopped\. The April/)
  const baseline = await run('c.ndjson', '--baseline', 'b.ndjson', '--json')
  t.match(JSON.parse(baseline.stdout).comparison.changes, [{ count: 4, after: { result: 'forward' } }])
  t.equal((await duisgate(['compare', 'a.ndjson', 'c.ndjson', '--json'], { folder })).code, 0)
})

t.test('where messages were sent, an example names the decisions that the answers name', async (t) => {
  let count = 0
  const server = createServer(async (incoming, reply) => {
    await incoming.toArray()
    reply.writeHead(count < DAY.length ? 204 : 503, { 'Duisgate-Decision': `answer-${++count}` }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const words = ['replay', 'day.ndjson', '--target', url, '--northbound-target', url, '--results']
  await duisgate([...words, 's.ndjson'], { folder })
  const { stdout } = await duisgate([...words, 't.ndjson', '--baseline', 's.ndjson'], { folder })
  t.match(stdout, / 4 {2}Device Alert 8F35 Supply Outage Restored +northbound: 204 → northbound: 503\n/)
  t.match(stdout, /day\.ndjson:2 {2}decision decision-1 .* answered by answer-2 → answer-9\n/)
})

const HOSTILE: PlayedMessage = {
  name: '<script>alert(1)</script>',
  kind: '<b>&"kind',
  devices: ['"><img src=x>'],
}

t.test('whatever a file or a table says is text on the page', async (t) => {
  const rows = new Map([['"row<', { does: '<i>', why: '</td><script>' }]])
  const comparison = new Comparison({ title: '<u>', rows }, { title: '</title>', rows })
  comparison.add(HOSTILE, { result: '<forward>', rule: '"row<', decision: '<d>' }, { result: 'x', rule: '<' })
  const page = String(comparisonPage(comparison))
  t.notMatch(page, /<script|<b>|<img|<i>|<u>|<forward|<d>|<\/title/)
  t.match(page, '&lt;script&gt;alert(1)')
})

t.test('what is shown does not depend on the order of the messages', async (t) => {
  const side = { title: 'a', rows: new Map() }
  const messages = Array.from({ length: 12 }, (_, place) => `day.ndjson:${place + 1}`).flatMap((name) =>
    ['Device Alert 8F0A', 'Device Alert 8F88'].map((kind) => ({ name, kind, devices: [] })),
  )
  const shown = (order: readonly PlayedMessage[]) => {
    const comparison = new Comparison(side, side)
    for (const message of order) comparison.add(message, { result: 'forward' }, { result: 'withhold' })
    return [...comparisonLines(comparison), totalsLine(comparison), JSON.stringify(comparison.json())]
  }
  const one = shown(messages)
  t.same(shown(messages.toReversed()), one)
  t.match(one.join('\n'), /day\.ndjson:1\n +day\.ndjson:2\n +day\.ndjson:3\n/)
})

t.test('a change of the row alone comes after those of the result, and counts apart', async (t) => {
  const side = { title: 'a', rows: new Map() }
  const comparison = new Comparison(side, side)
  const message = (kind: string) => ({ name: kind, kind, devices: [] })
  for (const kind of ['A', 'B', 'B'])
    comparison.add(message(kind), { result: 'reject', rule: 'r' }, { result: 'reject', rule: kind })
  comparison.add(message('C'), { result: 'reject', rule: 'r' }, { result: 'forward', rule: 'r' })
  t.same(
    comparison.changes.map(({ kind }) => kind),
    ['C', 'B', 'A'],
  )
  t.match(totalsLine(comparison), '1 of 4 results changed, 3 the same by another row, 0 the same')
})

t.test(
  'the page needs nothing beside it, has no script, and Chromium shows it',
  { skip: withoutChromium },
  async (t) => {
    await duisgate([...AGAINST, '--html', 'changes.html'], { folder })
    const text = readFileSync(join(folder, 'changes.html'), 'utf8')
    t.notMatch(text, /<script|<link|\bsrc=|url\(|@import|https?:/)
    const browser = await startChromium()
    t.teardown(() => browser.close())
    const page = await browser.newPage({ javaScriptEnabled: false })
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    const address = pathToFileURL(join(folder, 'changes.html')).href
    await page.goto(address)
    t.same(asked, [address])
    t.match(
      await page.innerText('main'),
      /Device Alert 8F35[\s\S]*4 messages[\s\S]*Outage management needs to know/,
    )
    await page.click('a[href="#change-1"]')
    t.match(
      await page.innerText('h2#change-1'),
      'Device Alert 8F35 Supply Outage Restored: forward → withhold',
    )
  },
)

t.test(
  'a page that cannot be written is known before the work, and one without anything to show is refused',
  async (t) => {
    t.match(await duisgate([...AGAINST, '--html', 'nowhere/x.html'], { folder }), {
      code: 2,
      stdout: '',
      stderr: /cannot write nowhere\/x\.html \(.*ENOENT\); check the path given with --html/,
    })
    const sent = ['replay', 'day.ndjson', '--target', 'http://127.0.0.1:9', '--html', 'x.html']
    t.match(await duisgate(sent, { folder }), { code: 2, stderr: /--baseline/ })
    t.match(await duisgate([...AGAINST, '--results', 'r', '--baseline', 'a.ndjson'], { folder }), { code: 2 })
  },
)

t.test('time left follows from the bytes that were played, and is not guessed', async (t) => {
  t.equal(timeLeft(10_000, 100, 400), '30 s left')
  t.equal(timeLeft(10_000, 100, 1_300), '2 min 0 s left')
  t.equal(timeLeft(60_000, 1, 151), '2 h 30 min left')
  t.equal(timeLeft(10_000, 100, 100), '0 s left')
  t.equal(timeLeft(10_000, 101, 100), '0 s left', 'a last line may lack its end')
  for (const [elapsed, done, of] of [
    [999, 50, 100],
    [5_000, 0, 100],
    [5_000, 50, undefined],
  ] as const)
    t.equal(timeLeft(elapsed, done, of), undefined)
  const size = (bytes: number | undefined) => ({ name: '', open: () => [] as never, size: async () => bytes })
  t.equal(await bytesOfAll([size(3), size(4)]), 7)
  t.equal(await bytesOfAll([size(3), size(undefined)]), undefined)
})
