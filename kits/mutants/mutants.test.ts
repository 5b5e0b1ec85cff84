/** The runner of mutants on a small tree that is made for it: what it changes, which tests it runs, what it says. */
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { AREAS, filesOf } from './areas.ts'
import { Baselines } from './baselines.ts'
import { Coverage } from './coverage.ts'
import { readEquivalents } from './equivalents.ts'
import { ImportGraph } from './import-graph.ts'
import { mutantsOf, mutated } from './mutation.ts'
import { inWords, runMutants, summaryOf } from './run.ts'
import { inOrder, takeInTurn } from './sample.ts'
import { TreeCopy } from './tree-copy.ts'
import { Trial } from './trial.ts'

const ROOT = join(import.meta.dirname, '../..')

const changesIn = (text: string) =>
  mutantsOf('src/a.ts', text).map(({ change }) => change.replaceAll('`', ''))

t.test('operators, conditions and halves of them are changed', (t) => {
  t.same(changesIn('f(a < b && !c)'), [
    'f(a < b && !c) → ;',
    'a < b && !c → (a < b)',
    'a < b && !c → (!c)',
    '< → <=',
    '&& → ||',
    '!c → c',
  ])
  t.same(changesIn('const x = a ?? b'), ['a ?? b → a', 'a ?? b → b'])
  t.same(changesIn('const x = a ? 1 : 2'), ['a → !(a)', '1 → 2', '2 → 3'])
  t.same(changesIn("const x = a + 1 - b, y = a + 'x'"), ['+ → -', '1 → 2', '- → +', "'x' → ''"])
  t.end()
})

t.test('statements are dropped, returns emptied, calls in a chain passed by', (t) => {
  t.same(changesIn('function f() { if (a) return b\n count++ }'), [
    'if (a) return b → ;',
    'a → !(a)',
    'return b → return undefined',
    'count++ → ;',
    '++ → --',
  ])
  t.same(changesIn('const x = list.filter(isGood).some(isBad)'), [
    'list.filter(isGood) → list',
    'some → every',
  ])
  t.same(changesIn('const x = async () => { await close() }'), [
    'await close() → ;',
    'await close() → close()',
  ])
  t.same(changesIn('const x = /^ab$/u'), ['/^ab$/u → /ab$/u', '/^ab$/u → /^ab/u'])
  t.end()
})

t.test('types, imports, names of properties and words for people are left alone', (t) => {
  const silent = [
    "import type { A } from './a.ts'",
    "export { b } from './b.ts'",
    "type C = 'd' | 'e'",
    'interface F { readonly g: true }',
    "const h = { 'i-j': k }",
    "const l = 'words for people'",
    'const m: 7 = n',
  ]
  for (const text of silent) t.same(changesIn(text), [], text)
  t.end()
})

t.test('the conditions of SQL are changed, and those of nothing else', (t) => {
  t.same(changesIn('const x = `SELECT a FROM b WHERE c >= ? AND d = ? ORDER BY c DESC`'), [
    '>= → >',
    'AND → OR',
    '= ? → <> ?',
    'DESC → ASC',
  ])
  t.same(changesIn('const x = `one AND other DESC`'), [])
  t.end()
})

t.test('a mutant says where it is and is put there', (t) => {
  const text = 'const a = 1\nconst b = a > 1\n'
  const [, mutant] = mutantsOf('src/a.ts', text)
  t.match(mutant, { line: 2, code: 'const b = a > 1', change: '`>` → `>=`' })
  t.equal(mutant && mutated(text, mutant), 'const a = 1\nconst b = a >= 1\n')
  t.end()
})

t.test('a sample follows from its seed, takes of each list in turn, and stays when lines move', (t) => {
  const text = Array.from({ length: 40 }, (_, n) => `const x${n} = a${n} < b${n}`).join('\n')
  const order = (seed: number, source = text) =>
    inOrder(mutantsOf('src/a.ts', source), seed).map(({ code }) => code)
  t.same(order(1), order(1))
  t.notSame(order(1), order(2))
  t.same(order(1, `\n\n${text}`), order(1))
  const lists = [
    mutantsOf('src/a.ts', 'const x = a < b'),
    mutantsOf('src/b.ts', text),
    mutantsOf('src/c.ts', text),
  ]
  const taken = takeInTurn(lists, 6, ({ code }) => !code.includes('x1 '))
  t.same(
    taken.map(({ file }) => file.at(4)),
    ['a', 'b', 'c', 'b', 'c', 'b'],
  )
  t.notOk(taken.some(({ code }) => code.includes('x1 ')))
  t.end()
})

const PROGRAM = `
export function isOver(count: number): boolean {
  return count > 10
}
export function isUnder(count: number): boolean {
  return count < 3
}
`
const NOTICING = `
import { isOver, isUnder } from '../../src/core/policy/limits.ts'
if (isOver(10) || !isOver(11) || isUnder(100)) process.exit(1)
`

/** A tree with one source file, a test that looks at half of it, and one that always fails. */
function smallTree(t: Test): string {
  return t.testdir({
    'package.json': '{"type":"module"}',
    'tsconfig.json':
      '{"compilerOptions":{"strict":true,"target":"es2024","module":"nodenext","noEmit":true,"types":[]}}',
    node_modules: {},
    src: {
      core: { policy: { 'limits.ts': PROGRAM, 'unreached.ts': 'export const isOn = (): boolean => true\n' } },
    },
    test: {
      policy: { 'limits.test.ts': NOTICING, 'red.test.ts': `${NOTICING}process.exit(1)` },
      other: {
        'far.test.ts': "import './step.ts' // the distance between extremes",
        'step.ts': "import '../../src/core/policy/limits.ts'",
      },
    },
  })
}

t.test('the tests that reach a file are known, the likeliest first', (t) => {
  const graph = new ImportGraph(smallTree(t))
  t.same(graph.testsOf({ file: 'src/core/policy/limits.ts', code: '' }), [
    { test: 'test/policy/limits.test.ts', steps: 1 },
    { test: 'test/policy/red.test.ts', steps: 1 },
    { test: 'test/other/far.test.ts', steps: 2 },
  ])
  const [likeliest] = graph.testsOf({
    file: 'src/core/policy/limits.ts',
    code: 'distance(between, extremes)',
  })
  t.equal(likeliest?.test, 'test/other/far.test.ts', 'it has a word of the line')
  t.same(graph.testsOf({ file: 'src/core/policy/unreached.ts', code: '' }), [])
  t.end()
})

t.test('behind the ten likeliest the folders take turns', (t) => {
  const importing = "import '../../src/policy.ts'"
  const many = Object.fromEntries(Array.from({ length: 13 }, (_, n) => [`a${n + 10}.test.ts`, importing]))
  const root = t.testdir({
    src: { 'policy.ts': '' },
    test: { policy: many, tls: { 'b.test.ts': importing, 'c.test.ts': importing } },
  })
  const tests = new ImportGraph(root)
    .testsOf({ file: 'src/policy.ts', code: '' })
    .map(({ test }) => test.slice(5))
  t.same(tests.slice(9), [
    ...['policy/a19.test.ts', 'policy/a20.test.ts', 'tls/b.test.ts'],
    ...['policy/a21.test.ts', 'tls/c.test.ts', 'policy/a22.test.ts'],
  ])
  t.end()
})

t.test('a run tells killed, survived and equivalent, and leaves nothing behind', async (t) => {
  const root = smallTree(t)
  const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith('duisgate-mutants-'))
  const before = copies()
  const said: string[] = []
  const code = 'return count < 3'
  const equivalents = [
    { file: 'src/core/policy/limits.ts', code, change: '`3` → `4`', reason: 'nobody counts to three' },
  ]
  const summary = await runMutants({
    ...{ root, areas: ['policy'], equivalents, seed: 1, sample: 100, maxTests: 3, jobs: 1 },
    ...{ maxMs: 600_000, quickTestMs: 60_000, maxTestMs: 60_000 },
    onTried: (tried) => said.push(inWords(tried)),
  })
  t.same(summary.tried.map(({ mutant, outcome }) => `${outcome}: ${mutant.change}`).sort(), [
    'equivalent: `3` → `4`',
    'killed: `10` → `11`',
    'killed: `>` → `>=`',
    'survived: `<` → `<=`',
    'survived: `true` → `false`',
  ])
  t.same(summary.leftOut, ['test/policy/red.test.ts'], 'what fails without a mutant notices nothing')
  t.match(summaryOf(summary), /\n2 killed \(0 did not end\), 2 survived, 1 equivalent, 50 % killed of 4$/)
  t.ok(
    said.some(
      (line) => line.includes('limits.ts:6') && line.includes(code) && line.includes('limits.test.ts'),
    ),
  )
  t.notOk(
    said.some((line) => line.includes('far.test.ts')),
    'it loads the file and does not run the place',
  )
  t.ok(said.some((line) => line.includes('no test file reaches it')))
  t.equal(readFileSync(join(root, 'src/core/policy/limits.ts'), 'utf8'), PROGRAM, 'the tree is as it was')
  t.same(
    copies().filter((name) => !before.includes(name)),
    [],
  )
})

t.test(
  'two at a time, in a copy each, tell what one at a time tells, in the order of the sample',
  async (t) => {
    const root = smallTree(t)
    const options = { root, areas: ['policy'], equivalents: [], seed: 1, sample: 100, maxTests: 3 }
    const inWordsOf = async (jobs: number) => {
      const more = { jobs, maxMs: 600_000, quickTestMs: 60_000, maxTestMs: 60_000, onTried: () => {} }
      return (await runMutants({ ...options, ...more })).tried.map(inWords)
    }
    const one = await inWordsOf(1)
    t.equal(one.length, 5)
    t.same(await inWordsOf(2), one)
  },
)

t.test('of the mutants of some lines no others are tried', async (t) => {
  const { tried } = await runMutants({
    ...{ root: smallTree(t), areas: [], equivalents: [], seed: 1, sample: 100, maxTests: 3, jobs: 1 },
    ...{ maxMs: 600_000, quickTestMs: 60_000, maxTestMs: 60_000, onTried: () => {} },
    only: { file: 'src/core/policy/limits.ts', first: 5, last: 6 },
  })
  t.same(tried.map(({ mutant }) => mutant.change).sort(), ['`3` → `4`', '`<` → `<=`'])
})

t.test('test files that are known to be quick come first, and each is measured once', async (t) => {
  const coverage = new Coverage('none', ROOT, [])
  const took: Readonly<Record<string, number>> = { 'slow.test.ts': 900, 'quick.test.ts': 100 }
  const measured: string[] = []
  const copy = {
    measure: async (test: string) => {
      measured.push(test)
      return { ending: test in took ? 'passed' : 'failed', tookMs: took[test] ?? 1, coverage } as const
    },
  }
  const baselines = new Baselines([], 60_000)
  const all = ['new.test.ts', 'other.test.ts', 'slow.test.ts', 'quick.test.ts']
  t.same(baselines.quickestFirst(all), all, 'as they stand while nothing is known')
  await Promise.all([baselines.of('slow.test.ts', copy), baselines.of('slow.test.ts', copy)])
  t.match(await baselines.of('quick.test.ts', copy), { tookMs: 100 })
  t.equal(await baselines.of('red.test.ts', copy), undefined)
  t.same(measured, ['slow.test.ts', 'quick.test.ts', 'red.test.ts'])
  t.same(baselines.leftOut, ['red.test.ts'])
  t.same(baselines.quickestFirst(all), [...['quick.test.ts', 'slow.test.ts', 'new.test.ts', 'other.test.ts']])
})

t.test('test files that take long are run only for what no quick one has noticed', async (t) => {
  const root = smallTree(t)
  const coverage = { ran: () => true } as unknown as Coverage
  const tests = ['long.test.ts', 'quick.test.ts', 'endless.test.ts']
  const took: Readonly<Record<string, number>> = { 'long.test.ts': 900, 'quick.test.ts': 10 }
  const [mutant] = mutantsOf('src/core/policy/limits.ts', PROGRAM)
  if (!mutant) throw new Error('the program has no mutant')
  const tryIt = async (noticing: string) => {
    const ran: string[] = []
    let isIn = false
    const end = (test: string, timeoutMs: number) => {
      const tookMs = took[test] ?? Number.MAX_VALUE
      if (tookMs > timeoutMs) return { ending: 'timed-out', tookMs, coverage } as const
      if (isIn) ran.push(test)
      return { ending: isIn && test === noticing ? 'failed' : 'passed', tookMs, coverage } as const
    }
    const copy = {
      root,
      write: (_: string, text: string) => {
        isIn = text !== PROGRAM
      },
      measure: async (...of: Parameters<typeof end>) => end(...of),
      run: async (...of: Parameters<typeof end>) => end(...of),
    }
    const graph = { testsOf: () => tests.map((test) => ({ test, steps: 1 })) }
    const [quick, slow] = [new Baselines([], 100), new Baselines([], 1_000)]
    const { outcome } = await new Trial({ copy, graph, quick, slow, maxTests: 3 }).of(mutant)
    return { outcome, ran, leftOut: slow.leftOut }
  }
  const quick = ['quick.test.ts']
  t.same(await tryIt('quick.test.ts'), { outcome: 'killed', ran: quick, leftOut: [] })
  t.same(await tryIt('long.test.ts'), { outcome: 'killed', ran: [...quick, 'long.test.ts'], leftOut: [] })
  const none = { outcome: 'survived', ran: [...quick, 'long.test.ts'], leftOut: ['endless.test.ts'] }
  t.same(await tryIt('none'), none)
})

t.test('a test file that does not end is ended, with what it started', async (t) => {
  const server = createServer()
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const root = t.testdir({
    'package.json': '{"type":"module"}',
    'quick.test.ts': 'process.exit(0)',
    'endless.test.ts': `
      import { spawn } from 'node:child_process'
      spawn(process.execPath, ['-e', "require('net').connect(${port}, '127.0.0.1')"])
      setInterval(() => {}, 1000)
    `,
  })
  const copy = new TreeCopy(root)
  t.teardown(() => copy.close())
  t.match(await copy.run('quick.test.ts', 60_000), { ending: 'passed' })
  t.match(await copy.run('endless.test.ts', 1), { ending: 'timed-out' })
  const connected = once(server, 'connection')
  const running = copy.run('endless.test.ts', 60_000)
  const [ofChild] = (await connected) as [Socket]
  const gone = once(ofChild.on('error', () => {}).resume(), 'close')
  copy.end()
  t.match(await running, { ending: 'failed' })
  await gone
  copy.close()
  t.notOk(existsSync(copy.folder))
})

t.test('every area has files, and every equivalent is a mutant of today with a reason', (t) => {
  for (const area of Object.keys(AREAS)) t.ok(filesOf(ROOT, area).length > 3, area)
  for (const { file, code, change, reason } of readEquivalents()) {
    const mutants = mutantsOf(file, readFileSync(join(ROOT, file), 'utf8'))
    t.ok(
      mutants.some((mutant) => mutant.code === code && mutant.change === change),
      `${file}: ${code}: ${change}`,
    )
    t.ok(reason.length > 20, reason)
  }
  t.end()
})
