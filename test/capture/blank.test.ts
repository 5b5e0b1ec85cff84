/** Blanking: every fixture says the same without what it carries, and nothing of what it carries is left. */
import t from 'tap'
import { blanked } from '../../src/capture/blank.ts'
import { allFixtures } from '../fixtures/all.ts'
import { plans, readWhole } from '../support/plans.ts'

const readable = allFixtures.flatMap(({ path, direction, bytes }) => {
  const reading = readWhole(direction, bytes)
  return reading.ok ? [{ path, direction, bytes: Buffer.from(bytes), facts: reading.facts }] : []
})

t.test('every readable fixture reads alike and is as long as before', async (t) => {
  t.ok(readable.length > 100)
  for (const { path, direction, bytes, facts } of readable) {
    const filled = blanked(plans[direction], facts, bytes)
    t.equal(filled?.length, bytes.length, path)
  }
})
