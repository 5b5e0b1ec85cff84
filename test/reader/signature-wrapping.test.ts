/**
 * Signature wrapping: what was signed is moved aside and something else stands where a reader looks first.
 *
 * The shapes follow the eight known from SAML (XSW1 to XSW8), with a Request for an Assertion. The decision rests on the
 * document element's own Header and Body: each shape is refused, or read as what that element says, never as the copy.
 */
import t from 'tap'
import { formatEui64 } from '../../src/core/duis/eui64.ts'
import { claimedCodes } from '../../src/core/duis/facts.ts'
import { DECOY, DS, ESME, request, signature } from '../fixtures/message.ts'
import { readWhole } from '../support/plans.ts'

/** The message that was signed: harmless, and for another Device. */
const signed = request({
  srv: '11.2',
  target: DECOY,
  declaration: '',
  body: '<sr:ReadFirmwareVersion/>',
}).trim()
/** The same without its signature. */
const signedWithoutSignature = signed.replace(/<ds:Signature.*<\/ds:Signature>/s, '')
const detached = signature()

/** What the attacker wants done. */
function forged(inside: { signature?: string; body?: string; header?: string } = {}): string {
  return request({
    srv: '4.1.1',
    declaration: '',
    signature: inside.signature ?? '',
    sequence: inside.header ?? '',
    body: inside.body ?? '<sr:ReadInstantaneousImportRegisters/>',
  }).trim()
}

interface Shape {
  readonly name: string
  readonly message: string
  readonly outcome: 'read as the document element says' | 'refused'
}

const read = 'read as the document element says' as const
const SHAPES: readonly Shape[] = [
  {
    name: 'XSW1: the signed Request inside the forged one’s signature, which is the original',
    message: forged({ signature: signature(`<ds:Object>${signedWithoutSignature}</ds:Object>`) }),
    outcome: read,
  },
  {
    name: 'XSW2: the signed Request before a detached signature',
    message: forged({ signature: signedWithoutSignature + detached }),
    outcome: 'refused',
  },
  {
    name: 'XSW3: the signed Request before the forged Header',
    message: forged().replace('<sr:Header>', `${signed}<sr:Header>`),
    outcome: 'refused',
  },
  {
    name: 'XSW4: the signed Request as the Body of the forged one',
    message: forged({ body: signed }),
    outcome: 'refused',
  },
  {
    name: 'XSW5: a forged Request with the original signature, the signed one behind it',
    message: forged({ signature: detached + signedWithoutSignature }),
    outcome: 'refused',
  },
  {
    name: 'XSW6: the same with the signed one inside the signature',
    message: forged({
      signature: signature(`<ds:KeyInfo><ds:KeyName/>${signedWithoutSignature}</ds:KeyInfo>`),
    }),
    outcome: read,
  },
  {
    name: 'XSW7: the signed Request in an element of the forged Header',
    message: forged({ header: `<sr:Extensions>${signed}</sr:Extensions>` }),
    outcome: 'refused',
  },
  {
    name: 'XSW8: the forged signature holds the signed Request with its own signature',
    message: forged({ signature: signature(`<ds:Object>${signed}</ds:Object>`) }),
    outcome: read,
  },
  {
    name: 'two document elements',
    message: signed + forged(),
    outcome: 'refused',
  },
  {
    name: 'a second Signature',
    message: forged({ signature: detached + detached }),
    outcome: 'refused',
  },
  {
    name: 'a Signature in the Header',
    message: forged({ header: detached }),
    outcome: 'refused',
  },
  {
    name: 'a Signature of another namespace',
    message: forged({ signature: detached.replace(DS, 'urn:x') }),
    outcome: 'refused',
  },
]

for (const { name, message, outcome } of SHAPES) {
  t.test(name, async (t) => {
    const result = readWhole('southbound', Buffer.from(message))
    if (outcome === 'refused') {
      t.notOk(result.ok)
      return
    }
    t.ok(result.ok)
    if (!result.ok) return
    t.ok(claimedCodes(result.facts).includes('4.1.1'), 'the forged kind counts')
    t.same(result.facts.devices.map(formatEui64), [ESME], 'the forged Device counts, the signed one does not')
  })
}

t.test('an ID attribute names nothing', async (t) => {
  const message = forged().replace('schemaVersion=', 'Id="signed" xml:id="signed" schemaVersion=')
  const result = readWhole('southbound', Buffer.from(message))
  t.same(result.ok && result.facts.devices.map(formatEui64), [ESME])
})

t.test('the wrapped message itself reads as what it is', async (t) => {
  const result = readWhole('southbound', Buffer.from(signed))
  t.same(result.ok && claimedCodes(result.facts), ['11.2'])
})
