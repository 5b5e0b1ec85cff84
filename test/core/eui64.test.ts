// Device IDs as text and as numbers.
import fc from 'fast-check'
import t from 'tap'
import { deviceKeyOf, formatEui64, parseEui64 } from '../../src/core/duis/eui64.ts'

t.test('every key is written and read again, in either case and with white space around it', async (t) => {
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff), (high, low) => {
      const key = deviceKeyOf(high, low)
      const text = formatEui64(key)
      for (const spelt of [text, text.toLowerCase(), ` \t${text}\n`]) t.equal(parseEui64(spelt), key)
    }),
    { numRuns: 50 },
  )
})

t.test('what is no EUI has no key', async (t) => {
  const eui = '00-DB-12-34-56-78-90-A0'
  for (const text of [
    '',
    eui.slice(1),
    `${eui}-00`,
    eui.replaceAll('-', ''),
    eui.replace('A', 'G'),
    `${eui} x`,
  ])
    t.equal(parseEui64(text), undefined, text)
})
