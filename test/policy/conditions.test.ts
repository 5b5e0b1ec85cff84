// Rows that stop on a condition, and messages that do not plainly say what they are; which use cases of a message speak for a claim.
import t from 'tap'
import type { Claim } from '../../src/core/duis/facts.ts'
import { type MessageFacts, NOT_UNDERSTOOD } from '../../src/core/duis/facts.ts'
import { stopsType, useCasesOf } from '../../src/core/policy/conditions.ts'
import { decide, needsFlags } from '../../src/core/policy/decide.ts'
import { decided, literal, recommended } from './deciding.ts'
import {
  alert,
  catalogue,
  clear,
  deviceAlert,
  ESME,
  GPF,
  NOON,
  request,
  response,
  restricted,
  SUPPLIER,
  srv,
  unknown,
} from './messages.ts'

const alerts = catalogue.data.gbcsMessages.filter(
  ({ kinds, deviceTypes }) => kinds.includes('alert') && deviceTypes,
)
const answers = catalogue.data.gbcsMessages.filter(
  ({ srvs, deviceTypes }) => srvs.includes('4.1.1') && deviceTypes,
)
const CLAIMS: readonly (readonly [claim: Claim | undefined, useCases: typeof alerts])[] = [
  [{ type: 'srv', srv: '4.1.1', source: 'header' }, answers],
  [{ type: 'srv', srv: '4.1.2', source: 'header' }, []],
  [{ type: 'alert', code: '8F0A', source: 'alert' }, alerts],
  [{ type: 'dcc-alert', code: 'N24', source: 'alert' }, []],
  [{ type: 'element', name: 'ReadSomething', source: 'body' }, []],
  [undefined, []],
]

t.test('each claim has use cases of its own', async (t) => {
  t.ok(alerts.length > 0 && answers.length > 0)
  for (const [claim, useCases] of CLAIMS)
    t.same(useCasesOf(claim, [...alerts, ...answers]), useCases, JSON.stringify(claim))
})

t.test('a row that passes one type of Device passes a message whose use cases are all for it', async (t) => {
  const [row] = recommended.rows
  const [useCase] = answers
  if (!row || !useCase) throw new Error('nothing to ask about')
  const rule = { ...row, action: 'pass', otherwise: 'block', when: { deviceType: ['GSME'] } } as const
  const stops = (...deviceTypes: readonly ('GSME' | 'ESME')[]) =>
    stopsType({ rule, truth: 'met', useCases: [{ ...useCase, deviceTypes }] }, undefined)
  t.equal(stops('GSME'), false)
  t.equal(stops('GSME', 'ESME'), true, 'for another type as well')
  t.equal(stops('ESME'), true)
})

t.test('4.10 is gas consumption or electricity network data, by the type of each Device', async (t) => {
  const facts = request([srv('4.10')])
  t.match(decided(facts, [restricted({ type: 'ESME' })]), { kind: 'forward', flag: 'not-needed' })
  t.equal(decided(facts, [restricted({ type: 'GSME' })]).kind, 'reject')
  t.equal(decided(facts, [restricted({ type: 'GPF' })]).kind, 'reject')
  t.equal(decided(facts, [restricted()]).kind, 'reject', 'a type that is not known counts as gas')
  t.equal(decided(facts, [unknown]).kind, 'defer')
  const both = request([srv('4.10')], { devices: [ESME, GPF] })
  t.equal(decided(both, [restricted({ type: 'ESME' }), clear({ type: 'GPF' })]).kind, 'forward')
  t.match(decided(both, [clear({ type: 'ESME' }), restricted({ type: 'GPF' })]), {
    kind: 'reject',
    device: GPF,
  })
})

t.test('1.6 is stopped only on its way to prepayment', async (t) => {
  const events = ['payment-mode-change']
  const to = (paymentMode: MessageFacts['paymentMode']) => request([srv('1.6')], { paymentMode })
  t.match(decided(to('prepayment'), [restricted()]), { kind: 'reject', events })
  t.match(decided(to('unreadable'), [restricted()]), { kind: 'reject', events })
  t.match(decided(to(undefined), [restricted()]), { kind: 'reject', events })
  t.match(decided(to('credit'), [restricted()]), { kind: 'forward', flag: 'not-needed', events })
  t.equal(needsFlags(recommended, to('credit')), false)
  t.match(
    decided(response([srv('1.6')]), [restricted()]),
    { kind: 'forward', events },
    'the outcome of a mode change passes',
  )
})

t.test('6.13 goes by the log, and by the stricter side where that is not plain', async (t) => {
  const of = (...logsToRead: MessageFacts['logsToRead']) => request([srv('6.13')], { logsToRead })
  const stopped: MessageFacts['logsToRead'][] = [
    ['Event'],
    ['GSMEEvent'],
    ['ALCSEvent'],
    ['Event', 'GSMEEvent'],
    [],
    ['unreadable'],
    ['Security', 'unreadable'],
    ['Security', 'ALCSEvent'],
  ]
  for (const logs of stopped)
    t.match(decided(of(...logs), [restricted()]), { kind: 'reject', rule: 'read-event-logs' }, logs.join())
  for (const logs of [
    ['Security'],
    ['GSMESecurity'],
    ['PowerEvent'],
    ['Security', 'GSMESecurity'],
  ] as const) {
    t.match(decided(of(...logs), [restricted()]), { kind: 'forward', flag: 'not-needed' }, logs.join())
    t.equal(needsFlags(recommended, of(...logs)), false, 'it flows while the store is down')
  }
  t.equal(decided(of('Event'), [restricted({ type: 'CHF' })]).kind, 'forward', 'a hub logs no household')
  for (const type of ['ESME', 'GSME', 'GPF', 'PPMID', 'HCALCS', 'SAPC'] as const)
    t.equal(decided(of('Event'), [restricted({ type })]).kind, 'reject', type)
  t.equal(decided(of('Event'), [restricted()]).kind, 'reject', 'type not known')
})

t.test('the outcome of a mode change passes also when its User brings it home in an 8.13', async (t) => {
  const gbcs = { messageCode: '001B', cra: 'response', device: ESME, party: SUPPLIER } as const
  const brought = (claims: MessageFacts['claims'], given: Partial<MessageFacts> = {}) =>
    decided(request(claims, { paymentMode: 'prepayment', gbcs, ...given }), [restricted()])
  const outcome = [srv('8.13'), srv('1.6', 'gbcs')]
  t.match(brought(outcome), { kind: 'forward', flag: 'not-needed', events: ['payment-mode-change'] })
  t.match(
    brought(outcome, { gbcs: { ...gbcs, cra: 'command' } }),
    { kind: 'reject' },
    'a command is no outcome',
  )
  t.match(brought(outcome, { gbcs: undefined }), { kind: 'reject' })
  t.match(
    brought([srv('1.6'), srv('8.13', 'body')]),
    { kind: 'reject' },
    'a header that says 1.6 asks for it',
  )
  t.match(brought([srv('6.4.1'), srv('1.6', 'gbcs')]), { kind: 'reject' }, 'only an 8.13 brings outcomes')
  t.match(brought([srv('8.13'), srv('4.8.1', 'gbcs')]), { kind: 'reject' }, 'data are data')
})

t.test('an element of a later version in the Header raises an alarm and changes no verdict', async (t) => {
  const given = { hasUnknownField: true }
  const alarms = ['unknown-header-element']
  t.match(decided(request([srv('4.8.1')], given), [restricted()]), { kind: 'reject', alarms })
  t.match(decided(request([srv('11.1')], given), []), { kind: 'forward', flag: 'not-needed', alarms })
  t.match(decided(deviceAlert([alert('8F3F')], given), []), { kind: 'forward', alarms })
  t.match(decided(response([srv('4.8.1')], { ...given, hasData: false }), []), { kind: 'forward', alarms })
})

t.test(
  'each thing that nobody understands raises the alarm of its name, and what is claimed decides',
  async (t) => {
    for (const what of NOT_UNDERSTOOD) {
      const given = { notUnderstood: [what] }
      t.match(decided(request([srv('4.8.1')], given), [restricted()]), { kind: 'reject', alarms: [what] })
      t.match(decided(response([srv('11.2')], given), [restricted()]), { kind: 'forward', alarms: [what] })
      t.match(decided(deviceAlert([alert('8F3F')], given), [restricted()]), {
        kind: 'forward',
        alarms: [what],
      })
    }
  },
)

t.test(
  'a message code of one fuel settles the Device type, and the stricter counts where the inventory contradicts',
  async (t) => {
    const useCase = (code: string) => [catalogue.gbcs.get(code)].filter((entry) => entry !== undefined)
    const on = (codes: string[], reading: ReturnType<typeof clear>, table = recommended) =>
      decide(table, response([srv('4.10')], { useCases: codes.flatMap(useCase) }), [reading], NOON).kind
    const [gas, electricity, threePhase, profile] = ['0079', '0039', '00BC', '0037'] as const
    for (const type of ['ESME', 'GSME', 'GPF', 'CHF', undefined] as const) {
      const isGas = type === 'GSME' || type === 'GPF'
      t.equal(on([gas], restricted({ type })), 'withhold', `gas log of a ${type}`)
      for (const code of [electricity, threePhase])
        t.equal(on([code], restricted({ type })), isGas ? 'withhold' : 'forward', `${code} of a ${type}`)
      t.equal(on([electricity, gas], restricted({ type })), 'withhold', `both, of a ${type}`)
      t.equal(
        on([profile], restricted({ type })),
        isGas || type === undefined ? 'withhold' : 'forward',
        `a code of another SRV settles nothing for a ${type}`,
      )
      t.equal(on([gas], clear({ type })), 'forward')
    }
    t.equal(on([gas], unknown), 'defer')
    t.equal(on([electricity], unknown), 'forward')
    t.equal(on([], unknown), 'defer')
  },
)

t.test('what nobody understands is stopped where nothing else says what it is', async (t) => {
  const rule = 'defaults.unreadablePayload'
  const flags = [restricted()]
  for (const table of [recommended, literal])
    for (const what of NOT_UNDERSTOOD) {
      const given = { notUnderstood: [what] }
      const on = (facts: MessageFacts) => decide(table, facts, flags, NOON)
      t.match(on(request([srv('8.13')], given)), { kind: 'reject', rule, alarms: [what] })
      t.match(on(request([srv('8.13'), srv('2.2', 'gbcs')], given)), { kind: 'forward', alarms: [what] })
      t.match(on(deviceAlert([], given)), { kind: 'withhold', rule, alarms: ['alert-without-code', what] })
      t.match(on(deviceAlert([alert('7FFF')], given)), { kind: 'forward', alarms: ['unknown-alert', what] })
      t.match(on(request([srv('9.99')], given)), { kind: 'forward', alarms: ['unknown-srv', what] })
      t.match(on(response([srv('5.1')], given)), { kind: 'withhold' })
    }
  const bare = request([srv('8.13')], { notUnderstood: ['unreadable-payload'] })
  t.match(decided(bare, [clear()]), { kind: 'forward', rule })
  t.match(decided(bare, [unknown]), { kind: 'defer', rule })
  t.match(decided({ ...bare, devices: [] }, []), { kind: 'reject', rule })
})

t.test(
  'a Device that stands only where a party may stand is looked at, and does not stand for one',
  async (t) => {
    const unnamed = { namesDevice: false }
    const on = (flag: ReturnType<typeof clear>) => decided(request([srv('4.8.1')], unnamed), [flag])
    t.match(on(restricted()), { kind: 'reject', device: ESME })
    t.match(on(clear()), { kind: 'reject', alarms: ['blocked-kind-without-device'] })
    t.match(decided(request([srv('11.2')], unnamed), []), { kind: 'forward' })
    const beside = request([srv('4.8.1')], { devices: [GPF, ESME] })
    t.match(decided(beside, [clear(), clear()]), { kind: 'forward' })
    t.match(decided(beside, [clear(), restricted()]), { kind: 'reject', device: ESME })
  },
)
