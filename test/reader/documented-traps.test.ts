/** The trap table of docs/reading.md names every trap fixture, and no file that is not there. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { READ_FAULTS } from '../../src/core/duis/fault.ts'
import { allFixtures } from '../fixtures/all.ts'

const text = readFileSync(join(import.meta.dirname, '../../docs/reading.md'), 'utf8')

t.test('the trap table and the fixtures agree', async (t) => {
  const documented = [...text.matchAll(/`((?:south|north)bound|malformed)\/(trap-[^`]+)`/g)].map(
    ([, folder, name]) => `${folder}/${name}`,
  )
  const written = allFixtures.map(({ path }) => path).filter((path) => path.includes('/trap-'))
  t.same(documented.sort(), written.sort())
})

t.test('every fault is explained, and has a fixture', async (t) => {
  const provoked = new Set(
    allFixtures.map(({ expected }) => ('fault' in expected ? expected.fault : undefined)),
  )
  for (const code of Object.keys(READ_FAULTS)) {
    t.ok(text.includes(`| \`${code}\` |`), `${code} is in docs/reading.md`)
    t.ok(provoked.has(code as keyof typeof READ_FAULTS), `${code} has a fixture`)
  }
})
