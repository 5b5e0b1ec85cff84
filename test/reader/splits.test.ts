/**
 * A message cut anywhere is the same message: facts and faults do not depend on how the bytes arrive.
 *
 * Files below 4 kB are cut at every byte. Of longer ones every cut in the first 700 bytes (the head of every template
 * ends before) and a seeded sample of the rest are tried; `DUISGATE_TEST_ALL_CUTS=1` tries all of them.
 */
import fc from 'fast-check'
import t from 'tap'
import type { Direction } from '../../src/core/duis/facts.ts'
import { allFixtures } from '../fixtures/all.ts'
import { request } from '../fixtures/message.ts'
import { describe, readByteByByte, readCutAt, readInPieces, readWhole } from '../support/plans.ts'
import { duisTemplates } from '../support/templates.ts'
import { damagedFixture } from './damage.ts'

const ALL_CUTS = process.env.DUISGATE_TEST_ALL_CUTS === '1'
const SHORT_FILE_BYTES = 4_096
const HEAD_BYTES = 700
const SAMPLED_CUTS = 150
const SEED = 169

/** Where to cut a file of this length; the sample is the same in every run. */
function cutsOf(length: number): number[] {
  const cuts = Array.from({ length: length - 1 }, (_, index) => index + 1)
  if (ALL_CUTS || length < SHORT_FILE_BYTES) return cuts
  const sampled = fc.sample(fc.integer({ min: HEAD_BYTES, max: length - 1 }), {
    numRuns: SAMPLED_CUTS,
    seed: SEED,
  })
  return [...cuts.slice(0, HEAD_BYTES), ...sampled, ...cuts.slice(-20)]
}

/** Cuts at which the reading differs from that of the whole message. */
function differingCuts(direction: Direction, bytes: Uint8Array): number[] {
  const whole = describe(readWhole(direction, bytes))
  return cutsOf(bytes.length).filter((cut) => describe(readCutAt(direction, bytes, cut)) !== whole)
}

t.test('each fixture reads the same when cut in two at any byte', async (t) => {
  for (const { path, direction, bytes } of allFixtures) {
    if (bytes.length > 1) t.same(differingCuts(direction, bytes), [], path)
  }
})

t.test('each fixture reads the same one byte at a time', async (t) => {
  for (const { path, direction, bytes } of allFixtures) {
    t.equal(describe(readByteByByte(direction, bytes)), describe(readWhole(direction, bytes)), path)
  }
})

const templates = duisTemplates()
const skip = templates.length === 0 && '@smartdcc/duis-templates is not installed'

t.test('each template reads the same when cut in two at any byte', { skip }, async (t) => {
  for (const { name, bytes } of templates) t.same(differingCuts('southbound', bytes), [], name)
  const cuts = templates.reduce((sum, { bytes }) => sum + cutsOf(bytes.length).length, 0)
  t.comment(`figure: 0 of ${cuts} cuts of ${templates.length} templates read otherwise`)
})

t.test('each template reads the same one byte at a time', { skip }, async (t) => {
  for (const { name, bytes } of templates) {
    t.equal(describe(readByteByByte('southbound', bytes)), describe(readWhole('southbound', bytes)), name)
  }
})

t.test('names of open elements are kept over cuts, however long they are together', async (t) => {
  const names = Array.from({ length: 20 }, (_, index) => `sr:${'N'.repeat(200)}${index}`)
  const body = `${names.map((name) => `<${name}>`).join('')}${names
    .toReversed()
    .map((name) => `</${name}>`)
    .join('')}`
  const bytes = Buffer.from(request({ srv: '7.2', body: `<sr:DisableSupply>${body}</sr:DisableSupply>` }))
  t.match(readWhole('southbound', bytes), { ok: true })
  t.equal(describe(readByteByByte('southbound', bytes)), describe(readWhole('southbound', bytes)))
})

t.test('a fixture cut in many places at random reads the same', async (t) => {
  const fixture = fc.constantFrom(...allFixtures.filter(({ bytes }) => bytes.length > 1))
  const cutFixture = fixture.chain((chosen) =>
    fc.tuple(
      fc.constant(chosen),
      fc.uniqueArray(fc.integer({ min: 1, max: chosen.bytes.length - 1 }), { maxLength: 40 }),
    ),
  )
  fc.assert(
    fc.property(cutFixture, ([{ direction, bytes }, cuts]) => {
      const pieces = readInPieces(
        direction,
        bytes,
        cuts.sort((a, b) => a - b),
      )
      return describe(pieces) === describe(readWhole(direction, bytes))
    }),
    { seed: SEED, numRuns: 2_000 },
  )
  t.pass('2,000 random cuttings')
})

t.test('a damaged fixture has the same fault however it is cut', async (t) => {
  fc.assert(
    fc.property(damagedFixture, ({ direction, bytes, cut }) => {
      const whole = describe(readWhole(direction, bytes))
      return (
        describe(readCutAt(direction, bytes, Math.floor(cut * bytes.length))) === whole &&
        describe(readByteByByte(direction, bytes)) === whole
      )
    }),
    { seed: SEED, numRuns: 500 },
  )
  t.pass('500 damaged fixtures')
})

const ROOT = '<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.4">'
const FAULTS_AT_THE_END_OF_TEXT = {
  'text between elements, then "]]>"': `${ROOT}stray]]>`,
  'text between elements, then a control character': `${ROOT}stray\x01`,
  'CDATA between elements, then a control character': `${ROOT}<![CDATA[stray\x01`,
  'a value beyond its limit': `${ROOT}<sr:Header><sr:RequestID>${'0'.repeat(5_000)}`,
  'CDATA beyond the limit of a value': `${ROOT}<sr:Header><sr:RequestID><![CDATA[${'0'.repeat(5_000)}`,
  'US-ASCII declared, then a letter beyond it': `<?xml version="1.0" encoding="US-ASCII"?>\n${ROOT}<sr:Header><!-- caf\u00e9`,
  'US-ASCII declared, then U+FFFE': '<?xml version="1.0" encoding="US-ASCII"?>\n<a>\uFFFE',
}

for (const [name, text] of Object.entries(FAULTS_AT_THE_END_OF_TEXT)) {
  t.test(`${name}: the same fault wherever the message is cut`, async (t) => {
    t.same(differingCuts('southbound', Buffer.from(text)), [])
  })
}
