/** Blanking: every fixture says the same without what it carries, and nothing of what it carries is left. */
import t from 'tap'
import { blanked } from '../../src/capture/blank.ts'
import { allFixtures } from '../fixtures/all.ts'
import { plans, readWhole } from '../support/plans.ts'

const readable = allFixtures.flatMap(({ path, direction, bytes }) => {
  const reading = readWhole(direction, bytes)
  return reading.ok ? [{ path, direction, bytes: Buffer.from(bytes), facts: reading.facts }] : []
})

/** The blanked message as text; fails when there is none. */
function blankedText({ path, direction, bytes, facts }: (typeof readable)[number]): string {
  const filled = blanked(plans[direction], facts, bytes)
  if (!filled) throw new Error(`${path} cannot be blanked`)
  return filled.toString()
}

/** Elements whose values are facts, by name; the payload has a header that is one. */
const KEPT =
  /^(?:RequestID|ResponseID|CommandVariant|(?:DSPScheduled)?ServiceReference(?:Variant)?|ResponseCode|ExecutionDateTime|\w*AlertCode|GBCSHexadecimalMessageCode|LogToRead|RequestType|\w*DeviceID(?:List)?|\w*OriginatorID)$/

/** Device IDs and RequestIDs, which elements of many names hold. */
const IDS = /^(?:(?:[0-9A-F]{2}-){7}[0-9A-F]{2}[:,]?\s*)+\d*$/i

/** What elements hold, apart from those and in those, found without a parser. */
function textsIn(message: string): { carried: string[]; kept: string[] } {
  const found = [...message.matchAll(/<(?:\w+:)?(\w+)(?: [^<>]*)?>([^<]+)</g)]
  const texts = (isKept: boolean) =>
    found.filter(([, name = '']) => KEPT.test(name) === isKept).map(([, , text = '']) => text.trim())
  return { carried: texts(false).filter((text) => text.length >= 4 && !/^A+$/.test(text)), kept: texts(true) }
}

t.test('every readable fixture reads alike and is as long as before', async (t) => {
  t.ok(readable.length > 100)
  for (const fixture of readable)
    t.equal(Buffer.byteLength(blankedText(fixture)), fixture.bytes.length, fixture.path)
})

t.test('no text that a fixture carries is left of it, nor a comment', async (t) => {
  let count = 0
  for (const fixture of readable) {
    const { carried, kept } = textsIn(fixture.bytes.toString())
    const filled = blankedText(fixture)
    const secret = carried.filter((text) => !IDS.test(text) && !kept.some((value) => value.includes(text)))
    count += secret.length
    t.same(
      secret.filter((text) => filled.includes(text)),
      [],
      fixture.path,
    )
    t.notMatch(filled, /placeholder|cGxhY2Vob2xkZXI|12345678901234567890/, fixture.path)
  }
  t.ok(count > 300)
})

t.test('of a payload there is the header, and behind it only zeros', async (t) => {
  let count = 0
  for (const fixture of readable) {
    if (!fixture.facts.gbcs) continue
    for (const [, text = ''] of blankedText(fixture).matchAll(/GBCS\w*>([^<&]+)<\/\w+:GBCS/g)) {
      if (/^[0\s]+$/.test(text)) continue
      const bytes = Buffer.from(text, 'base64')
      const codeAt = bytes.indexOf(Buffer.from(fixture.facts.gbcs.messageCode, 'hex'))
      t.ok(codeAt > 0, fixture.path)
      t.match(bytes.subarray(codeAt + 2).toString('hex'), /^0*$/, fixture.path)
      count++
    }
  }
  t.ok(count > 20)
})

t.test('a code that is too long to be one goes, and then the message is not captured', async (t) => {
  const [alert] = readable.filter(({ path }) => path === 'northbound/alert-supply-restored.xml')
  const text = alert?.bytes.toString().replace(/AlertCode>\w+</, `AlertCode>${'12345678'.repeat(4)}<`) ?? ''
  const reading = readWhole('northbound', Buffer.from(text))
  t.ok(reading.ok)
  if (reading.ok) t.equal(blanked(plans.northbound, reading.facts, Buffer.from(text)), undefined)
})

t.test('what stands in an unknown Header element goes, but for the Devices it names', async (t) => {
  const [later] = readable.filter(({ facts }) => facts.hasUnknownField)
  const [, field = ''] = /<sr:Header>([\s\S]*?)<\/sr:Header>/.exec(later ? blankedText(later) : '') ?? []
  t.notMatch(field.replace(/(?:[0-9A-F]{2}-){7}[0-9A-F]{2}/g, '').replace(/<[^>]*>/g, ''), /[B-Z][a-z]{3}/)
})

t.test('attributes, CDATA, instructions and foreign namespaces say nothing any more', async (t) => {
  const [top] = readable.filter(({ path }) => path === 'southbound/top-up.xml')
  const text = (top?.bytes.toString() ?? '').replace(
    '<sr:UTRN>12345678901234567890</sr:UTRN>',
    '<?note secret?><sr:UTRN when="secret" xmlns:q="urn:secret"><![CDATA[secret]]>&#115;ecret<!--secret--></sr:UTRN>',
  )
  const reading = readWhole('southbound', Buffer.from(text))
  t.ok(reading.ok)
  if (!reading.ok) return
  const filled = blanked(plans.southbound, reading.facts, Buffer.from(text))?.toString() ?? ''
  t.notMatch(filled, /secret|ecret|note/)
  t.match(
    filled,
    /<sr:UTRN when="000000" xmlns:q="0{10}"><!\[CDATA\[000000\]\]>0{11}<!--000000--><\/sr:UTRN>/,
  )
})
