/** The fault kit: what it makes of proofs, what it keeps, and the page that it writes. The suite runs one of its rows, not all. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { METRICS } from '../../src/observe/metric-list.ts'
import { FAILURE_PAGE, withFaultTables } from './document.ts'
import { everyRow } from './every-row.ts'
import { Judge } from './judge.ts'
import { NotHere, type Proof, probe, type Row, tests } from './row.ts'
import { partOfProbe } from './run-probe.ts'
import { casesOf, pathOfTest } from './run-tests.ts'
import { SAMPLE, type SavedOutcome, savedOutcomes, saveOutcomes } from './saved-outcomes.ts'

const ROW: Row = {
  id: 'C1',
  fault: 'a cable is pulled',
  how: 'by hand',
  holds: 'nothing leaks',
  messages: 'wait | go on',
  operator: 'an alarm',
  proofs: [],
}

const holding = probe(async () => ({ holds: true, figure: '0 leaked' }))
const failing = probe(async () => ({ holds: false, figure: '1 leaked' }))
const throwing = probe(() => Promise.reject(new Error('no port')))
const elsewhere = probe(() => Promise.reject(new NotHere('it needs root')))
const withoutTool = probe(async () => ({ holds: true, figure: '' }), { program: 'no-such', package: 'none' })

const judged: Record<string, { proofs: readonly Proof[]; notHere?: string; outcome: object }> = {
  'a proof that holds passes': {
    proofs: [holding],
    outcome: { state: 'pass', figure: '0 leaked', skipped: [] },
  },
  'one proof of two that fails is a failure': {
    proofs: [holding, failing],
    outcome: { state: 'fail', figure: '0 leaked; 1 leaked' },
  },
  'a probe that throws is a failure': { proofs: [throwing], outcome: { state: 'fail', figure: /no port/ } },
  'what cannot be run here is skipped with the reason': {
    proofs: [elsewhere],
    outcome: { state: 'skipped', figure: '', skipped: ['it needs root'] },
  },
  'a program that is missing is named with its package': {
    proofs: [holding, withoutTool],
    outcome: { state: 'part', skipped: ['no-such is not installed (package none)'] },
  },
  'what a row leaves out makes it a part': {
    proofs: [holding],
    notHere: 'an hour',
    outcome: { state: 'part', skipped: ['an hour'] },
  },
  'a row without a proof has not passed': { proofs: [], outcome: { state: 'skipped' } },
  'cases that no test has are a failure': {
    proofs: [tests('kits/faults/log-sink', /no such case/)],
    outcome: { state: 'fail', figure: /no case of kits\/faults\/log-sink/ },
  },
  'cases of a test count, and their figures show': {
    proofs: [tests('kits/faults/log-sink', /nobody reads/)],
    outcome: { state: 'pass', figure: /a line into a full pipe, 1 case of kits\/faults\/log-sink/ },
  },
}

const BOUND = { seconds: 300, signal: new AbortController().signal }

function inThisProcess(): Judge {
  return new Judge({
    tests: (file) => casesOf(file, BOUND),
    probe: (_, proof) => partOfProbe(proof, true),
  })
}

for (const [what, { outcome, ...row }] of Object.entries(judged)) {
  t.test(what, async (t) => {
    t.match(await inThisProcess().outcomeOf({ ...ROW, ...row }), { id: 'C1', ...outcome })
  })
}

t.test('what a probe opened is closed, newest first, also when it throws', async (t) => {
  const closed: string[] = []
  const opening = probe(async (scope) => {
    scope.teardown(() => closed.push('store'))
    scope.teardown(() => closed.push('gateway'))
    throw new Error('in the middle')
  })
  await inThisProcess().outcomeOf({ ...ROW, proofs: [opening] })
  t.same(closed, ['gateway', 'store'])
})

function saved(id: string, figure: string): SavedOutcome {
  return { id, state: 'pass', figure, skipped: [], seconds: 1, isQuick: false, day: '2026-01-02' }
}

t.test('a later run takes the place of the rows that it ran, and leaves the others', async (t) => {
  const file = join(t.testdir(), 'outcomes.json')
  saveOutcomes(file, [saved('C10', 'a'), saved('C2', 'b')])
  saveOutcomes(file, [saved('C2', 'c'), saved('A1', 'd')])
  t.same(
    [...savedOutcomes(file).values()].map(({ id, figure }) => id + figure),
    ['A1d', 'C2c', 'C10a'],
  )
})

t.test('the table has a line for each row, in cells that no text can break', async (t) => {
  const page = 'before\n<!-- npm run faults writes from here -->\nformer lines\n<!-- to here -->\nafter\n'
  const written = withFaultTables(page, [ROW], new Map([['C1', saved('C1', 'x | y')]]))
  t.match(
    written,
    '| C1 | a cable is pulled (by hand) | nothing leaks | wait \\| go on | an alarm | pass | x \\| y |',
  )
  t.notMatch(written, /former lines/)
  t.equal(withFaultTables(written, [ROW], new Map([['C1', saved('C1', 'x | y')]])), written)
  t.match(withFaultTables(page, [ROW], new Map()), '| an alarm | not run | – |')
  const wanting = [{ ...ROW, proofs: [withoutTool, withoutTool, holding] }]
  t.match(withFaultTables(page, wanting, new Map()), 'by their Debian packages: `none`, and')
  t.match(written, 'The 1 rows below took 0 minutes, added up; longest C1 1 s.')
  t.throws(() => withFaultTables('no place', [ROW], new Map()))
})

const PLAN = [
  'H3 H4 H5 H6 H7 H8 H9 H10 H11',
  'X1 X2 X3 X4 X5 X6 X7 X8 X9 X10 X11 X12 X13',
  'T1 T2 T3 T4 T5 T6 T7',
  'C1 C2 C3 C4 C5 C6 C7 C8 C9',
  'D1 D2 D3 D4 D5 D6 D7 D8 D9',
  'L1 L2 L3 L4 L5 L6 L7 L8 L9 L10',
  'A1 A2 A3 A4 A5 A6 A7 A8 A9 A10',
].flatMap((family) => family.split(' '))

t.test('every line of the test plan has a row, in its order, and every row was run', async (t) => {
  const ids = (await everyRow()).map(({ id }) => id)
  t.same(
    ids.filter((id) => PLAN.includes(id)),
    PLAN,
  )
  const saved = savedOutcomes(SAMPLE)
  for (const id of ids) t.match(saved.get(id)?.state, /^(?:pass|part|skipped)$/, id)
})

t.test(
  'the page says what the rows and the saved outcomes say; npm run faults -- none --write-docs writes it',
  async (t) => {
    const page = readFileSync(FAILURE_PAGE, 'utf8')
    t.equal(withFaultTables(page, await everyRow(), savedOutcomes(SAMPLE)), page)
  },
)

t.test('metrics that rows name exist', async (t) => {
  for (const { id, operator, messages } of await everyRow())
    for (const [name] of `${operator} ${messages}`.matchAll(/duisgate_[a-z_]+/g))
      t.ok(name in METRICS, `${id}: ${name}`)
})

const KIT = join(import.meta.dirname, 'kit.ts')

function runKit(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [KIT, ...words]).then(
    (done) => ({ code: 0, ...done }),
    (error) => error,
  )
}

t.test('a row is run against the real thing, printed and kept', async (t) => {
  const file = join(t.testdir(), 'outcomes.json')
  const { code, stdout } = await runKit('X1', '--quick', '--out', file)
  t.equal(code, 0)
  t.match(
    stdout,
    /^X1 +pass +[\d.]+ s {2}Documents that are no XML[\s\S]*with a DOCTYPE refused[\s\S]*1 pass, 0 in part, 0 skipped, 0 fail\n$/,
  )
  t.match(savedOutcomes(file).get('X1'), { state: 'pass', isQuick: true })
})

t.test('a row that does not exist is told', async (t) => {
  t.match(await runKit('C7', 'C77'), { code: 2, stderr: /there is no row C77/ })
})

t.test('a number that is none is told', async (t) => {
  t.match(await runKit('C7', '--jobs', 'two'), { code: 2, stderr: /--jobs/ })
})

t.test('every test file that a row names is there', async (t) => {
  const named = (await everyRow()).flatMap(({ proofs }) =>
    proofs.flatMap((proof) => (proof.kind === 'tests' ? [proof.file] : [])),
  )
  t.same(
    named.filter((file) => !existsSync(pathOfTest(file))),
    [],
  )
})
