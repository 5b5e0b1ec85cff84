/** A journal line written by hand says what the general writer would say, whatever stands in it. */
import fc from 'fast-check'
import t from 'tap'
import type { DecisionId } from '../../src/gateway/decision-id.ts'
import { lineOf } from '../../src/gateway/journal-line.ts'
import type { JournalRecord } from '../../src/gateway/record.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('4.1.1', 'a"b', 'a\\b', 'a\nb', 'é\u2028', '\ud800'),
)
const perhaps = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const number = fc.oneof(fc.nat(), fc.double({ min: 0 }), fc.constantFrom(0, Number.POSITIVE_INFINITY))
const milliseconds = fc.double({ min: 0, max: 1e9, noNaN: true })

const record: fc.Arbitrary<JournalRecord> = fc.record({
  decision: fc.constant('AAAAAAAAAAAAAAAAAAAAAA' as DecisionId),
  time: fc.constant('2026-01-01T00:00:00.000Z'),
  direction: fc.constantFrom('southbound', 'northbound'),
  part: fc.constantFrom('message', 'reply'),
  kind: fc.constantFrom('service-request', 'dcc-alert', 'unreadable'),
  codes: fc.array(text, { maxLength: 3 }),
  devices: fc.array(text, { maxLength: 3 }),
  deviceCount: fc.nat(),
  user: perhaps(text),
  requestId: perhaps(text),
  verdict: perhaps(fc.constantFrom('forward', 'reject')),
  rule: perhaps(text),
  class: perhaps(text),
  tableRevision: perhaps(text),
  flag: perhaps(fc.constantFrom('clear', 'unknown')),
  flagDevice: perhaps(text),
  flagVersion: perhaps(number),
  flagAgeMs: perhaps(number),
  events: fc.array(fc.constantFrom('hub-change', 'han-change'), { maxLength: 2 }),
  alarms: fc.array(fc.constantFrom('unknown-srv', 'kinds-disagree'), { maxLength: 2 }),
  shadow: perhaps(fc.record({ rule: text, kind: fc.constant('reject' as const) })),
  bytes: fc.nat(),
  outcome: fc.constantFrom('forwarded', 'client-gone'),
  fault: perhaps(text),
  status: perhaps(fc.nat()),
  peerStatus: perhaps(fc.nat()),
  substitute: perhaps(fc.constantFrom('acknowledged', 'failed')),
  ms: fc.record({ total: milliseconds, hold: milliseconds, decide: milliseconds, peer: milliseconds }),
})

t.test('says the same as JSON.stringify', (t) => {
  fc.assert(
    fc.property(record, (one) => {
      const line = lineOf(one)
      t.notOk(line.includes('\n'))
      t.strictSame(JSON.parse(line), JSON.parse(JSON.stringify(one)))
    }),
    { numRuns: 300 },
  )
  t.end()
})
