/**
 * Arbitrary values in every spelling that XML and the XSD allow for them.
 */
import fc from 'fast-check'

/** A Device ID. */
export const device = fc
  .uint8Array({ minLength: 2, maxLength: 2 })
  .map(([high = 0, low = 0]) => `00-0D-5C-AA-16-9A-${hexPair(high)}-${hexPair(low)}`)

/** One of the usual values; one of the odd ones once in a while. */
export function mostly<Value>(usual: readonly Value[], odd: readonly Value[]): fc.Arbitrary<Value> {
  return fc.oneof(
    { weight: 40, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  )
}

function hexPair(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0')
}

/** What may stand inside a value and is no part of it. */
export const noise = fc.constantFrom('', '', '', '<!-- 4.1.1 -->', '<?pi 8F0A?>', '<!---->', '<![CDATA[]]>')

/** Writes one character of a value in some way that means the same. */
const characterSpelling = fc.constantFrom(
  (character: string) => character,
  (character: string) => character,
  (character: string) => character,
  (character: string) => `&#${character.codePointAt(0)};`,
  (character: string) => `&#x${(character.codePointAt(0) ?? 0).toString(16)};`,
  (character: string) => `<![CDATA[${character}]]>`,
  (character: string) => `${character}<!-- x -->`,
)

/** Spells a value: plainly in half of the cases. */
export function spelled(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const odd = fc
    .tuple(value, fc.array(characterSpelling, { minLength: 1, maxLength: 8 }), noise)
    .map(
      ([text, spellings, extra]) =>
        extra + [...text].map((c, i) => (spellings[i % spellings.length] ?? String)(c)).join(''),
    )
  return fc.oneof(value, odd)
}

/** White space, some of it as a reference. */
export const space = fc.constantFrom('', '', '', ' ', '\n  ', '\t\r\n', '&#x20;')

/** A value of a type whose white space collapses. */
export function token(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const cased = fc.tuple(value, fc.boolean()).map(([text, isLower]) => (isLower ? text.toLowerCase() : text))
  return fc.tuple(space, spelled(cased), space).map((parts) => parts.join(''))
}

/** A RequestID, its counter sometimes out of form. */
export function requestId(
  originator: fc.Arbitrary<string>,
  target: fc.Arbitrary<string>,
): fc.Arbitrary<string> {
  const counter = mostly(['0', '1000', '18446744073709551615'], ['007', '18446744073709551616', ''])
  return fc.tuple(originator, target, counter).map((parts) => parts.join(':'))
}
