// Times and serial numbers in certificates and revocation lists: times of the calendar and the clock are read, no other.
import t from 'tap'
import { type DerElement, derTime, serialOf, TAG } from '../../src/tls/der.ts'

const element = (tag: number, text: string): DerElement => {
  const content = Buffer.from(text)
  return { tag, content, whole: Buffer.from([tag, content.length, ...content]) }
}
const utc = (text: string) => derTime(element(TAG.utcTime, text))
const generalized = (text: string) => derTime(element(TAG.generalizedTime, text))

t.test('the last moment of a day, a month and a century', (t) => {
  t.equal(utc('270131235959Z'), Date.parse('2027-01-31T23:59:59Z'))
  t.equal(utc('491231000000Z'), Date.parse('2049-12-31T00:00:00Z'))
  t.equal(utc('500101000000Z'), Date.parse('1950-01-01T00:00:00Z'))
  t.equal(generalized('20280229120000Z'), Date.parse('2028-02-29T12:00:00Z'))
  t.end()
})

t.test('what no calendar and no clock has is refused', (t) => {
  for (const text of [
    '270229120000Z',
    '270431120000Z',
    '271301120000Z',
    '270001120000Z',
    '270100120000Z',
    '270101240000Z',
    '270101126000Z',
    '270101120060Z',
    '2701011200Z',
    '270101120000+0000',
  ])
    t.throws(() => utc(text), { message: 'not a time' }, text)
  t.throws(() => generalized('270101120000Z'), { message: 'not a time' })
  t.throws(() => derTime(element(TAG.utf8String, '270101120000Z')), { message: 'not a time' })
  t.end()
})

t.test('a serial number loses the zeros before it, and no other', async (t) => {
  for (const [bytes, text] of [
    ['00', '0'],
    ['01', '1'],
    ['0080', '80'],
    ['100100', '100100'],
    ['0000a0b0', 'A0B0'],
  ] as const)
    t.equal(serialOf({ tag: TAG.integer, content: Buffer.from(bytes, 'hex'), whole: Buffer.alloc(0) }), text)
})
