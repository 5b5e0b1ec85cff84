/** Both readers read the same: in every template, every fixture, every legal spelling, and in made and damaged documents. */
import fc from 'fast-check'
import t from 'tap'
import { allFixtures } from '../fixtures/all.ts'
import { dccRequest, deviceAlert, ESME } from '../fixtures/message.ts'
import { damagedFixture } from '../reader/damage.ts'
import { SPELLINGS } from '../reader/device-id-spellings.ts'
import { XsdGrammar } from '../reader/xsd-grammar/grammar.ts'
import { officialSchemas } from '../support/official-xsd.ts'
import { duisTemplates } from '../support/templates.ts'
import { differencesIn } from './second.ts'

const templates = duisTemplates()
const skip = templates.length === 0 && '@smartdcc/duis-templates is not installed'

t.test('every template', { skip }, async (t) => {
  for (const { name, bytes } of templates) t.same(differencesIn('southbound', bytes), [], name)
  t.comment(`figure: 0 differences in ${templates.length} templates`)
})

t.test('every fixture that can be read', async (t) => {
  let readable = 0
  for (const { path, direction, bytes } of allFixtures) {
    const differences = differencesIn(direction, bytes)
    if (!differences) continue
    readable++
    t.same(differences, [], path)
  }
  t.ok(readable > 150)
  t.comment(`figure: 0 differences in ${readable} fixtures`)
})

t.test('every spelling of a Device ID', async (t) => {
  for (const { name, spell, fault } of SPELLINGS) {
    const body = `<sr:ReadSchedule><sr:DeviceID>${spell(ESME)}</sr:DeviceID></sr:ReadSchedule>`
    t.same(differencesIn('southbound', dccRequest({ srv: '5.2', body })), fault ? undefined : [], name)
  }
})

t.test('alert codes with zero bytes before them, and of any length', async (t) => {
  for (const code of ['8f0a', '008F0A', '00008F0A', '0A', '00', '048DC88086F0', '00048DC88086F0'])
    t.same(differencesIn('northbound', deviceAlert(ESME, code, '')), [], code)
})

const schemas = officialSchemas()
const skipMade = schemas === undefined && '@smartdcc/duis-sign-wrap is not installed'

t.test('documents made from the XSD, legal ones and nearly legal ones', { skip: skipMade }, async (t) => {
  const grammar = new XsdGrammar(schemas ?? new Map(), 20_260_302)
  let accepted = 0
  for (let number = 0; number < 1_500; number++) {
    for (const { direction, bytes } of [grammar.legal(number), grammar.nearlyLegal(number)]) {
      const differences = differencesIn(direction, bytes)
      if (!differences) continue
      accepted++
      if (differences.length > 0) t.fail(`${number}: ${differences.join('; ')}`)
    }
  }
  t.ok(accepted > 2_000)
  t.comment(`figure: 0 differences in ${accepted} of 3,000 made documents, the others are refused`)
})

t.test('damaged fixtures', async (t) => {
  let accepted = 0
  const documents = fc.property(damagedFixture, ({ direction, bytes }) => {
    const differences = differencesIn(direction, bytes)
    if (!differences) return
    accepted++
    if (differences.length > 0) throw new Error(`${differences.join('\n')}\n${bytes.toString('latin1')}`)
  })
  fc.assert(documents, { seed: 20_260_302, numRuns: 4_000, includeErrorInReport: false })
  t.ok(accepted > 300)
  t.comment(`figure: 0 differences in ${accepted} of 4,000 damaged fixtures, the others are refused`)
})
