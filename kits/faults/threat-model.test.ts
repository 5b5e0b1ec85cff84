/** docs/threat-model.md rests on rows of the fault kit and on tests: each that it names is there, and every threat names one. */
import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { everyRow } from './every-row.ts'
import { pathOfTest } from './run-tests.ts'

const PAGE = new URL('../../docs/threat-model.md', import.meta.url)
const LINE = /^\| (?!who)(\S[^|]*) \| ([^|]+) \| ([^|]+) \|$/gm

t.test('every row that the threat model names is a row of the fault kit', async (t) => {
  const rows = await everyRow()
  const known = new Set(rows.map(({ id }) => id))
  const named = readFileSync(PAGE, 'utf8').matchAll(/\b[HXTCDLA]\d{1,2}\b/g)
  for (const [id] of named) t.ok(known.has(id), id)
})

t.test('every threat has a measure and a row that proves it', async (t) => {
  const boundaries = readFileSync(PAGE, 'utf8').split(/^### /m).slice(1)
  t.equal(boundaries.length, 7)
  for (const boundary of boundaries) {
    const [name = ''] = boundary.split('\n')
    const lines = [...(boundary.split(/^## /m)[0] ?? '').matchAll(LINE)]
    t.ok(lines.length > 1, name)
    for (const [, threat = '', , proofs = ''] of lines)
      for (const proof of proofs.split(', ')) t.ok(isProof(proof), `${threat}: ${proof}`)
  }
})

/** The ID of a row, or the path of a test between back-ticks. */
function isProof(text: string): boolean {
  const [, path] = /^`([\w/-]+)`$/.exec(text) ?? []
  if (path === undefined) return /^[HXTCDLA]\d{1,2}$/.test(text)
  return existsSync(new URL(`../../${pathOfTest(path)}`, import.meta.url))
}
