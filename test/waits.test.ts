/** Tests wait for what they wait for: an event, a count, a condition. A fixed wait that is right says here why. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const ROOT = join(import.meta.dirname, '..')

/** Fixed waits by file, how many and why each is no guess at how long something takes. */
const ALLOWED: Readonly<Record<string, { readonly count: number; readonly why: string }>> = {
  'test/notices/sender-process.ts': {
    count: 1,
    why: 'the pace of a process that changes flags until it is killed',
  },
  'test/reports/rollup-process.ts': {
    count: 1,
    why: 'the pace of a process that rolls up until it is killed',
  },
}

/** A wait of so many milliseconds that are written there, by whatever name the function has been imported. */
const WAIT = /\b(?:delay|pause|later|sleep)\([\d_]+\)|\bsetTimeout\([\w.() =>]+, [\d_]+\)/
/** A condition is looked at again after it. */
const POLL = /^\s*(?:for|while) \(|\bthen\(\(\) => until\(|\?\? later\(/

/** Lines with a fixed wait that no condition follows. */
function fixedWaits(text: string): readonly string[] {
  const lines = text.split('\n')
  return lines.filter((line, at) => {
    const loops = /\bfor \(;;\)|\bwhile \(|\bfor \(/
    const isPolled =
      POLL.test(line) || lines.slice(Math.max(0, at - 8), at).some((before) => loops.test(before))
    return WAIT.test(line) && !isPolled
  })
}

t.test('a wait of a fixed time is seen, a look at a condition is none', async (t) => {
  t.equal(fixedWaits('await pause(50)').length, 1)
  t.equal(fixedWaits('await new Promise((resolve) => setTimeout(resolve, 1_000))').length, 1)
  t.equal(fixedWaits('while (!done()) await delay(20)').length, 0)
})

t.test('no test waits for a fixed time', async (t) => {
  for (const file of globSync(['test/**/*.ts', 'kits/**/*.test.ts'], { cwd: ROOT })) {
    if (file === 'test/waits.test.ts') continue
    const found = fixedWaits(readFileSync(join(ROOT, file), 'utf8'))
    t.ok(found.length <= (ALLOWED[file]?.count ?? 0), `${file}: ${found.join('; ')}`)
  }
})

t.test('no test has a bar of time or of CPU that a slower machine would miss', async (t) => {
  const bar = /(?:performance\.now\(\) - \w+|\b\w*[mM]s|\b(?:user|system)\b[\w +]*) <=? [\d_]+/
  for (const file of globSync(['test/**/*.test.ts', 'kits/**/*.test.ts'], { cwd: ROOT })) {
    if (file === 'test/waits.test.ts') continue
    const asserted = readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .filter((line) => /\bt\.\w+\(/.test(line) && bar.test(line))
    t.same(asserted, [], file)
  }
})
