/**
 * Learned markup: a message whose markup is known has just the facts that the strict reader finds in it, and anything else is
 * read strictly. What it learns is bounded.
 */
import t, { type Test } from 'tap'
import type { Direction, MessageFacts } from '../../src/core/duis/facts.ts'
import { readingPlan } from '../../src/core/duis/reader.ts'
import { Comparer } from '../../src/core/markup/comparer.ts'
import { learn } from '../../src/core/markup/learn.ts'
import { LearnedMarkup } from '../../src/core/markup/learned-markup.ts'
import {
  CHF,
  DCC,
  dccRequest,
  deviceAlert,
  deviceResponse,
  ESME,
  GPF,
  OTHER_ESME,
  request,
  responseMessage,
  smets1Message,
  USER,
} from '../fixtures/message.ts'
import { catalogue, describe, deviceKey, plans, readWhole } from '../support/plans.ts'
import { withoutComments } from './altered-documents.ts'
import { ATTACKS, payload, READ, TAMPER, TOP_UP } from './skeleton-attacks.ts'

const EAGER = { messagesALearning: 0 }

/** A message as its signer sends it: without the comment that fixtures have in their signatures. */
function plain(xml: string): Buffer {
  return withoutComments(Buffer.from(xml))
}

/** What has learned these messages. */
function taught(direction: Direction, ...messages: readonly string[]): LearnedMarkup {
  const markup = new LearnedMarkup(plans[direction], EAGER)
  for (const xml of messages)
    for (let times = 0; times < 2; times++) {
      const bytes = plain(xml)
      if (!markup.match(bytes) && readWhole(direction, bytes).ok) markup.consider(bytes)
    }
  return markup
}

function isKnownAs(t: Test, markup: LearnedMarkup, direction: Direction, xml: string): MessageFacts {
  const bytes = plain(xml)
  const facts = markup.match(bytes)
  if (!facts) throw new Error(`not known: ${xml}`)
  t.equal(describe({ ok: true, facts }), describe(readWhole(direction, bytes)))
  return facts
}

t.test('a Request of the same markup is known, whatever its IDs and counter', async (t) => {
  const markup = taught('southbound', request({ srv: '4.1.1', body: READ }))
  const facts = isKnownAs(
    t,
    markup,
    'southbound',
    request({ srv: '4.1.1', body: READ, target: OTHER_ESME, counter: '18446744073709551615' }),
  )
  t.same(facts.devices, [deviceKey(OTHER_ESME)])
  isKnownAs(t, markup, 'southbound', request({ srv: '4.1.1', body: READ, target: ESME.toLowerCase() }))
  isKnownAs(t, markup, 'southbound', request({ srv: '4.1.1', body: READ, target: DCC }))
  isKnownAs(
    t,
    markup,
    'southbound',
    request({ srv: '4.1.1', body: READ, requestId: `<sr:RequestID>\n${USER}:${GPF}:0\t</sr:RequestID>` }),
  )
})

t.test('an alert of the same markup is known, and both IDs of its payload count', async (t) => {
  const markup = taught('northbound', TAMPER)
  const facts = isKnownAs(t, markup, 'northbound', deviceAlert(ESME, '8F3F', payload('1000', GPF, CHF)))
  t.same(facts.devices, [ESME, GPF, CHF].map(deviceKey))
  t.equal(facts.gbcs?.device, deviceKey(GPF))
})

t.test('Devices of the body, times and swapped parts are those of the message', async (t) => {
  const schedule = (device: string) =>
    dccRequest({
      srv: '5.2',
      body: `<sr:ReadSchedule><sr:DeviceID>${device}</sr:DeviceID></sr:ReadSchedule>`,
    })
  const known = taught('southbound', schedule(ESME))
  t.same(isKnownAs(t, known, 'southbound', schedule(GPF)).devices, [deviceKey(GPF)])
  const timed = (time: string) =>
    request({
      srv: '7.2',
      body: `<sr:DisableSupply><sr:ExecutionDateTime>${time}</sr:ExecutionDateTime></sr:DisableSupply>`,
    })
  const later = isKnownAs(
    t,
    taught('southbound', timed('2026-01-01T00:00:00Z')),
    'southbound',
    timed(' 3000 '),
  )
  t.equal(later.executionDateTime, '3000')
})

t.test('a message is learned when its markup was seen before, not the first time', async (t) => {
  const markup = new LearnedMarkup(plans.southbound)
  const read = plain(request({ srv: '4.1.1', body: READ }))
  markup.consider(read)
  t.notOk(markup.match(read))
  markup.consider(read)
  t.ok(markup.match(read))
  markup.forget()
  t.notOk(markup.match(read))
  t.same(markup.size, { skeletons: 0, bytes: 0 })
})

t.test('a skeleton of a harmless message carries nothing else', async (t) => {
  for (const { name, direction, harmless, made } of ATTACKS) {
    const markup = taught(direction, harmless)
    t.ok(markup.match(plain(harmless)), `${name}: the harmless message is known`)
    const xml = withoutComments(Buffer.from(harmless)).toString()
    t.notOk(markup.match(Buffer.from(made(xml))), `${name}: is not`)
  }
})

t.test('some messages are never learned', async (t) => {
  const never: readonly (readonly [string, Direction, string | Buffer])[] = [
    ['one with a comment', 'southbound', Buffer.from(request({ srv: '2.2', body: TOP_UP }))],
    ['one with a reference', 'southbound', request({ srv: '2.2', body: TOP_UP.replace('1111', '&#49;111') })],
    [
      'one with single quotes',
      'southbound',
      request({ srv: '2.2', body: TOP_UP.replace('UTRN>', "UTRN a='b'>") }),
    ],
    [
      'one with bytes beyond ASCII',
      'southbound',
      request({ srv: '2.2', body: TOP_UP.replace('1111', '\u00e9') }),
    ],
    [
      'one with a list of Devices',
      'southbound',
      dccRequest({
        srv: '11.1',
        body: `<sr:UpdateFirmware><sr:DeviceIDList>${ESME}</sr:DeviceIDList></sr:UpdateFirmware>`,
      }),
    ],
    ['one of an unknown SRV', 'southbound', request({ srv: '4.99', body: TOP_UP })],
    [
      'one with an unknown body',
      'southbound',
      request({ srv: '2.2', body: '<sr:Later><sr:A>1</sr:A></sr:Later>' }),
    ],
    [
      'one with an unknown field',
      'southbound',
      request({ srv: '2.2', body: TOP_UP, sequence: '<sr:New>1</sr:New>' }),
    ],
    [
      'one with something beside the Body',
      'southbound',
      request({ srv: '2.2', body: TOP_UP }).replace('</sr:Body>', '</sr:Body><sr:New/>'),
    ],
    [
      'a change of mode that says none',
      'southbound',
      request({ srv: '1.6', body: '<sr:UpdatePaymentMode/>' }),
    ],
    [
      'an empty time',
      'southbound',
      request({ srv: '7.2', body: '<sr:DisableSupply><sr:ExecutionDateTime/></sr:DisableSupply>' }),
    ],
    [
      'two times',
      'southbound',
      request({
        srv: '7.2',
        body: '<sr:DisableSupply><sr:ExecutionDateTime>1</sr:ExecutionDateTime><sr:ExecutionDateTime>2</sr:ExecutionDateTime></sr:DisableSupply>',
      }),
    ],
    [
      'one with more slots than there is room for',
      'southbound',
      request({ srv: '2.2', body: `<sr:TopUpDevice>${'<sr:A>1</sr:A>'.repeat(1_100)}</sr:TopUpDevice>` }),
    ],
    [
      'one of 40 kB',
      'southbound',
      request({ srv: '2.2', body: `<sr:TopUpDevice><sr:A>${'x'.repeat(40_000)}</sr:A></sr:TopUpDevice>` }),
    ],
    ['an alert of an unknown code', 'northbound', deviceAlert(ESME, '8FFF', payload('1000'))],
    ['an alert with a payload that cannot be read', 'northbound', deviceAlert(ESME, '8F3F', 'AAAA')],
    [
      'an answer with data that nobody knows',
      'northbound',
      deviceResponse(ESME, responseMessage('6.11', '<sr:New>1</sr:New>')),
    ],
    [
      'an encrypted payload',
      'northbound',
      deviceResponse(
        ESME,
        smets1Message({
          device: ESME,
          body: `<sr:ResponseMessage><ra:GBCSData xmlns:ra="http://www.dccinterface.co.uk/ResponseAndAlert" format="encrypted" type="gbcs">${payload('0027')}</ra:GBCSData></sr:ResponseMessage>`,
        }),
      ),
    ],
  ]
  for (const [name, direction, message] of never) {
    const markup = new LearnedMarkup(plans[direction], EAGER)
    const bytes = typeof message === 'string' ? plain(message) : message
    t.ok(readWhole(direction, bytes).ok, `${name} can be read`)
    for (let times = 0; times < 3; times++) markup.consider(bytes)
    t.same(markup.size, { skeletons: 0, bytes: 0 }, name)
    t.notOk(markup.match(bytes), name)
  }
})

t.test('what many messages share cannot be altered through one of them', async (t) => {
  const markup = taught('southbound', request({ srv: '4.1.1', body: READ }))
  const facts = markup.match(plain(request({ srv: '4.1.1', body: READ })))
  const claims = facts?.claims as MessageFacts['claims'][number][]
  t.throws(() => claims.push({ type: 'srv', srv: '2.2', source: 'header' }))
  t.throws(() => Object.assign(claims[0] ?? {}, { srv: '2.2' }))
})

t.test('more Devices than a message may name are a miss', async (t) => {
  const limits = { maxDevices: 1 }
  const plan = readingPlan({ direction: 'southbound', catalogue, dccEuis: [deviceKey(DCC)], limits })
  const markup = new LearnedMarkup(plan, EAGER)
  const two = (one: string, other: string) =>
    plain(
      dccRequest({ srv: '8.4', body: `<sr:UpdateInventory><sr:A/></sr:UpdateInventory>` })
        .replace('<sr:A/>', '')
        .replace(
          '<sr:UpdateInventory>',
          `<sr:UpdateInventory><sr:DeviceID>${one}</sr:DeviceID><sr:DeviceID>${other}</sr:DeviceID>`,
        ),
    )
  for (let times = 0; times < 2; times++) markup.consider(two(ESME, ESME))
  t.equal(markup.size.skeletons, 0)
})

t.test('a sender who invents markup for each message fills no more than there is room for', async (t) => {
  const markup = new LearnedMarkup(plans.southbound, { maxSkeletons: 20, maxBytes: 60_000 })
  const ordinary = plain(request({ srv: '4.1.1', body: READ }))
  const strange = (n: number) =>
    plain(request({ srv: '2.2', body: TOP_UP.replace('UTRN>', `UTRN a${n}="${n}">`) }))
  for (let n = 0; n < 4_000; n++) {
    if (n % 10 === 0) markup.read(ordinary)
    const bytes = strange(n)
    markup.read(bytes)
    const { skeletons, bytes: size } = markup.size
    if (skeletons > 20 || size > 60_000) t.fail(`${skeletons} skeletons, ${size} bytes`)
  }
  t.ok(markup.size.skeletons <= 9, 'eight of one key, and the ordinary one')
  t.ok(markup.match(ordinary), 'what others send is still known')
})

t.test('learning is rationed, however much is new', async (t) => {
  const markup = new LearnedMarkup(plans.southbound, { messagesALearning: 16, maxSavedLearnings: 4 })
  const kinds = Array.from({ length: 500 }, (_, n) =>
    plain(request({ srv: '2.2', body: `<sr:TopUpDevice a${n}="">${TOP_UP}</sr:TopUpDevice>` })),
  )
  for (const bytes of kinds) for (let times = 0; times < 2; times++) markup.read(bytes)
  t.ok(markup.size.skeletons <= 4 + 1_000 / 16, `${markup.size.skeletons} learned`)
})

t.test('messages that begin alike and go on differently are all known', async (t) => {
  const markup = new LearnedMarkup(plans.southbound, EAGER)
  const tariff = (elements: number) =>
    plain(
      request({ srv: '2.2', body: TOP_UP.replace('<sr:UTRN>', `${'<sr:A/>'.repeat(elements)}<sr:UTRN>`) }),
    )
  const all = Array.from({ length: 40 }, (_, elements) => tariff(elements))
  for (let times = 0; times < 4; times++) for (const bytes of all) markup.read(bytes)
  t.equal(all.filter((bytes) => !markup.match(bytes)).length, 0)
})

t.test(
  'learning is the dearer the oftener it was in vain, and cheaper once a message has what was learned',
  async (t) => {
    const markup = new LearnedMarkup(plans.southbound, { messagesALearning: 2, maxSavedLearnings: 16 })
    const messagesUntilKnown = (srv: string, body: string) => {
      const bytes = plain(request({ srv, body }))
      for (let messages = 0; ; messages++) {
        if (markup.match(bytes)) return messages
        markup.consider(bytes)
      }
    }
    const unlearnable = plain(request({ srv: '2.2', body: TOP_UP.replace('1111', '&#49;111') }))
    for (let times = 0; times < 100; times++) markup.read(unlearnable)
    const dear = messagesUntilKnown('4.1.1', READ)
    const cheaper = messagesUntilKnown('4.1.1', READ.replace('/>', '></sr:ReadInstantaneousImportRegisters>'))
    t.ok(dear > 2 && cheaper < dear, `${dear} messages, then ${cheaper}`)
  },
)

t.test('room is made by those that no message has had', async (t) => {
  const markup = new LearnedMarkup(plans.southbound, { ...EAGER, maxSkeletons: 3 })
  const of = (n: number) => plain(request({ srv: '2.2', body: `<sr:TopUpDevice a${n}=""/>` }))
  const teach = (n: number) => {
    for (let times = 0; times < 2; times++) markup.consider(of(n))
  }
  for (const n of [1, 2, 3]) teach(n)
  t.ok(markup.match(of(1)))
  teach(4)
  t.equal(markup.size.skeletons, 3)
  t.ok(markup.match(of(1)))
  t.notOk(markup.match(of(2)))
})

t.test(
  'nothing of the message that a skeleton was learned from is kept but its markup and codes',
  async (t) => {
    const time = '2026-03-04T05:06:07Z'
    const supply = `<sr:DisableSupply><sr:ExecutionDateTime>${time}</sr:ExecutionDateTime></sr:DisableSupply>`
    const messages = [
      ['southbound', request({ srv: '7.2', body: supply })],
      ['northbound', deviceAlert(ESME, '8F3F', payload('1000'))],
    ] as const
    for (const [direction, xml] of messages) {
      const skeleton = learn(plans[direction], plain(xml), new Comparer())
      if (!skeleton) throw new Error('not learned')
      const { bytes, known, values } = skeleton
      const own = values.map(({ index, messageCode }) => ({ index, messageCode }))
      t.equal(bytes.buffer.byteLength, bytes.length, 'no more memory than its own')
      const kept = `${Buffer.from(bytes)} ${JSON.stringify([known, own], (_, part) => (typeof part === 'bigint' ? `key ${part}` : part))}`
      for (const value of [
        ESME,
        USER,
        time,
        payload('1000'),
        `key ${deviceKey(ESME)}`,
        `key ${deviceKey(USER)}`,
      ])
        t.notMatch(kept, value, value)
    }
  },
)
