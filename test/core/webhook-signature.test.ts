/** What a partner takes for signed: nothing but the secret's own signature over just that ID, time and body, and not for long. */
import t from 'tap'
import { isSignedBy, readSecret, signatureFields } from '../../src/core/notice/signature.ts'

const secretOf = (byte: number, length = 24) => `whsec_${Buffer.alloc(length, byte).toString('base64')}`
const [SECRET, OTHER] = [secretOf(1), secretOf(2)]
const NOON = 1_767_268_800
const SIGNED = { id: 'N-1', timestamp: NOON, body: '{"type":"set"}' }
const FIELDS = signatureFields(SIGNED, [SECRET])

t.test('a body is signed by the secret it was signed with, and by no other', async (t) => {
  t.ok(isSignedBy(SECRET, FIELDS, SIGNED.body, NOON))
  t.notOk(isSignedBy(OTHER, FIELDS, SIGNED.body, NOON))
  t.ok(isSignedBy(OTHER, signatureFields(SIGNED, [SECRET, OTHER]), SIGNED.body, NOON), 'while it is replaced')
})

t.test('what was altered is not signed', async (t) => {
  t.notOk(isSignedBy(SECRET, FIELDS, '{"type":"off"}', NOON))
  t.notOk(isSignedBy(SECRET, { ...FIELDS, 'webhook-id': 'N-2' }, SIGNED.body, NOON))
  t.notOk(isSignedBy(SECRET, { ...FIELDS, 'webhook-timestamp': String(NOON + 1) }, SIGNED.body, NOON))
  t.notOk(isSignedBy(SECRET, { ...FIELDS, 'webhook-signature': undefined }, SIGNED.body, NOON))
  const cut = { ...FIELDS, 'webhook-signature': FIELDS['webhook-signature']?.slice(0, -1) }
  t.notOk(isSignedBy(SECRET, cut, SIGNED.body, NOON))
})

t.test('a signature is good for five minutes, either way', async (t) => {
  for (const [seconds, isGood] of [
    [300, true],
    [301, false],
    [-300, true],
    [-301, false],
  ] as const)
    t.equal(isSignedBy(SECRET, FIELDS, SIGNED.body, NOON + seconds), isGood, `${seconds} s`)
  t.notOk(isSignedBy(SECRET, { ...FIELDS, 'webhook-timestamp': 'noon' }, SIGNED.body, NOON), 'no time')
})

t.test('a secret has 24 to 64 bytes', async (t) => {
  const lengths = [23, 24, 64, 65].map((length) => readSecret(secretOf(1, length))?.length)
  t.same(lengths, [undefined, 24, 64, undefined])
  t.throws(() => signatureFields(SIGNED, ['secret']), RangeError)
})
