/**
 * Damaged copies of the fixtures: bytes, tokens and characters put in, taken out, overwritten or copied.
 */
import fc from 'fast-check'
import { allFixtures } from '../fixtures/all.ts'
import type { MadeDocument } from './made-document.ts'

const TOKENS = [
  '<',
  '>',
  '/>',
  '</',
  '<!--',
  '-->',
  '--',
  '<![CDATA[',
  ']]>',
  ']]',
  '<?a ',
  '?>',
  '&#65;',
  '&#x2E;',
  '&amp;',
  '&',
  ';',
  '"',
  "'",
  '=',
  ' ',
  '\r',
  '\n',
  ':',
  'xmlns=""',
  'xmlns:sr="urn:x"',
  'xmlns:sr=""',
  'sr:',
  'ds:',
  'xml:',
  '\u00e9',
  '\u{10000}',
  '\uFFFE',
  '<!DOCTYPE a>',
  'RequestID',
  'DeviceID',
  '4.1.1',
  '8F0A',
  '<sr:RequestID>',
  '</sr:RequestID>',
  '<sr:Body>',
  '</sr:Body>',
].map((token) => Buffer.from(token))

const ODD_BYTES = [
  [0],
  [0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xef, 0xbb, 0xbf],
  [0xf4, 0x90, 0x80, 0x80],
  [0x7f],
  [0xc2, 0x85],
].map((bytes) => Buffer.from(bytes))

/** Damage that often leaves a message: one character for another. */
const CHARACTERS = [...'019AFaf-.: '].map((character) => Buffer.from(character))

interface Damage {
  readonly kind: 'insert' | 'delete' | 'overwrite' | 'copy'
  readonly at: number
  readonly length: number
  readonly from: number
  readonly token: Buffer
}

const gentleDamage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constant('overwrite' as const),
  at: fc.nat(1_000_000),
  length: fc.constant(1),
  from: fc.constant(0),
  token: fc.constantFrom(...CHARACTERS),
})

const harshDamage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('insert' as const, 'delete' as const, 'overwrite' as const, 'copy' as const),
  at: fc.nat(1_000_000),
  length: fc.integer({ min: 1, max: 60 }),
  from: fc.nat(1_000_000),
  token: fc.constantFrom(...TOKENS, ...ODD_BYTES),
})

function apply(bytes: Buffer, { kind, at, length, from, token }: Damage): Buffer {
  const place = at % (bytes.length + 1)
  const source = from % (bytes.length + 1)
  switch (kind) {
    case 'insert':
      return splice(bytes, place, 0, token)
    case 'delete':
      return splice(bytes, place, length, Buffer.alloc(0))
    case 'overwrite':
      return splice(bytes, place, token.length, token)
    case 'copy':
      return splice(bytes, place, 0, bytes.subarray(source, source + length))
  }
}

function splice(bytes: Buffer, at: number, remove: number, insert: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)])
}

const shortFixtures = allFixtures.filter(
  ({ bytes, expected }) => !('fault' in expected) && bytes.length < 8_192,
)

/** Fixtures with one to three places damaged. */
export const damagedFixture: fc.Arbitrary<MadeDocument> = fc
  .tuple(
    fc.constantFrom(...shortFixtures),
    fc.array(fc.oneof(gentleDamage, harshDamage), { minLength: 1, maxLength: 3 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map(([{ direction, bytes }, damages, cut]) => ({
    direction,
    bytes: damages.reduce(apply, Buffer.from(bytes)),
    cut,
  }))
