/** The parts of `duisgate load` on their own: when messages are due, thresholds, what a reply says, messages for other parties. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sumIn } from '../../src/cli/load/gateway-usage.ts'
import { linePlot } from '../../src/cli/load/line-plot.ts'
import { isWrong, outcomeOf } from '../../src/cli/load/outcome.ts'
import { wholeReply } from '../../src/cli/load/reply.ts'
import { dueWithin, scheduleOf, secondsOf, stagesFrom, stagesOption } from '../../src/cli/load/stages.ts'
import { padded, readdressed } from '../../src/cli/load/template.ts'
import { collectThresholds, judge, type Measured } from '../../src/cli/load/thresholds.ts'
import { Arrivals } from '../../src/cli/load/upstream.ts'
import { deviceKey, readWhole } from '../support/plans.ts'
import { ROOT } from './run.ts'

t.test('stages ramp evenly: as many messages are due by a time as the rate has summed up to', async (t) => {
  const stages = stagesFrom(0, stagesOption('10s:100,1m:100,10s:0'))
  t.equal(secondsOf(stages), 80)
  const { messages, dueMs } = scheduleOf(stages)
  t.equal(messages, 500 + 6_000 + 500)
  t.equal(dueMs(0), 0)
  for (const place of [1, 17, 499, 500, 501, 3_000, 6_499, 6_500, 6_501, 6_990, 6_999]) {
    const due = dueWithin(stages, dueMs(place) / 1_000)
    t.ok(Math.abs(due - place) < 1e-6, `${place}: ${due}`)
    t.ok(dueMs(place) > dueMs(place - 1), `${place} is due after the one before`)
  }
  t.equal(dueMs(500), 10_000)
  t.equal(dueWithin(stages, 1_000), 7_000)
})

t.test('a constant rate is a stage that stays, and a start rate is where stages begin', async (t) => {
  const { messages, dueMs } = scheduleOf([{ seconds: 2, from: 50, to: 50 }])
  t.equal(messages, 100)
  t.same([dueMs(0), dueMs(1), dueMs(99)], [0, 20, 1_980])
  t.same(stagesFrom(7, stagesOption('1s:9')), [{ seconds: 1, from: 7, to: 9 }])
})

t.test('stages that are none are refused with what to write', async (t) => {
  for (const text of ['', '30s', '30s:', ':500', '30:500', '30s:-1', '30s:20001', '30s:500,', '0s:500'])
    t.throws(() => stagesOption(text), { message: /give one like|TIME:RATE/ }, text)
  t.throws(() => stagesOption(Array(101).fill('1s:1').join(',')), { message: /give 100 at most/ })
})

const NO_LATENCY = { count: 0, mean: 0, p50: 0, p90: 0, p95: 0, p99: 0, p99_9: 0, p99_99: 0, max: 0 }
const REJECTED = { direction: 'southbound', expected: 'reject', verdict: 'reject', answer: '200 E5' } as const

const report: Measured = {
  seconds: 10,
  messages: { sent: 1_000, answered: 990, lost: 10, unfinished: 0, wrong: 2, failed: 0 },
  latencyMs: { all: { ...NO_LATENCY, p99: 7, p99_99: 21 }, northbound: { ...NO_LATENCY, p99: 3 } },
  latenessMs: { p50: 0, p99: 0.2, max: 0 },
  outcomes: [
    { ...REJECTED, messages: 4 },
    { ...REJECTED, messages: 3 },
  ],
}

t.test('a threshold is crossed when its sentence is true, and when there is no figure for it', async (t) => {
  for (const [text, value, isCrossed] of [
    ['p99>5ms', 7, true],
    ['p99>7ms', 7, false],
    ['p99>=7ms', 7, true],
    ['p99.99 > 0.02s', 21, true],
    ['northbound.p99>2999us', 3, true],
    ['southbound.p99>1s', null, true],
    ['late>1ms', 0.2, false],
    ['lost>9', 10, true],
    ['lost>1%', 1, false],
    ['wrong>0', 2, true],
    ['failed>0', 0, false],
    ['rate<100', 99, true],
    ['reject<=7', 7, true],
    ['altered>0', null, true],
  ] as const) {
    const [threshold] = collectThresholds(text)
    t.ok(threshold)
    if (threshold) t.match(judge(threshold, report), { text, value, isCrossed }, text)
  }
})

t.test('a threshold that nobody knows is refused, with the nearest name', async (t) => {
  for (const [text, message] of [
    ['wrnog>0', /there is no wrnog; did you mean wrong\?/],
    ['p98>5ms', /there is no p98; did you mean p9[059]\?/],
    ['sothbound.p99>5ms', /did you mean southbound/],
    ['elephants>0', /give one of mean, p50/],
    ['p99>5', /say us, ms or s/],
    ['wrong>5ms', /wrong is no time/],
    ['rate<5%', /rate is no share/],
    ['southbound.lost>0', /only latencies are told apart/],
    ['constructor>0', /there is no constructor/],
    ['p99=5ms', /is no threshold/],
    ['p99>5ms or more', /is no threshold/],
    ['', /is no threshold/],
  ] as const)
    t.throws(() => collectThresholds(text), { message }, text)
})

function replyOf(head: string, body: string) {
  const reply = wholeReply(Buffer.from(`HTTP/1.1 ${head}Content-Length: ${body.length}\r\n\r\n${body}`))
  if (!reply) throw new Error('this is no reply')
  return reply
}

const DECISION = 'Duisgate-Decision: abc\r\n'
const E5 = '<sr:ResponseCode>E5</sr:ResponseCode>'

t.test('a reply says by status, header and body what became of a message', async (t) => {
  for (const [head, body, verdict, answer] of [
    [`200 OK\r\n${DECISION}`, '<sr:ResponseCode>I99</sr:ResponseCode>', 'forward', '200 I99'],
    [`200 OK\r\n${DECISION}`, E5, 'reject', '200 E5'],
    [`200 OK\r\n${DECISION}`, `${E5}<ds:Signature>`, 'forward', '200 E5'],
    [`200 OK\r\n${DECISION}`, '', 'forward', '200'],
    [`204 No Content\r\n${DECISION}`, '', 'acknowledged', '204'],
    [`503 x\r\n${DECISION}`, '{"code":"GW_DEFERRED"}', 'defer', '503 GW_DEFERRED'],
    [`413 x\r\n${DECISION}`, '{"code":"GW_TOO_LARGE"}', 'refuse', '413 GW_TOO_LARGE'],
    [`400 x\r\n${DECISION}`, '{"code":"XML_MALFORMED"}', 'refuse', '400 XML_MALFORMED'],
    [`502 x\r\n${DECISION}`, '{"code":"GW_PEER_RESET"}', 'failed', '502 GW_PEER_RESET'],
    ['502 x\r\n', 'Bad Gateway', 'failed', '502 no Duisgate'],
  ] as const) {
    const context = { direction: 'southbound', rejectCode: 'E5', hasArrived: undefined } as const
    t.match(outcomeOf(replyOf(head, body), context), { verdict, answer }, answer)
  }
})

t.test('who sees what arrives tells forwarded from withheld, and both from what never arrived', async (t) => {
  const said = (head: string, body: string, direction: 'southbound' | 'northbound', hasArrived: boolean) =>
    outcomeOf(replyOf(`${head}\r\n${DECISION}`, body), { direction, rejectCode: 'E5', hasArrived }).verdict
  t.equal(said('204 x', '', 'northbound', true), 'forward')
  t.equal(said('204 x', '', 'northbound', false), 'withhold')
  t.equal(said('200 x', '', 'northbound', false), 'missing')
  t.equal(said('200 x', `${E5}<ds:Signature>`, 'southbound', false), 'reject')
  t.equal(said('200 x', E5, 'southbound', true), 'forward')
  t.equal(said('200 x', 'I99', 'southbound', false), 'missing')
})

t.test('a verdict is wrong when it is another than expected; what failed came to none', async (t) => {
  t.ok(isWrong('reject', 'forward') && isWrong('forward', 'missing') && isWrong('reject', 'acknowledged'))
  t.notOk(
    isWrong('withhold', 'acknowledged') || isWrong('forward', 'acknowledged') || isWrong('reject', 'failed'),
  )
})

t.test('an arrival is known by its number, and altered when its bytes are others', async (t) => {
  const arrivals = new Arrivals()
  const body = Buffer.from('a message')
  const head = (serial: number) => `POST / HTTP/1.1\r\nUser-Agent: duisgate-load/${serial}`
  for (const serial of [1, 2, 3]) arrivals.expect(serial, body)
  arrivals.note({ head: head(1), body: [body.subarray(0, 3), body.subarray(3)] })
  arrivals.note({ head: head(9), body: [body] })
  t.equal(arrivals.altered, 0)
  arrivals.note({ head: head(2), body: [body.subarray(1)] })
  arrivals.note({ head: 'POST / HTTP/1.1\r\nHost: x', body: [body] })
  t.equal(arrivals.altered, 1)
  t.same(
    [1, 2, 3, 1].map((serial) => arrivals.settle(serial)),
    [true, true, false, false],
  )
})

t.test('a reply is whole only when its framing says so', async (t) => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'
  const sized = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'
  for (const text of [chunked, sized]) {
    for (let cut = 0; cut < text.length; cut++)
      t.equal(wholeReply(Buffer.from(text.slice(0, cut))), undefined, `cut at ${cut}`)
    t.equal(wholeReply(Buffer.from(text))?.status, 200)
  }
})

t.test(
  'a message for another Device names it wherever it named the one before, and has the length of real ones',
  async (t) => {
    const text = readFileSync(join(ROOT, 'fixtures/northbound/alert-billing.xml'), 'utf8')
    const [from, to] = ['00-0D-5C-AA-16-9A-00-E1', '00-DB-12-34-00-00-00-07']
    const made = padded(readdressed(text, new Map([[from, to]])), 1_800)
    t.ok(Math.abs(made.length - 1_800) < 4, String(made.length))
    const result = readWhole('northbound', Buffer.from(made))
    t.ok(result.ok)
    if (result.ok) t.same(result.facts.devices, [deviceKey(to)])
  },
)

t.test('metrics of several workers are summed', async (t) => {
  const text = '# TYPE a counter\na{worker="1"} 1.5\na{worker="2"} 2e1\nab 7\nb 3\n'
  t.same([sumIn(text, 'a'), sumIn(text, 'b'), sumIn(text, 'c')], [21.5, 3, undefined])
})

t.test(
  'a plot breaks its line where nothing is known, and survives values that are all nothing',
  async (t) => {
    const values = [1, 2, null, 3, null, 4, 5]
    const times = values.map((_, index) => index + 1)
    const drawn = String(linePlot({ title: '<b>', unit: 'ms', times, lines: [{ name: 'p50', values }] }))
    t.equal(drawn.match(/<polyline/g)?.length, 2)
    t.equal(drawn.match(/<circle/g)?.length, 1)
    t.match(drawn, '&lt;b&gt;')
    for (const isLogarithmic of [true, false])
      t.notMatch(
        String(
          linePlot({
            title: 'x',
            unit: 'ms',
            times: [1],
            lines: [{ name: 'p', values: [0] }],
            isLogarithmic,
          }),
        ),
        /NaN|Infinity/,
      )
  },
)
