// A fault lies where it lies, wherever the message was cut before it.
import t from 'tap'
import { ESME, request } from '../fixtures/message.ts'
import { readCutAt, readWhole } from '../support/plans.ts'

const text = request({ srv: '4.1.1', target: ESME, body: '<sr:ReadInstantaneousImportRegisters/>' })

t.test('offsets count from the first byte of the message', (t) => {
  for (const [what, damaged] of [
    ['an end tag of another name', text.replace('</sr:Header>', '</sr:Heads>')],
    ['an attribute without quotes', text.replace('<sr:Body>', '<sr:Body a=1>')],
    ['an attribute whose prefix stands for nothing', text.replace('<sr:Body>', '<sr:Body zz:a="1">')],
    ['an unknown entity', text.replace('<sr:CommandVariant>1', '<sr:CommandVariant>&one;')],
    ['a lone ampersand', text.replace('<sr:CommandVariant>1', '<sr:CommandVariant>1 & 2')],
  ] as const) {
    const bytes = Buffer.from(damaged)
    const whole = readWhole('southbound', bytes)
    if (whole.ok) throw new Error(`${what} was read`)
    const { offset, code } = whole.fault
    t.equal(code, 'XML_MALFORMED', what)
    const first = [...damaged].findIndex((character, place) => character !== text[place])
    t.ok(offset >= first - 40 && offset <= first + 40, `${what}: ${offset} is near ${first}`)
    for (let cut = 1; cut < offset; cut += 7) {
      const pieces = readCutAt('southbound', bytes, cut)
      t.equal(pieces.ok ? undefined : pieces.fault.offset, offset, `${what}, cut at ${cut}`)
    }
  }
  t.end()
})
