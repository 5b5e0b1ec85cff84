/**
 * GBCS headers are read by their own lengths: whatever lengths the parts before the message code have, the facts are those
 * that the header was built of; and no bytes at all make the reader fail.
 */
import fc from 'fast-check'
import t from 'tap'
import { formatEui64 } from '../../src/core/duis/eui64.ts'
import {
  blankedGbcsHeader,
  GBCS_HEADER_CHARACTERS,
  GBCS_USUAL_CHARACTERS,
  readGbcsHeader,
} from '../../src/core/duis/gbcs.ts'
import { type GbcsHeader, gbcsMessage, gbcsPayload } from '../fixtures/gbcs.ts'
import { DCC, dccRequest, ESME, GSME, USER } from '../fixtures/message.ts'
import { readByteByByte, readWhole } from '../support/plans.ts'

const octets = (count: number) => [count, ...Array.from({ length: count }, () => 1)]
const length = fc.integer({ min: 0, max: 127 })
const keyInformation: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.constant([0, 7]),
  length.map((count) => [1, 7, ...octets(count)]),
  fc.tuple(length, length).map(([one, other]) => [2, ...octets(one), ...octets(other)]),
)

const header: fc.Arbitrary<GbcsHeader> = fc.record(
  {
    cra: fc.constantFrom('command', 'response', 'alert'),
    originator: fc.constantFrom(ESME, USER, DCC),
    target: fc.constantFrom(GSME, USER),
    messageCode: fc.integer({ min: 0, max: 0xffff }).map((code) => code.toString(16).padStart(4, '0')),
    counter: fc.nat(),
    isFutureDated: fc.boolean(),
    dateTimeBytes: length,
    macLengthBytes: fc.constantFrom(1, 2, 3, 4, 5),
    macFieldBytes: fc.array(length, { minLength: 5, maxLength: 5 }),
    macKeyInformation: keyInformation,
    supplementaryParty: fc.constant(GSME),
    contentBytes: fc.nat(4_000),
  },
  {
    requiredKeys: ['cra', 'originator', 'target', 'messageCode', 'counter', 'isFutureDated', 'contentBytes'],
  },
)

function expected({ cra, originator, target, messageCode }: GbcsHeader) {
  const [device, party] = cra === 'command' ? [target, originator] : [originator, target]
  return { messageCode: messageCode.toUpperCase(), cra, device, party }
}

function read(base64: string) {
  const found = readGbcsHeader(base64)
  return found && { ...found, device: formatEui64(found.device), party: formatEui64(found.party) }
}

const brought = (payload: string) =>
  Buffer.from(
    dccRequest({
      srv: '8.13',
      body: `<sr:ReturnLocalCommandResponse><sr:DeviceGBCSResponse>${payload}</sr:DeviceGBCSResponse></sr:ReturnLocalCommandResponse>`,
    }),
  )

t.test('a header of any lengths yields what it was built of', async (t) => {
  fc.assert(
    fc.property(header, (parts) => {
      t.strictSame(read(gbcsPayload(parts)), expected(parts), JSON.stringify(parts))
    }),
    { numRuns: 500 },
  )
})

t.test('so it does in a message, in one piece, byte by byte and with white space in between', async (t) => {
  fc.assert(
    fc.property(header, fc.integer({ min: 1, max: 90 }), (parts, width) => {
      const payload = gbcsPayload(parts)
      const broken = payload.replace(new RegExp(`.{${width}}`, 'g'), '$&\n<!-- - -->')
      const readings = [
        readWhole('southbound', brought(payload)),
        readWhole('southbound', brought(broken)),
        readByteByByte('southbound', brought(broken)),
      ].map((reading) => (reading.ok ? reading.facts : reading.fault))
      t.same(readings[1], readings[0], JSON.stringify(parts))
      t.same(readings[2], readings[0], JSON.stringify(parts))
      t.match(readings[0], { gbcs: readGbcsHeader(payload) }, JSON.stringify(parts))
    }),
    { numRuns: 150 },
  )
})

t.test('what GBCS allows fits in the usual characters, and what DLMS allows in the others', async (t) => {
  const parts = {
    cra: 'alert',
    originator: ESME,
    target: USER,
    messageCode: '0061',
    isFutureDated: true,
  } as const
  const longest = gbcsPayload({ ...parts, macLengthBytes: 5 })
  t.strictSame(read(longest.slice(0, GBCS_USUAL_CHARACTERS)), expected(parts))
  t.equal(blankedGbcsHeader(longest)?.length, 62)
  t.equal(Math.ceil((62 * 4) / 3 / 4) * 4, GBCS_USUAL_CHARACTERS)
  const filled = gbcsPayload({
    ...parts,
    macLengthBytes: 5,
    macFieldBytes: [127, 127, 127, 127, 127],
    macKeyInformation: [2, ...octets(127), ...octets(127)],
    dateTimeBytes: 127,
  })
  t.strictSame(read(filled.slice(0, GBCS_HEADER_CHARACTERS)), expected(parts))
  const blanked = blankedGbcsHeader(filled)
  t.equal(blanked?.length, 1_069)
  t.strictSame(read(blanked?.toString('base64') ?? ''), expected(parts))
  t.notOk(blanked?.includes(Buffer.alloc(3, 1)), 'nothing is left of what its fields held')
})

t.test('a header that is cut short is none, wherever it is cut', async (t) => {
  const whole = gbcsMessage({
    cra: 'response',
    originator: ESME,
    target: USER,
    messageCode: '0037',
    macLengthBytes: 3,
    macFieldBytes: [1, 2, 3, 12, 5],
    macKeyInformation: [2, ...octets(3), ...octets(4)],
    dateTimeBytes: 12,
    contentBytes: 0,
  })
  for (let end = 0; end < whole.length; end++)
    t.equal(readGbcsHeader(whole.subarray(0, end).toString('base64')), undefined, `${end} bytes`)
  t.ok(readGbcsHeader(whole.toString('base64')))
})

t.test('lengths that are none, wrong tags and other kinds of key information are no header', async (t) => {
  const whole = gbcsMessage({
    cra: 'response',
    originator: ESME,
    target: USER,
    messageCode: '0037',
    macLengthBytes: 1,
  })
  const at = {
    tag: 0,
    field: 1,
    keyInformation: 6,
    length: 7,
    signing: 13,
    transaction: 14,
    cra: 15,
    id: 24,
    code: 43,
  }
  for (const [place, byte] of [
    [at.tag, 0xdb],
    [at.field, 0x80],
    [at.field, 0x85],
    [at.field, 0xff],
    [at.keyInformation, 2],
    [at.length, 0x80],
    [at.signing, 0xdd],
    [at.transaction, 8],
    [at.cra, 0],
    [at.cra, 4],
    [at.id, 7],
    [at.code, 1],
  ] as const) {
    const spoilt = Buffer.from(whole)
    spoilt[place] = byte
    t.equal(readGbcsHeader(spoilt.toString('base64')), undefined, `${place}: ${byte.toString(16)}`)
  }
})

t.test('no bytes make it fail', async () => {
  const bytes = fc.uint8Array({ maxLength: 400 })
  const begun = fc.tuple(fc.constantFrom([0xdd], [0xdf], [0xdf, 9], [0xdd, 0x84]), bytes)
  fc.assert(
    fc.property(begun, ([start, rest]) => {
      readGbcsHeader(Buffer.from([...start, ...rest]).toString('base64'))
    }),
    { numRuns: 2_000 },
  )
})
