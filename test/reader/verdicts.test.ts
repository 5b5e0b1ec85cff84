/**
 * Every fixture under the recommended table, with no Device restricted and with all of them: verdict and row by hand.
 */
import t from 'tap'
import { loadTable } from '../../src/config/load-table.ts'
import { type FlagReading, instantOf } from '../../src/core/device/device.ts'
import { formatEui64 } from '../../src/core/duis/eui64.ts'
import { decide, needsFlags } from '../../src/core/policy/decide.ts'
import { allFixtures } from '../fixtures/all.ts'
import type { ExpectedFacts } from '../fixtures/fixture.ts'
import { request } from '../fixtures/message.ts'
import { catalogue, readWhole } from '../support/plans.ts'

t.test('each fixture meets the verdict worked out by hand', async (t) => {
  const table = await recommendedTable()
  for (const { path, direction, bytes, expected } of allFixtures) {
    if ('fault' in expected) continue
    const result = readWhole(direction, bytes)
    if (!result.ok) continue
    for (const state of ['clear', 'restricted'] as const) {
      const flags = result.facts.devices.map((key) => reading(state, formatEui64(key), expected))
      const verdict = decide(table, result.facts, flags, instantOf(0))
      const found = verdict.kind === 'refuse' ? verdict : { verdict: verdict.kind, rule: verdict.rule }
      const wanted = expected.verdicts[state === 'clear' ? 'none restricted' : 'all restricted']
      t.same(found, wanted, `${path}, all ${state}`)
    }
  }
})

t.test('a message that needs no flags is decided without any', async (t) => {
  const table = await recommendedTable()
  for (const { path, direction, bytes, expected } of allFixtures) {
    if ('fault' in expected) continue
    const result = readWhole(direction, bytes)
    if (!result.ok || needsFlags(table, result.facts)) continue
    const { kind } = decide(table, result.facts, [], instantOf(0))
    t.equal(kind, expected.verdicts['all restricted'].verdict, path)
  }
})

t.test('a CommandVariant is a number, however it is written', async (t) => {
  const variantOf = (cv: string) => {
    const message = request({ srv: '4.1.1', cv, body: '<sr:ReadInstantaneousImportRegisters/>' })
    const result = readWhole('southbound', Buffer.from(message))
    return result.ok ? result.facts.commandVariant : result.fault.code
  }
  const written = { '1': 1, ' +01 ': 1, '12': 12, '+012': 12, '999': 999 }
  for (const [text, variant] of Object.entries(written)) t.equal(variantOf(text), variant, text)
  for (const text of ['0', '+', '-1', '1000', '1.0', '']) t.equal(variantOf(text), 'DUIS_VALUE', text)
})

function reading(state: 'clear' | 'restricted', eui: string, { deviceTypes }: ExpectedFacts): FlagReading {
  return { state, type: deviceTypes[eui], version: 1, ageMs: 0, isStale: false }
}

async function recommendedTable() {
  const loaded = await loadTable('policy/recommended.yaml', catalogue)
  if (!loaded.ok) throw new Error('the recommended table has faults')
  return loaded.table
}
