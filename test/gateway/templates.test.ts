/**
 * The 297 public Request templates through a running gateway: byte for byte while nobody is Restricted, and exactly the
 * restricted SRVs rejected when everybody is, in documents that the official XSD and the DCC's own parser accept.
 */
import { createHash } from 'node:crypto'
import { parseDuis } from '@smartdcc/duis-parser'
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { officialSchemaCheck } from '../support/official-xsd.ts'
import { readWhole } from '../support/plans.ts'
import { restrict } from '../support/restrict.ts'
import { recommendedTable, type Scenario, startScenario } from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'
import { duisTemplates } from '../support/templates.ts'

const templates = duisTemplates()
const skip = templates.length > 0 ? false : '@smartdcc/duis-templates is not installed'
/** What the DCC's own parser makes of a rejection. */
const READ_BY_THE_DCC = { header: { type: 'response', responseCode: 'E5' } }
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

t.test('all 297 are forwarded as they came while nobody is Restricted', { skip }, async (t) => {
  const scenario = await startScenario(t)
  scenario.dsp.behave(answering(204, ''))
  for (const { bytes } of templates) t.equal((await scenario.sendSouth(bytes)).status, 204)
  t.equal(scenario.dsp.deliveries.length, 297)
  t.same(
    scenario.dsp.deliveries.map(({ body }) => sha256(body)),
    templates.map(({ bytes }) => sha256(bytes)),
  )
  t.comment('figure: 297 of 297 byte for byte')
})

t.test('exactly the restricted SRVs are rejected while everybody is Restricted', { skip }, async (t) => {
  const scenario = await startScenario(t)
  scenario.dsp.behave(answering(204, ''))
  await restrictEverybody(scenario)
  const check = officialSchemaCheck()
  const rejected = new Set<string>()
  for (const { name, bytes } of templates) {
    const before = scenario.dsp.deliveries.length
    const { body } = await scenario.sendSouth(bytes)
    if (scenario.dsp.deliveries.length > before) continue
    const document = body.toString()
    rejected.add(srvOf(document))
    t.equal(check?.validate(body), undefined, name)
    t.match(parseDuis('simplified', document), READ_BY_THE_DCC, name)
  }
  const conditional = ['1.6', '4.10', '5.1']
  const always = [...recommendedTable.bySrv].filter(([, row]) => row.action === 'block').map(([srv]) => srv)
  t.same([...rejected].sort(), [...new Set([...always, ...conditional])].sort())
})

/** Every Device of the templates, without a type, so that 4.10 counts as a gas log. */
async function restrictEverybody({ store, flags }: Scenario): Promise<void> {
  const keys = templates.flatMap(({ bytes }) => {
    const reading = readWhole('southbound', bytes)
    return reading.ok ? reading.facts.devices : []
  })
  await restrict(store, [...new Set(keys)], instantOf(0))
  await flags.catchUp()
}

function srvOf(document: string): string {
  return /<sr:ServiceReferenceVariant>([^<]+)</.exec(document)?.[1] ?? ''
}
