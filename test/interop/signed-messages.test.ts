/**
 * What the DCC's own tool signs goes through the gateway, and the same tool verifies it on the upstream: signature and XSD.
 *
 * The tool is Java; one start a message. `@smartdcc/*` are GPL-3.0 and for tests only.
 */
import { spawnSync } from 'node:child_process'
import { parseDuis } from '@smartdcc/duis-parser'
import { signDuis, validateDuis } from '@smartdcc/duis-sign-wrap'
import t from 'tap'
import { startScenario } from '../support/start-gateway.ts'
import { duisTemplates } from '../support/templates.ts'

const SENT = ['CS08_11.2_', 'ECS02_1.6_IMMEDIATE_SINGLE']

const templates = duisTemplates().filter(({ name }) => SENT.some((start) => name.startsWith(start)))
const hasJava = spawnSync('java', ['-version']).status === 0
const skip = !hasJava
  ? 'no java'
  : templates.length < SENT.length && '@smartdcc/duis-templates is not installed'

t.test('a signature made before the gateway holds behind it', { skip }, async (t) => {
  const scenario = await startScenario(t)
  const signed = await Promise.all(
    templates.map(({ bytes }) => signDuis({ xml: bytes, preserveCounter: true })),
  )
  for (const xml of signed) await scenario.sendSouth(xml)
  t.equal(scenario.dsp.deliveries.length, templates.length)
  await Promise.all(
    scenario.dsp.deliveries.map(async ({ body }, index) => {
      const unsigned = await validateDuis({ xml: body })
      t.match(
        parseDuis('simplified', unsigned),
        { header: { type: 'request' } },
        String(templates[index]?.name),
      )
    }),
  )
})

t.test('the tool does refuse a message that was altered on its way', { skip }, async (t) => {
  const signed = await signDuis({ xml: templates[0]?.bytes ?? '', preserveCounter: true })
  const altered = signed.replace(/<sr:CommandVariant>\d</, '<sr:CommandVariant>5<')
  t.not(altered, signed)
  await t.rejects(validateDuis({ xml: altered }))
})
