/**
 * Every fixture against what was worked out for it by hand: facts, or the fault it is refused for.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { allFixtures } from '../fixtures/all.ts'
import { expectedDocument } from '../fixtures/expected-document.ts'
import { consultOracle, inventedByReader, unseenByReader } from '../support/oracle.ts'
import { oracleOptions, readWhole, summarise } from '../support/plans.ts'

const root = join(import.meta.dirname, '../../fixtures')

t.test('the committed fixtures are those that their definitions write', async (t) => {
  const committed = ['southbound', 'northbound', 'malformed'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
  )
  t.same(committed.sort(), allFixtures.map(({ path }) => path).sort())
  for (const { path, bytes } of allFixtures) {
    t.ok(readFileSync(join(root, path)).equals(bytes), path)
  }
  t.equal(readFileSync(join(root, 'expected.json'), 'utf8'), expectedDocument(allFixtures))
})

t.test('each message is read as worked out by hand', async (t) => {
  for (const { path, direction, bytes, expected } of allFixtures) {
    if ('fault' in expected) continue
    const result = readWhole(direction, bytes)
    if (!result.ok) {
      t.fail(path, { fault: result.fault })
      continue
    }
    const { kind, codes, devices } = expected
    t.same(summarise(result.facts), { direction, kind, codes, devices }, path)
  }
})

t.test('each malformed message is refused, and for its own reason', async (t) => {
  for (const { path, direction, bytes, expected } of allFixtures) {
    if (!('fault' in expected)) continue
    const result = readWhole(direction, bytes)
    t.equal(result.ok ? 'accepted' : result.fault.code, expected.fault, path)
    if (result.ok) continue
    t.ok(
      result.fault.offset >= 0 && result.fault.offset <= bytes.length,
      `${path}: the offset lies in the message`,
    )
  }
})

t.test('libxml2 sees the same in every accepted message', async (t) => {
  for (const { path, direction, bytes, expected } of allFixtures) {
    if ('fault' in expected) continue
    const result = readWhole(direction, bytes)
    if (!result.ok) continue
    const view = consultOracle(bytes, oracleOptions)
    t.same(unseenByReader(view, result.facts), [], `${path}: the reader saw everything`)
    t.same(inventedByReader(view, result.facts), [], `${path}: the reader made nothing up`)
  }
})
