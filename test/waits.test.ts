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

t.test('nothing waits for the exit of a child that may have ended already', async (t) => {
  for (const file of globSync(['test/**/*.ts', 'kits/**/*.ts', 'bench/**/*.ts'], { cwd: ROOT })) {
    if (file === 'test/support/child-exit.ts') continue
    t.notMatch(
      readFileSync(join(ROOT, file), 'utf8'),
      /\bonce\(\w[\w.#]*, 'exit'\)|'exit', resolve\)/,
      `${file}: exitOf(child)`,
    )
  }
})

/** Its own made-up lines; a simulation, whose times are the same on every machine. */
const UNTIMED = ['test/waits.test.ts', 'test/bench/capacity.test.ts']

/** A time, by its name or by how it is taken, that must be less than a figure; a name in capitals is a limit of the gateway. */
const BAR =
  /(?:performance\.now\(\) - \w+|\b\w*(?:[mM]s|[pP]99|[pP]50|[sS]econds)|\b(?:ms|cpu|elapsed|longest|slowest|user|system)\b[\w +]*)\)?\s*<=?\s*[\d_]+/

t.test('a bar is seen, a ratio is none', async (t) => {
  for (const bar of [
    'ms < 100',
    'recoveryMs <\n 5_000',
    'performance.now() - from < 10',
    'p99 <= 250',
    'cpu <= 5',
  ])
    t.match(bar, BAR)
  for (const ratio of ['p99 <= 3 * before', 'ms <= TIMES * limitMs', 'failed < 5'])
    t.notMatch(ratio.replace('3 *', 'THREE *'), BAR)
})

t.test('nothing that is judged is a time or CPU that a slower machine would miss', async (t) => {
  const calls = /\bt\.\w+\([^;]*?\n?[^;]*?\)\n|\bholds:[^`]*?\n {4}figure/g
  for (const file of globSync(['test/**/*.test.ts', 'kits/**/*.test.ts', 'kits/faults/**/*.ts'], {
    cwd: ROOT,
  })) {
    if (UNTIMED.includes(file)) continue
    const judged = readFileSync(join(ROOT, file), 'utf8').match(calls) ?? []
    t.same(
      judged.filter((text) => BAR.test(text)),
      [],
      file,
    )
  }
})
