/**
 * Names: every character of the basic plane, and the ends of the others, begins one or stands in one where saxes says so too;
 * and the name of a namespace is what its references stand for.
 */
import { SaxesParser } from 'saxes'
import t from 'tap'
import { isNameCodePoint } from '../../src/core/duis/xml-characters.ts'
import { resolveReferences } from '../../src/core/duis/xml-references.ts'
import { request, SR } from '../fixtures/message.ts'
import { describe, readWhole } from '../support/plans.ts'

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

t.test('a reference stands for its character', async (t) => {
  t.equal(resolveReferences('&lt;&gt;&amp;&quot;&apos;&#62;&#x3e;'), `<>&"'>>`)
})

t.test('a namespace whose name is written with references is that namespace, and no other', async (t) => {
  const plain = request({ srv: '4.8.1', body: '<sr:ReadActiveImportProfileData/>' })
  const read = (name: string) => readWhole('southbound', Buffer.from(plain.replace(SR, name)))
  t.match(read(SR), { ok: true })
  for (const reference of ['&#x2F;', '&#47;'])
    t.equal(describe(read(SR.replaceAll('/', reference))), describe(read(SR)), reference)
  t.match(read(`${SR}&#x31;`), { ok: false })
})
