/** Every character of the basic plane, and the ends of the others: it begins a name, or stands in one, where saxes says so too. */
import { SaxesParser } from 'saxes'
import t from 'tap'
import { isNameCodePoint } from '../../src/core/duis/xml-characters.ts'

const SURROGATES = { from: 0xd800, until: 0xe000 }
const BEYOND = [0x10000, 0x1ffff, 0xeffff, 0xf0000, 0x10ffff]

function* codePoints(): Generator<number> {
  for (let codePoint = 0x80; codePoint < SURROGATES.from; codePoint++) yield codePoint
  for (let codePoint = SURROGATES.until; codePoint < 0x10000; codePoint++) yield codePoint
  yield* BEYOND
}

function isWellFormed(document: string): boolean {
  let faults = 0
  const parser = new SaxesParser()
  parser.on('error', () => faults++)
  parser.write(document).close()
  return faults === 0
}

t.test('what may begin a name, and what may stand in one', async (t) => {
  for (const codePoint of codePoints()) {
    const character = String.fromCodePoint(codePoint)
    const [begins, stands] = [isWellFormed(`<${character}/>`), isWellFormed(`<a${character}/>`)]
    if (isNameCodePoint(codePoint, true) !== begins || isNameCodePoint(codePoint, false) !== stands)
      t.fail(`U+${codePoint.toString(16)}: saxes says ${begins} at the start, ${stands} later`)
  }
  t.notOk(isNameCodePoint(0xf7, true), 'the division sign begins none')
  t.ok(isNameCodePoint(0xf8, true))
})
