/**
 * Elements of later versions beside those that are known: refused as ever, unless all that the message claims is never-block.
 */
import t from 'tap'
import { type FlagReading, instantOf } from '../../src/core/device/device.ts'
import { formatEui64 } from '../../src/core/duis/eui64.ts'
import type { Direction } from '../../src/core/duis/facts.ts'
import { decide } from '../../src/core/policy/decide.ts'
import { gbcsPayload } from '../fixtures/gbcs.ts'
import {
  dccAlert,
  deviceAlert,
  deviceResponse,
  ESME,
  OTHER_ESME,
  request,
  response,
  responseMessage,
  USER,
} from '../fixtures/message.ts'
import { shipped } from '../policy/messages.ts'
import { readWhole } from '../support/plans.ts'

const table = await shipped('recommended')

/** The verdict while these Devices are Restricted, with its alarms; or what reading alone refuses. */
function outcome(direction: Direction, xml: string, restricted: readonly string[] = []) {
  const result = readWhole(direction, Buffer.from(xml))
  if (!result.ok) return { kind: 'refuse', fault: result.fault }
  const flags = result.facts.devices.map(
    (key): FlagReading => ({
      state: restricted.includes(formatEui64(key)) ? 'restricted' : 'clear',
      type: undefined,
      version: 1,
      ageMs: 0,
      isStale: false,
    }),
  )
  return decide(table, result.facts, flags, instantOf(0))
}

const firmware = request({ srv: '11.2', body: '<sr:ReadFirmwareVersion/>' })
const tamper = deviceAlert(
  ESME,
  '8F3F',
  gbcsPayload({ cra: 'alert', originator: ESME, target: USER, messageCode: '1000' }),
)
const refused = { kind: 'refuse', fault: { code: 'DUIS_STRUCTURE' } }

/** Puts an element behind the Body of a message, or in its Body behind what is there. */
const places = {
  'beside Header and Body': (xml: string, element: string) =>
    xml.replace('</sr:Body>', `</sr:Body>${element}`),
  'before the Header': (xml: string, element: string) => xml.replace('<sr:Header>', `${element}<sr:Header>`),
  'beside the element of the Body': (xml: string, element: string) =>
    xml.replace('</sr:Body>', `${element}</sr:Body>`),
}

for (const [place, put] of Object.entries(places)) {
  t.test(`an element of a later version ${place}`, async (t) => {
    const alarms = ['unknown-element']
    const passing = { kind: 'forward', alarms }
    const all = [ESME, OTHER_ESME]
    t.match(outcome('southbound', put(firmware, '<sr:New/>'), all), passing, 'never-block passes')
    t.match(outcome('northbound', put(tamper, '<sr:New/>'), all), passing, 'in either direction')
    const mentions = `<sr:New><sr:For>${OTHER_ESME}</sr:For></sr:New>`
    t.match(outcome('southbound', put(firmware, mentions), all), passing, 'whichever Device it names')

    const read = request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>' })
    t.match(outcome('southbound', put(read, '<sr:New/>')), refused, 'a read is refused, Restricted or not')
    const tariff = deviceResponse(ESME, responseMessage('6.11'))
    t.match(outcome('northbound', put(tariff, '<sr:New/>')), refused, 'what only passes is not never-block')
    const unknown = deviceAlert(ESME, '7FFF', '')
    t.match(outcome('northbound', put(unknown, '<sr:New/>')), refused, 'nor is what nobody knows')
    const without = deviceResponse(ESME, responseMessage('4.1.1'))
    t.match(
      outcome('northbound', put(without, '<sr:New/>')),
      refused,
      'an answer with it is none without data',
    )
  })

  t.test(`whatever hides in an element of a later version ${place} counts`, async (t) => {
    const profile = gbcsPayload({ cra: 'command', originator: USER, target: ESME, messageCode: '0037' })
    const hidden = {
      'an SRV': '<sr:New><sr:ServiceReferenceVariant>4.8.1</sr:ServiceReferenceVariant></sr:New>',
      'a reference alone': '<sr:New><sr:ServiceReference>4.8</sr:ServiceReference></sr:New>',
      'an SRV in parts':
        '<sr:New><sr:ServiceReferenceVariant>4<!-- -->.8&#46;1</sr:ServiceReferenceVariant></sr:New>',
      'an element of a Request': '<sr:New><sr:ReadActiveImportProfileData/></sr:New>',
      'the element itself': '<sr:ReadActiveImportProfileData/>',
      'an element of a schedule': '<sr:New><sr:DSPReadActiveImportProfileData/></sr:New>',
      'a payload': `<sr:New><sr:GBCSPayload>${profile}</sr:GBCSPayload></sr:New>`,
      'a payload of another name': `<sr:New><sr:Bytes>${profile}</sr:Bytes></sr:New>`,
      'a payload between elements': `<sr:New>${profile}<sr:Rest/></sr:New>`,
      'a payload in another namespace': `<sr:New><Bytes xmlns="urn:x">${profile}</Bytes></sr:New>`,
      'an alert code': '<sr:New><sr:AlertCode>8F0A</sr:AlertCode></sr:New>',
      'a DCC Alert code': '<sr:New><sr:DCCAlertCode>N24</sr:DCCAlertCode></sr:New>',
      'a value of no known form': '<sr:New><sr:AlertCode>8F3G</sr:AlertCode></sr:New>',
      'a value with an element in it': '<sr:New><sr:AlertCode>8F<sr:Rest/>3F</sr:AlertCode></sr:New>',
    }
    for (const [what, element] of Object.entries(hidden)) {
      t.match(outcome('southbound', put(firmware, element)), refused, `${what}, southbound`)
      t.match(outcome('northbound', put(tamper, element)), refused, `${what}, northbound`)
    }
  })
}

t.test('a DCC Alert only mentions SRVs; what it wraps in an element of a later version counts', async (t) => {
  const told = dccAlert('N24', '<sr:PowerOutageEvent/>')
  const profile = gbcsPayload({ cra: 'response', originator: ESME, target: USER, messageCode: '0037' })
  for (const [place, put] of Object.entries(places)) {
    const claimed = (xml: string) => {
      const result = readWhole('northbound', Buffer.from(put(told, `<sr:New>${xml}</sr:New>`)))
      return result.ok ? JSON.stringify(result.facts.claims) : ''
    }
    const isKindKnown = place !== 'before the Header'
    const mention = claimed('<sr:ServiceReferenceVariant>4.8.1</sr:ServiceReferenceVariant>')
    t.equal(mention.includes('4.8.1'), !isKindKnown, `a mention ${place}`)
    t.match(claimed(`<sr:GBCSPayload>${profile}</sr:GBCSPayload>`), '"4.8.1"', `a payload ${place}`)
    const alert = '<sr:AlertCode>8F0A</sr:AlertCode>'
    t.match(claimed(alert), '"8F0A"', `an alert code ${place}`)
    t.match(claimed(`<sr:DeviceAlertMessage>${alert}</sr:DeviceAlertMessage>`), '"8F0A"', `an alert ${place}`)
    const unreadable = readWhole(
      'northbound',
      Buffer.from(put(told, '<sr:New><sr:GBCSPayload>AAAA</sr:GBCSPayload></sr:New>')),
    )
    t.match(unreadable, { facts: { notUnderstood: ['unreadable-payload'] } }, `one nobody can read ${place}`)
  }
})

t.test('a message inside an element of a later version is refused', async (t) => {
  const whole = firmware.replace(/^<\?xml.*\?>\n/, '')
  for (const put of Object.values(places))
    t.match(outcome('southbound', put(firmware, `<sr:New>${whole}</sr:New>`)), refused)
})

t.test('a known element before or behind a later one in the Body', async (t) => {
  const both = tamper.replace('<sr:DeviceAlertMessage>', '<sr:New/><sr:DeviceAlertMessage>')
  t.match(outcome('northbound', both), { kind: 'forward', alarms: ['unknown-data', 'unknown-element'] })
  const twice = tamper.replace('</sr:Body>', `<sr:DeviceAlertMessage/></sr:Body>`)
  t.match(outcome('northbound', twice), refused, 'two known ones are refused')
  const known = tamper.replace('</sr:Body>', `<sr:DeviceID>${ESME}</sr:DeviceID></sr:Body>`)
  t.match(outcome('northbound', known), refused, 'a known name beside the element is misplaced')
})

t.test('a repeated element of a later version costs no more than one', async (t) => {
  const many = tamper.replace('</sr:Body>', `</sr:Body>${'<sr:New/>'.repeat(100_000)}`)
  t.match(outcome('northbound', many), { kind: 'forward' })
  const codes = Array.from(
    { length: 600 },
    (_, n) => `<sr:AlertCode>${(0x9000 + n).toString(16)}</sr:AlertCode>`,
  )
  const claiming = tamper.replace('</sr:Body>', `</sr:Body><sr:New>${codes.join('')}</sr:New>`)
  t.match(outcome('northbound', claiming), { kind: 'refuse', fault: { code: 'XML_LIMIT' } })
})

t.test('an EUI in a Header element of a later version is looked at, and names no Device', async (t) => {
  const body = responseMessage(
    '4.8.1',
    '<sr:DSPScheduledMessage><sr:GBCSPayload/><sr:DSPScheduleID>1</sr:DSPScheduleID></sr:DSPScheduledMessage>',
  )
  const withParty = (xml: string) => xml.replace('</sr:Header>', `<sr:Party>${USER}</sr:Party></sr:Header>`)
  const unnamed = withParty(response({ body }))
  t.match(outcome('northbound', unnamed), {
    kind: 'withhold',
    alarms: ['unreadable-payload', 'unknown-header-element', 'blocked-kind-without-device'],
  })
  const named = withParty(response({ responseId: `${ESME}:${USER}:1`, body }))
  t.match(outcome('northbound', named), { kind: 'forward' })
  t.match(outcome('northbound', named, [ESME]), { kind: 'withhold' })
  t.match(outcome('northbound', named, [USER]), { kind: 'withhold' }, 'it may be a Device')
})

t.test(
  'a message inside an element of a later version is unclear northbound, as is an element inside a value',
  async (t) => {
    for (const put of Object.values(places)) {
      t.match(outcome('northbound', put(tamper, '<sr:New><sr:Other/></sr:New>')), { kind: 'forward' })
      t.match(outcome('northbound', put(tamper, '<sr:New><sr:Response/></sr:New>')), refused)
    }
  },
)
