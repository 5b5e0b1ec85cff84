/**
 * The model of "in force": it holds for what is assumed, and for each rule that is taken out, and each thing that is assumed
 * and does not come true, there is an order of steps in which a read is let through. The page says where each step is in the
 * code, and that is there. `npm run model` also tries what has millions of states.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { wardedFolder } from '../../test/support/warden.ts'
import { RUNS, UNFENCED } from './runs.ts'
import { MODEL, missingProgram, verify } from './spin.ts'

const ROOT = join(import.meta.dirname, '../..')
const missing = missingProgram()
const skip = missing === undefined ? false : `${missing} is not installed`
const folder = wardedFolder('duisgate-model-')

for (const [place, run] of RUNS.entries()) {
  if (run.isLarge) continue
  const name = `${run.outcome}: ${run.what} (${run.defines.join(' ') || 'nothing'})`
  t.test(name, { skip, timeout: 290_000 }, async (t) => {
    const { outcome, states, trace } = await verify(run, join(folder, String(place)))
    t.comment(`${states} states, ${trace.length} steps`)
    t.equal(outcome, run.outcome === 'holds' ? 'none' : 'assertion')
    if (run.outcome === 'let-through') t.match(trace.at(-1), 'read()')
    if (run === UNFENCED) {
      const at = (step: string) => trace.findIndex((line) => line.includes(step))
      t.ok(at('promote()') >= 0 && at('confirms(NEW)') > at('promote()'), 'in force by the new primary')
      t.ok(at('read()') > at('confirms(NEW)'), 'and then let through')
    }
  })
}

t.test('every run is tried here, but two that are left to npm run model', async (t) => {
  const left = RUNS.filter(({ isLarge }) => isLarge).map(({ defines }) => defines.join(' '))
  t.same(left, ['FAILS_OVER JUMPS', 'FAILS_OVER ASYNC'])
})

/** Rows of the table that says where each step is: the step, the file, the name in it. */
function mapped(): readonly (readonly [step: string, file: string, name: string])[] {
  const page = readFileSync(join(ROOT, 'docs/consistency.md'), 'utf8')
  return page.split('\n').flatMap((line) => {
    const [, step, , code] = /^\| `(\w+)` \|(.*?)\| (.+) \|$/.exec(line) ?? []
    const places = [...(code ?? '').matchAll(/`(src\/[\w/.-]+)`: `([\w#.]+)`/g)]
    return places.map(([, file = '', name = '']) => [step ?? '', file, name] as const)
  })
}

/** Steps of the world, and what only keeps the number of states down. */
const OUTSIDE = ['promote', 'tick', 'jump', 'restart', 'hang_up', 'forget_row', 'assert']

t.test('docs/consistency.md says for every step where it is in the code', async (t) => {
  const model = readFileSync(MODEL, 'utf8')
  const bodies = [...model.matchAll(/:: atomic \{[^}]*? ->([^}]*)}/g)].map(([, body = '']) => body)
  const calls = new Set(
    bodies.flatMap((body) => [...body.matchAll(/\b([a-z_]+)\(/g)].map(([, step = '']) => step)),
  )
  t.ok(calls.size > 10)
  const rows = mapped()
  for (const step of calls)
    if (!OUTSIDE.includes(step))
      t.ok(
        rows.some(([named]) => named === step),
        step,
      )
  for (const [step, file, name] of rows) {
    t.match(model, new RegExp(`\\b${step}\\b`), `${step} is in the model`)
    const path = join(ROOT, file)
    t.ok(existsSync(path), file)
    const member = name.split('.').at(-1) ?? ''
    t.match(readFileSync(path, 'utf8'), new RegExp(`(?<![\\w])${member}\\b`), `${name} is in ${file}`)
  }
})
