/** The line of a message in the journal is what JSON says of its record, however it was written, and stays within its room. */
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { goldenVerdicts } from '../../scripts/expected-decisions.ts'
import { instantOf } from '../../src/core/device/device.ts'
import { parseDecisionId } from '../../src/core/journal/decision-id.ts'
import type { JournalRecord } from '../../src/core/journal/journal-record.ts'
import type { Verdict } from '../../src/core/policy/verdict.ts'
import { GATEWAY_FAULTS } from '../../src/gateway/faults.ts'
import { type MessageResult, messageResult } from '../../src/gateway/message-context.ts'
import { MessageEntry } from '../../src/gateway/message-entry.ts'
import { OutcomeKinds } from '../../src/gateway/outcome-kinds.ts'
import { groundsOf, type MessageFigures, recordOf } from '../../src/gateway/record.ts'
import { Metrics } from '../../src/observe/metrics.ts'
import { allFixtures } from '../fixtures/all.ts'
import { readWhole } from '../support/plans.ts'
import { recommendedTable as table } from '../support/start-gateway.ts'

const decision = parseDecisionId('AZyt4hI74yU2b8cJwWlH5A') ?? never()
function never(): never {
  throw new Error('this is always there')
}

const figures: MessageFigures = {
  decision,
  arrivedAt: instantOf(1_772_443_800_124),
  direction: 'southbound',
  traceparent: undefined,
  bytes: 1_861,
  spentMs: { total: 0.6, hold: 0.231, decide: 0, peer: 12.05 },
}

const kinds = new OutcomeKinds(new Metrics())

interface Written {
  readonly line: string
  readonly record: JournalRecord
  readonly isWithinRoom: boolean
}

/** Written as the journal does it: into a full slab first, then with as much room as it asked for. */
function write(of: MessageFigures, result: MessageResult, moreAlarms: JournalRecord['alarms'] = []): Written {
  const kind = kinds.of(of.direction, result, table)
  const entry = new MessageEntry(of, { result, kind, table, moreAlarms })
  const room = entry.write(Buffer.alloc(0), 0)
  const bytes = Buffer.alloc(room + 7, 0xff)
  const end = entry.write(bytes, 7)
  const record = recordOf(of, result, table)
  return {
    line: bytes.toString('utf8', 7, end),
    record: { ...record, alarms: [...record.alarms, ...moreAlarms] },
    isWithinRoom: end <= bytes.length,
  }
}

function isAsJson(t: Test, written: Written, name: string): void {
  t.ok(written.isWithinRoom, name)
  t.equal(written.line, JSON.stringify(written.record), name)
}

/** The outcome that a message with this verdict has when nothing goes wrong. */
const OUTCOMES = {
  forward: 'forwarded',
  reject: 'rejected',
  withhold: 'withheld',
  defer: 'deferred',
} as const

t.test('every decision of the golden grid is written as its record says', async (t) => {
  let lines = 0
  for (const { facts, verdict } of goldenVerdicts()) {
    if (verdict.kind === 'refuse') continue
    const result = messageResult({
      ...{ outcome: OUTCOMES[verdict.kind], facts, verdict },
      peerStatus: verdict.kind === 'forward' ? 200 : undefined,
    })
    const written = write({ ...figures, direction: facts.direction }, result)
    if (written.line !== JSON.stringify(written.record) || !written.isWithinRoom)
      isAsJson(t, written, JSON.stringify(facts.claims))
    lines++
  }
  t.ok(lines > 1_000, `${lines} lines`)
})

t.test('every fixture is written as its record says, read or not', async (t) => {
  for (const { path, direction, bytes } of allFixtures) {
    const reading = readWhole(direction, bytes)
    const facts = reading.ok ? reading.facts : undefined
    const code = reading.ok ? undefined : reading.fault.code
    isAsJson(t, write({ ...figures, direction }, messageResult({ outcome: 'refused', facts, code })), path)
  }
})

t.test('a line stays within the room that it asks for, whatever its texts need', async (t) => {
  const long = '\u0000'.repeat(500)
  const [first = never()] = goldenVerdicts()
  const written = (facts: object, figure: Partial<MessageFigures> = {}) => {
    const result = {
      outcome: 'forwarded',
      facts: { ...first.facts, ...facts },
      verdict: first.verdict,
    } as const
    return write({ ...figures, ...figure }, messageResult(result))
  }
  isAsJson(t, written({ claims: [{ type: 'element', name: long, source: 'body' }] }), 'code')
  isAsJson(t, written({ requestId: long }), 'requestId')
  isAsJson(t, written({ responseCode: long }), 'responseCode')
  isAsJson(t, written({}, { traceparent: long }), 'traceparent')
  isAsJson(t, written({ devices: Array(16).fill(2n ** 64n - 1n) }), 'devices')
})

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ maxLength: 60 }),
  fc.string({ unit: fc.constantFrom('\u0000', '"', 'é'), minLength: 40, maxLength: 60 }),
  fc.constantFrom('"', '\\', '\u007f', '\u2028', '\ud800', 'x\udc00y', '\u0000', 'é'),
)
const anyMs = fc.oneof(
  fc.nat(99_999_999).map((micros) => micros / 1_000),
  fc.double(),
  fc.constantFrom(0, -0, 0.001, 0.01, 0.1, 1, 1_999_999.999, 2_000_000, 1e21, 1e-7),
)
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
/** What sends a line to be written from its record. */
const seldom = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })
const anyKey = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

const golden = [...goldenVerdicts()].filter(({ verdict }) => verdict.kind !== 'refuse')
const anyGolden = fc.constantFrom(...golden)

const anyFigures = fc.record({
  arrivedAt: fc
    .oneof(fc.nat(4_000_000_000_000), fc.double({ min: 1, max: 4e12, noNaN: true }))
    .map(instantOf),
  traceparent: maybe(anyText),
  bytes: fc.nat(70_000_000),
  spentMs: fc.record({ total: anyMs, hold: anyMs, decide: anyMs, peer: anyMs }),
})
const anyFacts = fc.record(
  {
    devices: fc.array(anyKey, { maxLength: 20 }),
    user: maybe(anyKey),
    requestId: maybe(anyText),
    responseCode: maybe(anyText),
    hasData: fc.boolean(),
    paymentMode: fc.constantFrom('credit', 'prepayment', 'unreadable', undefined),
    claims: fc.array(
      fc.oneof(
        anyText.map((name) => ({ type: 'element', name, source: 'body' })),
        fc.constantFrom('4.1.1', '6.13').map((srv) => ({ type: 'srv', srv, source: 'header' })),
      ),
      { maxLength: 4 },
    ),
  },
  { requiredKeys: [] },
)
const anyGrounds = fc.record(
  {
    device: maybe(anyKey),
    flagVersion: maybe(fc.nat()),
    flagAgeMs: maybe(anyMs),
    isInFlight: seldom(fc.constant(true)).map((isInFlight) => isInFlight === true),
    flag: fc.constantFrom('not-needed', 'clear', 'restricted', 'unknown', 'stale'),
    alarms: fc.subarray(['unknown-srv', 'kinds-disagree'], { maxLength: 2 }),
    shadow: seldom(fc.record({ rule: anyText, kind: fc.constant('reject') })),
    trial: seldom(
      fc.record({
        tableRevision: anyText,
        kind: fc.constantFrom('reject', 'forward', 'undecided'),
        rule: maybe(anyText),
      }),
    ),
  },
  { requiredKeys: [] },
)
const anyEnd = fc.record({
  outcome: fc.constantFrom('forwarded', 'rejected', 'upstream-failed', 'client-gone'),
  status: maybe(fc.integer({ min: 200, max: 599 })),
  peerStatus: maybe(fc.integer({ min: 200, max: 599 })),
  code: seldom(fc.constantFrom(...Object.keys(GATEWAY_FAULTS))),
  substitute: seldom(fc.constantFrom('acknowledged', 'failed')),
  replyCode: maybe(anyText),
  moreAlarms: fc.constantFrom([], ['frequent-alert']),
})

t.test('whatever a message is and however it ended, its line is what JSON says of its record', async (t) => {
  const runs = 4_000
  let isPlain = 0
  fc.assert(
    fc.property(
      anyGolden,
      anyFigures,
      maybe(anyFacts),
      maybe(anyGrounds),
      anyEnd,
      (golden, how, facts, grounds, end) => {
        const result = messageResult({
          outcome: end.outcome,
          facts: { ...golden.facts, ...facts },
          verdict: { ...golden.verdict, ...grounds } as Verdict,
          answer: end.status === undefined ? undefined : { status: end.status },
          ...{ peerStatus: end.peerStatus, code: end.code, substitute: end.substitute },
          reply: end.replyCode === undefined ? undefined : { facts: { responseCode: end.replyCode } },
        } as never)
        const direction = golden.facts.direction
        const written = write({ ...figures, ...how, direction }, result, end.moreAlarms as never)
        if (end.code === undefined && !groundsOf(result.verdict)?.shadow) isPlain++
        return written.isWithinRoom && written.line === JSON.stringify(written.record)
      },
    ),
    { numRuns: runs },
  )
  t.ok(isPlain > runs / 2, `${isPlain} of ${runs} without fault and shadow`)
})
