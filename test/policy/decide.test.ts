/**
 * Deciding, ruling by ruling.
 */
import t from 'tap'
import type { MessageFacts } from '../../src/core/duis/facts.ts'
import { ANSWER_WITHOUT_DATA, isPermit, needsFlags } from '../../src/core/policy/decide.ts'
import { survey } from '../../src/core/policy/survey.ts'
import { changed, decided, literal, recommended } from './deciding.ts'
import {
  alert,
  clear,
  dcc,
  dccAlert,
  deviceAlert,
  ESME,
  element,
  GPF,
  request,
  response,
  restricted,
  SUPPLIER,
  srv,
  unknown,
} from './messages.ts'

t.test('rejects a half-hourly read of a Restricted Device and says why', async (t) => {
  const verdict = decided(request([srv('4.8.1')]), [restricted()])
  t.match(verdict, {
    kind: 'reject',
    rule: 'read-profiles',
    tableRevision: recommended.revision,
    flag: 'restricted',
    device: ESME,
    flagVersion: 7,
    flagAgeMs: 5,
  })
  t.match(
    verdict.reason,
    /^SRV 4\.8\.1 is stopped while Device 00-DB-12-34-56-78-90-A0 is Restricted\. Half-hourly/,
  )
})

t.test('forwards the same read of a Device nobody has restricted, with the flag it saw', async (t) => {
  const verdict = decided(request([srv('4.8.1')]), [clear()])
  t.match(verdict, {
    kind: 'forward',
    rule: 'read-profiles',
    flag: 'clear',
    flagVersion: 3,
    flagAgeMs: 5,
    alarms: [],
  })
  t.equal(verdict.device, undefined, 'no Device caused the outcome')
})

t.test('gives a Permit with each forward that nothing else can make', async (t) => {
  const one = decided(request([srv('11.1')]), [])
  const other = decided(request([srv('11.1')]), [])
  if (one.kind !== 'forward' || other.kind !== 'forward') throw new Error('firmware must pass')
  t.ok(isPermit(one.permit))
  t.not(one.permit, other.permit)
  for (const forged of [
    {},
    { decided: true },
    Object.create(Object.getPrototypeOf(one.permit)),
    null,
    'permit',
  ])
    t.notOk(isPermit(forged))
})

t.test('never looks at the flag for what never blocks', async (t) => {
  for (const facts of [
    request([srv('11.1')]),
    request([srv('7.1')]),
    deviceAlert([alert('8F3F')]),
    dccAlert([dcc('N24')]),
  ]) {
    t.equal(needsFlags(recommended, facts), false)
    t.match(decided(facts, []), { kind: 'forward', flag: 'not-needed' })
    t.equal(decided(facts, [restricted()]).kind, 'forward')
    t.equal(decided(facts, [unknown]).kind, 'forward')
  }
})

t.test('asks for flags where a row may block, and not for a message without Devices', async (t) => {
  t.equal(needsFlags(recommended, request([srv('4.1.1')])), true)
  t.equal(needsFlags(recommended, request([srv('11.1'), srv('4.1.1', 'gbcs')])), true)
  t.equal(needsFlags(recommended, request([srv('4.10')])), true)
  t.equal(needsFlags(recommended, request([srv('4.1.1')], { devices: [] })), false)
  t.equal(needsFlags(recommended, response([srv('4.1.1')], { hasData: false })), false)
})

t.test('withholds a northbound read and tells whether somebody waits for the answer', async (t) => {
  const read = [srv('4.1.1')]
  t.match(decided(response(read), [restricted()]), { kind: 'withhold', answersRequest: true })
  t.match(decided(response(read, { isScheduled: true }), [restricted()]), {
    kind: 'withhold',
    answersRequest: false,
  })
  t.match(decided(response(read, { requestId: undefined }), [restricted()]), {
    kind: 'withhold',
    answersRequest: false,
  })
  t.match(decided(deviceAlert([alert('8F0A')]), [restricted()]), { kind: 'withhold', answersRequest: false })
})

t.test('counts the strictest claim, wherever it was read', async (t) => {
  for (const claims of [
    [srv('11.1'), srv('4.8.1', 'body')],
    [srv('8.13'), srv('4.8.1', 'gbcs')],
    [srv('5.1'), srv('4.10', 'inner-header'), srv('4.8.1', 'inner-body')],
  ])
    t.match(decided(request(claims), [restricted({ type: 'ESME' })]), {
      kind: 'reject',
      rule: 'read-profiles',
    })
})

t.test('stops a message when any Device it concerns is Restricted', async (t) => {
  const facts = request([srv('4.1.1')], { devices: [ESME, GPF] })
  t.match(decided(facts, [clear(), restricted()]), { kind: 'reject', device: GPF })
  t.match(decided(facts, [unknown, restricted()]), { kind: 'reject', device: GPF, flag: 'restricted' })
  t.match(decided(facts, [clear(), unknown]), { kind: 'defer', device: GPF, flag: 'unknown' })
  t.equal(
    decided(facts, [clear(), clear({ ageMs: 900 })]).flagAgeMs,
    900,
    'the oldest reading is the one named',
  )
  t.match(
    decided(facts, [clear()]),
    { kind: 'defer', flag: 'unknown' },
    'a reading that is not there is not known',
  )
})

t.test('does as the row says when the flag is unknown', async (t) => {
  const facts = request([srv('4.8.1')])
  t.match(decided(facts, [unknown]), { kind: 'defer', rule: 'read-profiles', flag: 'unknown', device: ESME })
  t.match(decided(facts, [unknown], changed('read-profiles', { onUnknown: 'block' })), {
    kind: 'reject',
    flag: 'unknown',
  })
  t.match(decided(facts, [unknown], changed('read-profiles', { onUnknown: 'forward' })), {
    kind: 'forward',
    flag: 'unknown',
  })
})

t.test('does as the row says when the flag is stale', async (t) => {
  const facts = request([srv('4.8.1')])
  const old = { ageMs: 60_000, isStale: true }
  t.match(decided(facts, [clear(old)]), { kind: 'defer', flag: 'stale', flagAgeMs: 60_000 })
  t.match(decided(facts, [restricted(old)]), { kind: 'defer', flag: 'stale' })
  const asKnown = changed('read-profiles', { onStale: 'as-known' })
  t.match(decided(facts, [clear(old)], asKnown), { kind: 'forward', flag: 'stale' })
  t.match(decided(facts, [restricted(old)], asKnown), { kind: 'reject', flag: 'stale' })
  t.equal(decided(facts, [clear(old)], changed('read-profiles', { onStale: 'block' })).kind, 'reject')
  t.equal(decided(facts, [restricted(old)], changed('read-profiles', { onStale: 'forward' })).kind, 'forward')
})

t.test('5.1 counts as what it schedules', async (t) => {
  const scheduling = (inner: string) => request([srv('5.1'), srv(inner, 'inner-header')])
  t.match(decided(scheduling('4.6.1'), [restricted()]), {
    kind: 'reject',
    rule: 'read-daily-logs',
    alarms: [],
  })
  t.equal(decided(scheduling('4.10'), [restricted({ type: 'ESME' })]).kind, 'forward')
  t.equal(decided(scheduling('14.1'), [restricted()]).kind, 'reject')
  t.match(decided(scheduling('6.99'), [restricted()]), { kind: 'reject', rule: 'defaults.unknownReadingSrv' })
  t.match(decided(request([srv('5.1')]), [restricted()]), { kind: 'reject', rule: 'create-schedule' })
  t.equal(decided(request([srv('5.1')]), [clear()]).kind, 'forward')
})

t.test('the answer to 5.1 passes, but not data that say no more than 5.1', async (t) => {
  const isScheduleNumber = true
  t.equal(decided(response([srv('5.1')], { devices: [], isScheduleNumber }), []).kind, 'forward')
  t.equal(decided(response([srv('5.1')], { isScheduleNumber }), [restricted()]).kind, 'forward')
  t.equal(decided(response([srv('5.1')]), [restricted()]).kind, 'withhold')
  t.equal(decided(response([srv('5.1')], { isScheduled: true }), [restricted()]).kind, 'withhold')
  const gbcs = { messageCode: '0074', cra: 'response', device: ESME, party: SUPPLIER } as const
  t.equal(decided(response([srv('5.1')], { gbcs }), [restricted()]).kind, 'withhold')
  t.equal(
    decided(response([srv('5.1'), srv('6.11', 'gbcs')], { isScheduled: true }), [restricted()]).kind,
    'forward',
  )
})

t.test('an answer without data passes, whatever it answers', async (t) => {
  const facts = response([srv('4.8.1')], { hasData: false, responseCode: 'I99' })
  t.match(decided(facts, [restricted()]), { kind: 'forward', rule: ANSWER_WITHOUT_DATA, flag: 'not-needed' })
  t.equal(decided(response([], { hasData: false }), []).kind, 'forward')
})

t.test('an answer without data is an event only when it says that it was done', async (t) => {
  const answer = (responseCode: string) => response([srv('8.3')], { hasData: false, responseCode })
  t.same(decided(answer('I0'), []).events, ['decommissioned'])
  t.same(decided(answer('I99'), []).events, [])
  t.same(decided(answer('E19'), []).events, [])
})

t.test('a billing alert is known by its code or by its GBCS message code', async (t) => {
  t.equal(decided(deviceAlert([alert('8F0A')]), [restricted()]).kind, 'withhold')
  t.match(decided(deviceAlert([alert('8F3F'), alert('8F0A', 'gbcs')]), [restricted()]), {
    kind: 'withhold',
    rule: 'billing-alert',
    alarms: ['kinds-disagree'],
  })
})

t.test('DCC Alerts pass, and Device Alerts wrapped in them count as themselves', async (t) => {
  t.equal(decided(dccAlert([dcc('N54'), alert('8F20')]), [restricted()]).kind, 'forward')
  t.match(decided(dccAlert([dcc('N54'), alert('8F0A')]), [restricted()]), {
    kind: 'withhold',
    rule: 'billing-alert',
  })
})

t.test('an alert with no code, or an unknown one, passes with an alarm', async (t) => {
  t.match(decided(deviceAlert([]), [restricted()]), { kind: 'forward', alarms: ['alert-without-code'] })
  t.match(decided(deviceAlert([alert('7FFF')]), [unknown]), { kind: 'forward', alarms: ['unknown-alert'] })
  t.match(decided(dccAlert([dcc('N998')]), [restricted()]), { kind: 'forward', alarms: ['unknown-alert'] })
})

t.test('an alert with no code still counts as the SRV it names', async (t) => {
  t.match(decided(deviceAlert([srv('4.8.1', 'smets1')]), [restricted()]), {
    kind: 'withhold',
    alarms: ['alert-without-code'],
  })
})

t.test(
  'an unknown SRV of the Reading Service is stopped, any other passes, each with an alarm',
  async (t) => {
    const alarms = ['unknown-srv']
    t.match(decided(request([srv('4.99')]), [restricted()]), {
      kind: 'reject',
      rule: 'defaults.unknownReadingSrv',
      alarms,
    })
    t.match(decided(request([srv('4.99')]), [clear()]), { kind: 'forward', alarms })
    t.match(decided(request([srv('9.99')]), [restricted()]), {
      kind: 'forward',
      rule: 'defaults.unknownSrv',
      alarms,
    })
  },
)

t.test('an unknown body element is a read by its name or by the service of its message', async (t) => {
  const kindOf = (name: string, given: Partial<MessageFacts> = {}) =>
    decided(request([element(name)], given), [restricted()]).kind
  t.equal(kindOf('ReadSomethingNew'), 'reject')
  t.equal(kindOf('DSPRetrieveSomethingNew'), 'reject')
  t.equal(kindOf('FetchSomethingNew', { serviceReference: '4.19' }), 'reject')
  t.equal(kindOf('UpdateSomethingNew', { serviceReference: '6.99' }), 'forward')
  t.equal(decided(request([srv('5.1'), element('DSPNew', 'inner-body')]), [restricted()]).kind, 'reject')
})

t.test('a Response with data that says not what they are is stopped', async (t) => {
  const facts = response([])
  t.match(decided(facts, [restricted()]), {
    kind: 'withhold',
    rule: 'defaults.unclassifiedResponse',
    alarms: ['unclassified-response'],
  })
  t.equal(decided(facts, [clear()]).kind, 'forward')
  t.match(decided(response([], { devices: [] }), []), {
    kind: 'withhold',
    alarms: ['unclassified-response', 'blocked-kind-without-device'],
  })
})

t.test(
  'a blocked kind that names no Device is stopped with an alarm; a never-block kind passes',
  async (t) => {
    const alarms = ['blocked-kind-without-device']
    t.match(decided(request([srv('4.8.1')], { devices: [] }), []), {
      kind: 'reject',
      flag: 'not-needed',
      alarms,
    })
    t.match(decided(request([srv('4.10')], { devices: [] }), []), { kind: 'reject', alarms })
    t.match(decided(request([srv('11.1')], { devices: [] }), []), { kind: 'forward', alarms: [] })
    t.match(decided(request([srv('1.6')], { devices: [], paymentMode: 'credit' }), []), {
      kind: 'forward',
      alarms: [],
    })
  },
)

t.test('a shadow row reports what it would have done and changes nothing', async (t) => {
  const table = changed('read-profiles', { mode: 'shadow' })
  const facts = request([srv('4.8.1')])
  const shadow = { rule: 'read-profiles', kind: 'reject' }
  t.equal(needsFlags(table, facts), true)
  t.match(decided(facts, [restricted()], table), { kind: 'forward', flag: 'not-needed', alarms: [], shadow })
  t.equal(decided(facts, [clear()], table).shadow, undefined)
  t.match(decided(facts, [unknown], table), {
    kind: 'forward',
    shadow: { rule: 'read-profiles', kind: 'defer' },
  })
  const alsoEnforced = request([srv('4.8.1'), srv('4.1.1', 'body')])
  t.match(decided(alsoEnforced, [restricted()], table), { kind: 'reject', rule: 'read-registers' })
  t.equal(decided(alsoEnforced, [restricted()], table).shadow, undefined, 'nothing differs')
})

t.test('rows observe events in passing traffic', async (t) => {
  t.same(decided(request([srv('3.2')]), []).events, ['change-of-tenancy'])
  t.same(decided(request([srv('6.23')]), []).events, ['change-of-supplier'])
  t.same(decided(request([srv('8.12.1')]), []).events, ['hub-change'])
  t.same(decided(request([srv('2.2'), srv('2.5', 'gbcs')]), []).events, ['prepayment-activity'])
  t.same(decided(deviceAlert([alert('810E')]), []).events, ['prepayment-activity'])
})

t.test('kinds that disagree raise an alarm and are left to the DSP otherwise', async (t) => {
  const alarmsOf = (claims: Parameters<typeof request>[0], messageCode?: string) => {
    const gbcs = messageCode
      ? ({ messageCode, cra: 'command', device: ESME, party: SUPPLIER } as const)
      : undefined
    return decided(request(claims, { gbcs }), [clear()]).alarms
  }
  t.same(alarmsOf([srv('6.13'), srv('7.4', 'body')]), ['kinds-disagree'])
  t.same(alarmsOf([srv('7.2'), srv('7.1', 'gbcs')], '004F'), ['kinds-disagree'])
  t.same(alarmsOf([srv('5.1'), srv('4.10', 'inner-header'), srv('4.8.1', 'inner-body')]), ['kinds-disagree'])
  t.same(
    alarmsOf([srv('7.5'), srv('7.6', 'gbcs'), srv('7.8', 'gbcs')], '0055'),
    [],
    'one of the three that 0055 may be',
  )
  t.same(alarmsOf([srv('7.1'), srv('7.5', 'gbcs'), srv('7.6', 'gbcs')], '0055'), ['kinds-disagree'])
  t.same(alarmsOf([srv('8.13'), srv('7.4', 'gbcs')], '0052'), [], '8.13 carries something else by design')
  t.same(alarmsOf([srv('5.1'), srv('4.10', 'inner-header')]), [], 'and so does 5.1')
  t.same(alarmsOf([srv('5.1'), srv('7.4', 'gbcs')], '0052'), [], 'whatever its payload is')
  t.same(alarmsOf([srv('7.1'), srv('7.4', 'gbcs')], '0052'), ['kinds-disagree'], 'nothing else does')
  t.same(alarmsOf([srv('7.1')], 'FFFF'), [], 'an unknown message code says nothing')
})

t.test('the literal profile also stops the messages of a power outage', async (t) => {
  for (const code of ['8F35', '8F36', '8F37', '8F38', '8F39', '8F3A', '8F3B', '8F3C']) {
    t.equal(decided(deviceAlert([alert(code)]), [restricted()], recommended).kind, 'forward')
    t.match(decided(deviceAlert([alert(code)]), [restricted()], literal), {
      kind: 'withhold',
      rule: 'supply-restored-alerts',
    })
  }
  t.equal(decided(dccAlert([dcc('AD1')]), [restricted()], recommended).kind, 'forward')
  t.equal(decided(dccAlert([dcc('AD1')]), [restricted()], literal).kind, 'withhold')
})

t.test('claims that stop for the same reason are weighed once, named by the first', async (t) => {
  const claims = Array.from({ length: 500 }, (_, index) => srv(`4.${100 + index}`))
  const facts = request([srv('4.8.1'), srv('4.8.3'), ...claims])
  t.same(
    survey(recommended, facts).stops.map(({ claimed }) => claimed),
    ['SRV 4.8.1', 'SRV 4.100'],
  )
  t.match(decided(facts, [restricted()]), { kind: 'reject', reason: /^SRV 4\.8\.1 is stopped/ })
})
