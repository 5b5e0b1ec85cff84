/** The pure rules of the reports: months, spans, fates, when a flag counts, signs of trouble. */
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import type { DeviceKey } from '../../src/core/duis/eui64.ts'
import { type JournalLine, readLine } from '../../src/core/journal/journal-line.ts'
import type { TableRow } from '../../src/core/policy/table.ts'
import { fateOf } from '../../src/core/report/fate.ts'
import {
  type FlagStep,
  isEnforcedAt,
  isUnconfirmedAt,
  restrictedSpans,
} from '../../src/core/report/flag-steps.ts'
import { concerns, incidentProblems, reasonProblem } from '../../src/core/report/incident.ts'
import { LeakCheck, type ListedRules, wasLetThrough } from '../../src/core/report/leak-check.ts'
import { isSignOfLife, standingTrouble, troubleIn } from '../../src/core/report/reachability.ts'
import {
  type BoundedSpan,
  clipped,
  cutAt,
  joined,
  monthAt,
  monthsLater,
  parseMonth,
} from '../../src/core/report/span.ts'

const at = (ms: number) => instantOf(ms)
const span = (from: number, until?: number) => ({
  from: at(from),
  until: until === undefined ? undefined : at(until),
})

t.test('a month is one of UTC, whatever clocks in Great Britain show', async (t) => {
  const october = parseMonth('2026-10')
  t.equal(october?.from, Date.parse('2026-10-01T00:00:00Z'))
  t.equal(october?.until, Date.parse('2026-11-01T00:00:00Z'))
  t.equal(monthAt(at(Date.parse('2026-07-01T00:30:00+01:00'))).name, '2026-06')
  t.same(['2026-13', '2026-00', '2026-1', '26-10', 'October', ''].map(parseMonth), Array(6).fill(undefined))
  const january = monthAt(at(Date.parse('2027-01-31T23:59:59.999Z')))
  t.same([monthsLater(january, -1).name, monthsLater(january, 1).name], ['2026-12', '2027-02'])
})

t.test('spans are clipped, joined and cut', async (t) => {
  const bounds = { from: at(10), until: at(20) }
  t.same(clipped(span(5), bounds), bounds)
  t.same(clipped(span(12, 15), bounds), span(12, 15))
  t.same([clipped(span(1, 10), bounds), clipped(span(20), bounds)], [undefined, undefined])
  t.same(joined([span(5, 7), span(1, 3), span(3, 4), span(6)]), [span(1, 4), span(5)])
  t.same(cutAt(bounds, [at(15), at(10), at(25), at(15)]), [span(10, 15), span(15, 20)])
})

const step = (recordedAt: number, restriction: FlagStep['restriction'], inForceAt?: number): FlagStep => ({
  recordedAt: at(recordedAt),
  inForceAt: inForceAt === undefined ? undefined : at(inForceAt),
  restriction,
})

t.test('a Device is Restricted from when that was recorded until what replaced it', async (t) => {
  t.same(restrictedSpans([step(100, span(90))]), [span(100)], 'not before it was recorded')
  t.same(restrictedSpans([step(100, span(100)), step(200, span(100, 250))]), [span(100, 250)])
  t.same(restrictedSpans([step(100, span(300)), step(200, undefined)]), [], 'taken back before it began')
  t.same(restrictedSpans([step(100, span(300)), step(300, undefined)]), [], 'or just as it began')
  t.same(restrictedSpans([step(100, span(100)), step(200, span(100, 200)), step(300, span(300))]), [
    span(100, 200),
    span(300),
  ])
})

t.test('a flag is enforced once every gateway had to know it', async (t) => {
  const steps = [step(100, span(100), 110), step(200, span(100), undefined), step(300, span(100, 300), 320)]
  const enforced = [99, 100, 109, 110, 150, 205, 299, 300, 310, 320].filter((ms) =>
    isEnforcedAt(steps, at(ms)),
  )
  t.same(enforced, [110, 150, 205, 299])
  t.equal(isEnforcedAt([step(100, span(100))], at(500)), false, 'never in force everywhere')
  const unconfirmed = [99, 100, 150, 299, 300].filter((ms) =>
    isUnconfirmedAt([step(100, span(100)), step(300, undefined)], at(ms)),
  )
  t.same(unconfirmed, [100, 150, 299], 'and nothing says whether gateways had to know it')
  t.equal(isUnconfirmedAt(steps, at(205)), false, 'enforced since the change before')
  t.equal(isUnconfirmedAt([step(100, span(100), 110)], at(105)), false, 'confirmed soon after')
  t.equal(isUnconfirmedAt([step(100, span(100), 110), step(200, span(100, 250))], at(260)), false)
})

const line = (said: Partial<JournalLine>): JournalLine => ({
  ...{ decision: 'd', time: '2026-10-05T12:00:00.000Z', direction: 'northbound', part: 'message' },
  ...{ kind: 'service-response', codes: ['4.1.1'], devices: [], deviceCount: 0, outcome: 'forwarded' },
  ...said,
})

t.test('every message has one fate', async (t) => {
  const request = { kind: 'service-request', direction: 'southbound' } as const
  const fates: readonly (readonly [Partial<JournalLine>, string])[] = [
    [{ ...request, replyCode: 'I99', peerStatus: 200 }, 'sent'],
    [{ ...request, peerStatus: 200 }, 'sent'],
    [{ ...request, replyCode: 'I0', peerStatus: 200 }, 'done'],
    [{ ...request, replyCode: 'W110101', peerStatus: 200 }, 'done'],
    [{ ...request, replyCode: 'E19', peerStatus: 200 }, 'turned-down'],
    [{ ...request, peerStatus: 500 }, 'turned-down'],
    [{ ...request, outcome: 'rejected' }, 'rejected'],
    [{ ...request, outcome: 'upstream-failed' }, 'undelivered'],
    [{ ...request, outcome: 'client-gone' }, 'refused'],
    [{ responseCode: 'I0', peerStatus: 200 }, 'succeeded'],
    [{ responseCode: 'E21', peerStatus: 200 }, 'failed'],
    [{ responseCode: 'I99', peerStatus: 200 }, 'delivered'],
    [{ peerStatus: 200 }, 'delivered'],
    [{ responseCode: 'I0', peerStatus: 503 }, 'undelivered'],
    [{ outcome: 'withheld', part: 'reply' }, 'withheld'],
    [{ outcome: 'deferred' }, 'deferred'],
    [{ kind: 'device-alert', codes: ['8F0A'], peerStatus: 204 }, 'delivered'],
    [{ kind: 'unreadable', outcome: 'refused' }, 'refused'],
  ]
  for (const [said, fate] of fates) t.equal(fateOf(line(said)), fate, JSON.stringify(said))
})

t.test('what is no whole record reads as none', async (t) => {
  const whole = JSON.stringify(line({}))
  t.ok(readLine(whole))
  const broken = [
    '',
    '{',
    'null',
    '[]',
    '7',
    '{}',
    whole.slice(0, -1),
    whole.replace('2026-10-05T', '2026-10-05 '),
  ]
  for (const text of broken) t.equal(readLine(text), undefined, text)
})

t.test('trouble stands until the Device is heard', async (t) => {
  t.same(
    ['E20', 'E21', 'E30', 'E5', 'I0'].map((responseCode) => troubleIn(line({ responseCode }))),
    ['no-wan', 'no-response', 'no-response', undefined, undefined],
  )
  const noWan = {
    kind: 'service-request',
    direction: 'southbound',
    codes: ['8.14.2'],
    verdict: 'forward',
  } as const
  t.equal(troubleIn(line(noWan)), 'no-wan')
  t.equal(troubleIn(line({ ...noWan, outcome: 'refused' })), undefined)
  t.ok(isSignOfLife(line({ kind: 'device-alert', outcome: 'withheld' })), 'also when it was withheld')
  t.ok(isSignOfLife(line({ hasData: true, responseCode: 'I0' })))
  t.notOk(isSignOfLife(line({ hasData: false, responseCode: 'I0' })))
  t.notOk(isSignOfLife(line({ direction: 'southbound', kind: 'service-request' })))
  const sighted = { trouble: 'no-wan', troubleAt: 100 } as const
  t.equal(standingTrouble({ ...sighted, heardAt: undefined }), 'no-wan')
  t.equal(standingTrouble({ ...sighted, heardAt: 99 }), 'no-wan')
  t.equal(standingTrouble({ ...sighted, heardAt: 100 }), undefined)
})

const row: Omit<TableRow, 'action' | 'class'> = {
  ...{ id: 'r', why: 'because', when: {}, otherwise: undefined, mode: 'enforce', onUnknown: 'block' },
  ...{ onStale: 'block', observe: [], srv: [], alert: [], dccAlert: [], dccAlertPayload: [] },
}
const fallback = { action: 'block', onUnknown: 'block', onStale: 'block' } as const
const RULES: ListedRules = {
  inFlight: 'deliver',
  defaults: { unknownReadingSrv: fallback, unclassifiedResponse: fallback },
  rows: [
    { ...row, action: 'block', class: 'consumption', srv: ['4.1.1'] },
    {
      ...row,
      action: 'block',
      class: 'network',
      srv: ['4.10'],
      when: { deviceType: ['GSME'] },
      otherwise: 'pass',
    },
    { ...row, action: 'block', class: 'behaviour', srv: ['7.7'], mode: 'shadow' },
    { ...row, action: 'as-inner', class: 'schedule', srv: ['5.1'] },
    { ...row, action: 'pass', class: 'firmware', srv: ['11.1'] },
  ],
}

t.test('the leak check reads the list by itself', async (t) => {
  const check = new LeakCheck(RULES)
  const judged = (said: Partial<JournalLine>, type?: 'ESME' | 'GSME') => {
    const finding = check.letThrough(line({ hasData: true, ...said }), [{ id: 'it', type, isEnforced: true }])
    return finding.kind === 'unjudged' ? finding.why : finding.kind
  }
  t.equal(judged({}), 'fault')
  t.equal(judged({ hasData: false }), 'clean', 'an answer without data')
  t.equal(judged({ hasData: undefined }), 'data-not-said')
  t.equal(judged({ hasData: false, kind: 'device-alert' }), 'fault', 'an alert has no such excuse')
  t.equal(judged({ inFlight: true }), 'clean', 'the list delivers what was under way')
  t.equal(judged({ inFlight: true, kind: 'device-alert' }), 'fault', 'but no alert')
  t.equal(judged({ codes: ['4.10'] }, 'ESME'), 'clean')
  t.equal(judged({ codes: ['4.10'] }, 'GSME'), 'fault')
  t.equal(judged({ codes: ['4.10'] }), 'fault', 'a condition that cannot be evaluated holds')
  const gas = { '4.10': ['GSME', 'GPF'] }
  t.equal(judged({ codes: ['4.10'], deviceTypes: gas }, 'ESME'), 'fault', 'the message code says gas')
  t.equal(judged({ codes: ['4.10'], deviceTypes: { '4.10': ['ESME'] } }), 'clean', 'and that settles it')
  t.equal(
    judged({ codes: ['4.10'], deviceTypes: { '4.10': ['ESME'] } }, 'GSME'),
    'fault',
    'the stricter counts',
  )
  t.equal(judged({ codes: ['7.7'] }), 'clean', 'on trial only')
  t.equal(judged({ codes: ['ReadSomething'] }), 'fault', 'a name that sounds like a read')
  t.equal(judged({ codes: ['6.33', 'ReadSomething'] }), 'clean', 'under an SRV of another service')
  t.equal(judged({ codes: ['6.33', '4.99', 'ReadSomething'] }), 'fault')
  t.equal(judged({ codes: ['4.99'] }), 'fault', 'an unknown read')
  t.equal(judged({ codes: ['9.99'] }), 'clean', 'another unknown code')
  t.equal(judged({ codes: [] }), 'fault', 'data under no code at all')
  t.equal(judged({ codes: ['5.1'], kind: 'service-request', direction: 'southbound' }), 'fault')
  t.equal(judged({ codes: ['5.1', '4.1.1'], kind: 'service-request' }), 'fault')
  t.equal(judged({ codes: ['5.1', '11.1'], kind: 'service-request' }), 'clean')
  t.equal(judged({ codes: ['5.1'] }), 'schedule-not-said')
  const free = check.letThrough(line({}), [{ id: 'it', type: 'ESME', isEnforced: false }])
  t.equal(free.kind, 'clean')
  const unconfirmed = { id: 'it', type: 'ESME', isEnforced: false, isUnconfirmed: true } as const
  t.match(check.letThrough(line({ hasData: true }), [unconfirmed]), {
    ...{ kind: 'unjudged', why: 'flag-never-confirmed' },
  })
  t.equal(check.letThrough(line({ codes: ['11.1'] }), [unconfirmed]).kind, 'clean', 'nothing could stop it')
  const both = [unconfirmed, { id: 'other', type: 'ESME', isEnforced: true } as const]
  t.equal(check.letThrough(line({ hasData: true }), both).kind, 'fault', 'the other one had to be stopped')
  const many = check.letThrough(line({ deviceCount: 17 }), [])
  t.match(many, { kind: 'unjudged', why: 'too-many-devices' })
  t.equal(check.stopped(line({ codes: ['11.1'] })).kind, 'fault')
  t.equal(check.stopped(line({ codes: ['11.1', '4.1.1'] })).kind, 'clean', 'one of its claims is blocked')
  t.equal(check.stopped(line({ codes: ['12.34'] })).kind, 'clean', 'an unknown code may be a scheduled read')
})

t.test('what nobody understands is judged by the default for it', async (t) => {
  const unreadablePayload = { ...fallback, action: 'pass', otherwise: 'block' } as const
  const passing: TableRow = { ...row, action: 'pass', class: 'command-outcome', srv: ['8.13'] }
  const rows = [...RULES.rows, passing]
  const check = new LeakCheck({ ...RULES, rows, defaults: { ...RULES.defaults, unreadablePayload } })
  const device = { id: 'it', type: 'ESME', isEnforced: true } as const
  const unread = { direction: 'southbound', kind: 'service-request', alarms: ['unreadable-payload'] } as const
  const kinds = (said: Partial<JournalLine>) => [
    check.letThrough(line({ ...unread, ...said }), [device]).kind,
    check.stopped(line({ ...unread, ...said })).kind,
  ]
  t.same(kinds({ codes: ['8.13'] }), ['fault', 'clean'], 'nothing else says what it is')
  t.same(kinds({ codes: ['8.13', '11.1'] }), ['clean', 'fault'], 'another claim says it')
  t.same(kinds({ codes: ['8.13'], alarms: [] }), ['clean', 'fault'], 'it was understood')
  t.ok(check.canBeStopped(line({ ...unread, codes: ['8.13'] })))
  const older = new LeakCheck({ ...RULES, rows })
  t.equal(older.letThrough(line({ ...unread, codes: ['8.13'] }), [device]).kind, 'clean', 'a list of before')
})

t.test(
  'what an 8.13 brings home is not judged where the journal does not say which way it goes',
  async (t) => {
    const when = { direction: 'southbound', paymentMode: ['prepayment'] } as const
    const modeChange: TableRow = {
      ...row,
      action: 'block',
      class: 'prepayment',
      srv: ['1.6'],
      when,
      otherwise: 'pass',
    }
    const outcomes: TableRow = { ...row, action: 'pass', class: 'command-outcome', srv: ['8.13'] }
    const check = new LeakCheck({ ...RULES, rows: [...RULES.rows, modeChange, outcomes] })
    const devices = [{ id: 'it', type: 'ESME', isEnforced: true }] as const
    const kinds = (said: Partial<JournalLine>) => {
      const whole = line({ kind: 'service-request', direction: 'southbound', ...said })
      return [check.letThrough(whole, devices), check.stopped(whole)].map((finding) =>
        finding.kind === 'unjudged' ? finding.why : finding.kind,
      )
    }
    const paymentMode = 'prepayment'
    const open = ['direction-not-said', 'direction-not-said']
    t.same(kinds({ codes: ['8.13', '1.6'], paymentMode }), open, 'a command, or its outcome')
    t.same(kinds({ codes: ['1.6', '8.13'], paymentMode: 'unreadable' }), open)
    t.same(kinds({ codes: ['8.13', '1.6'], paymentMode: 'credit' }), ['clean', 'direction-not-said'])
    t.same(kinds({ codes: ['8.13', '1.6', '4.1.1'], paymentMode }), ['fault', 'clean'], 'data are data')
    t.same(kinds({ codes: ['1.6'], paymentMode }), ['fault', 'clean'])
    const home = {
      codes: ['1.6', '8.13'],
      kind: 'service-response',
      direction: 'northbound',
      hasData: true,
    } as const
    t.same(kinds(home), ['clean', 'fault'], 'north is north')
    t.equal(check.canBeStopped(line({ codes: ['8.13', '1.6'], direction: 'southbound' })), true)
    t.equal(check.stopped(line({ codes: ['7.7'] })).kind, 'fault', 'a row on trial stops nothing')
  },
)

const KEYS = { meter: 1n as DeviceKey, hub: 2n as DeviceKey, other: 3n as DeviceKey }
const NO_DEVICE = { device: undefined, openedBy: undefined }

t.test(
  'what went on was let through, also where the next system did not take it; what its sender cut off was not',
  async (t) => {
    for (const [outcome, isLetThrough] of [
      ['forwarded', true],
      ['upstream-failed', true],
      ['client-gone', false],
    ] as const)
      t.equal(wasLetThrough({ verdict: 'forward', outcome }), isLetThrough, outcome)
    t.equal(wasLetThrough({ verdict: 'reject', outcome: 'upstream-failed' }), false)
  },
)

t.test('an incident concerns what was Restricted in its region meanwhile', async (t) => {
  const incident = {
    reference: 'INC-204711',
    from: at(10),
    until: at(20),
    regions: ['North'],
    srvs: [],
    ...NO_DEVICE,
  }
  const bounded = (from: number, until: number) => ({ from: at(from), until: at(until) })
  const stay = (region: string, spans: readonly BoundedSpan[]) => ({
    ...{ device: KEYS.meter, hub: KEYS.hub, region, spans },
  })
  t.equal(concerns(incident, stay('North', [bounded(0, 11)])), true)
  t.equal(concerns(incident, stay('North', [bounded(0, 10), bounded(20, 30)])), false)
  t.equal(concerns(incident, stay('South', [bounded(0, 30)])), false)
  t.equal(concerns({ ...incident, regions: [] }, stay('South', [bounded(0, 30)])), true)
  t.equal(concerns({ ...incident, until: undefined }, stay('North', [bounded(25, 30)])), true)
  t.equal(concerns(incident, stay('North', [])), false)
  t.equal(concerns({ ...incident, device: KEYS.meter }, stay('North', [bounded(0, 30)])), true)
  t.equal(concerns({ ...incident, device: KEYS.hub }, stay('North', [bounded(0, 30)])), true, 'or its hub')
  t.equal(concerns({ ...incident, device: KEYS.other }, stay('North', [bounded(0, 30)])), false)
  t.same(incidentProblems(incident), [])
  for (const reason of ['', ' ', 'x'.repeat(201), 'supply\0is off'])
    t.ok(reasonProblem(reason), JSON.stringify(reason))
  t.equal(reasonProblem('x'.repeat(200)), undefined)
  const wrong = { reference: 'a b', from: at(10), until: at(10), regions: [' '], srvs: ['4.8.1.2.3'] }
  t.equal(incidentProblems(wrong).length, 4)
})

t.test('a log that went on is judged by the log, where the journal says which', async (t) => {
  const eventLogs: TableRow = {
    ...row,
    action: 'block',
    class: 'behaviour',
    srv: ['6.13'],
    when: { logToRead: ['Event', 'ALCSEvent'], deviceType: ['ESME'] },
    otherwise: 'pass',
  }
  const check = new LeakCheck({ ...RULES, rows: [...RULES.rows, eventLogs] })
  const kind = (logsToRead: JournalLine['logsToRead'], type: 'ESME' | 'CHF' = 'ESME') => {
    const finding = check.letThrough(line({ codes: ['6.13'], hasData: true, logsToRead }), [
      { id: 'it', type, isEnforced: true },
    ])
    return finding.kind === 'unjudged' ? finding.why : finding.kind
  }
  t.equal(kind(['Event']), 'fault')
  t.equal(kind(['Security', 'ALCSEvent']), 'fault')
  t.equal(kind(['unreadable']), 'fault')
  t.equal(kind([]), 'fault', 'nothing said which, so it had to be stopped')
  t.equal(kind(['Security']), 'clean')
  t.equal(kind(['Event'], 'CHF'), 'clean')
  t.equal(kind(undefined), 'log-not-said', 'a line of before logs were written')
})
