/** A setting that was changed is named, whatever kind of value it has; one that was not is not. */
import t from 'tap'
import { differingSettings } from '../../src/config/differing.ts'
import { readConfig } from '../../src/config/read-config.ts'

function configOf(...overrides: string[]) {
  const result = readConfig({ file: undefined, environment: {}, overrides, workingFolder: '/' })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.config
}

t.test('nothing differs between two readings of the same text', async (t) => {
  const text = 'northbound.users=90-B3-D5-1F-30-01-00-00=http://supplier:9000/receive'
  t.same(differingSettings(configOf(text), configOf(text)), [])
})

t.test('values of every kind are told apart', async (t) => {
  const changes = {
    'log.level': 'debug',
    'flags.pollMs': '251',
    'controlPlane.isOn': 'false',
    'southbound.dspUrl': 'http://elsewhere:8079',
    'southbound.paths': '/one,/two',
    'northbound.users': '90-B3-D5-1F-30-01-00-00=http://supplier:9000/receive',
    'northbound.fallback': 'http://receive:9000/',
    dccEuis: '90-B3-D5-1F-30-00-00-03',
    parties: '[{"id":"SUP-A","name":"Supplier A","roles":["supplier"]}]',
    table: 'seed-2023-04-literal',
  }
  for (const [key, value] of Object.entries(changes))
    t.same(differingSettings(configOf(), configOf(`${key}=${value}`)), [key], key)
})
