/** `registrations import`: on a real store, from real files; flags follow as they do with an import through the API. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { duisgate, type RunOptions, temporaryFolder } from './run.ts'

const METER = '00-DB-12-34-56-78-90-A0'
const MPAN = '1200012345679'
const HEADER = 'mpxn,role,party,from,until\n'
const BEFORE = `${HEADER}${MPAN},supplier,SUP-A,2026-01-01T00:00:00Z,\n`
const AFTER = `${HEADER}${MPAN},supplier,SUP-A,2026-01-01T00:00:00Z,2026-06-01T00:00:00Z
${MPAN},supplier,SUP-B,2026-06-01T00:00:00Z,
${MPAN},network-operator,NET,2020-01-01T00:00:00+01:00,
`

const CONFIG = `
parties:
  - {id: SUP-A, name: Supplier A, roles: [supplier]}
  - {id: SUP-B, name: Supplier B, roles: [supplier]}
`

/** A folder of its own with a configuration, and the store inside. */
function place(t: Test) {
  const folder = temporaryFolder()
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'duisgate.yaml'), CONFIG)
  const file = join(folder, 'duisgate.db')
  const run = (words: readonly string[], options?: RunOptions) =>
    duisgate([...words, '--config', 'duisgate.yaml', '--store', file], { folder, ...options })
  const open = () => {
    const store = openSqliteStore({ file })
    t.teardown(() => store.close())
    return store
  }
  return { folder, run, open }
}

const importing = (stdin: string) => [['registrations', 'import', '-'], { stdin }] as const

const SET =
  `flag set ${MPAN} --as SUP-A --step advice-given --date 2026-01-10 --evidence CASE-1 --last-resort --credit-mode`.split(
    ' ',
  )

t.test('a change of Supplier in a file passes the flag on, and the gaining Supplier is asked', async (t) => {
  const { folder, run, open } = place(t)
  await run(['devices', 'import', '-'], { stdin: `device_id,type,mpxn\n${METER},ESME,${MPAN}\n` })
  t.match(await run(...importing(BEFORE)), { code: 0, stdout: '1 registration imported, 0 bad rows\n' })
  t.match(await run(SET), { code: 0 })
  writeFileSync(join(folder, 'after.csv'), AFTER)
  t.match(await run(['registrations', 'import', 'after.csv']), {
    code: 0,
    stdout: '3 registrations imported, 0 bad rows\n',
  })
  const store = open()
  const seen = () =>
    store.read(async (view) => ({
      registrations: await view.inventory.registrations(MPAN),
      tasks: (await view.tasks.ofParty(undefined, true, 9)).items,
      flags: await view.restrictions.ofMeterPoint(MPAN),
    }))
  const first = await seen()
  t.equal(first.registrations.length, 3)
  t.match(first.tasks, [{ kind: 're-confirm', party: 'SUP-B', restriction: first.flags[0]?.id }])
  t.match(first.flags, [{ until: undefined, isClosed: false }])

  t.match(await run(['registrations', 'import', 'after.csv']), { code: 0 })
  t.same(await seen(), first, 'the same file again changes nothing')
  const { items } = await store.read((view) => view.audit.list({ subject: 'registrations' }, 9))
  t.match(items[0], { action: 'registrations.imported', actor: { name: 'inventory' } })
  t.equal(items.length, 3, 'each import is in the audit')
})

t.test('each bad row is told with its line and why, and nothing at all is applied', async (t) => {
  const { run, open } = place(t)
  const start = '2026-01-01T00:00:00Z'
  const stdin = `${BEFORE}1200012345678,supplier,SUP-A,${start},
${MPAN},owner,SUP-A,${start},
${MPAN},supplier,,${start},
${MPAN},supplier,SUP-A,2026-01-01,
${MPAN},supplier,SUP-A,${start},2025-01-01T00:00:00Z
${MPAN}
`
  const { code, stdout, stderr } = await run(['registrations', 'import', '-'], { stdin })
  t.match({ code, stdout }, { code: 1, stdout: '0 registrations imported, 6 bad rows\n' })
  for (const line of [
    'line 3: mpxn: the check digit of MPAN',
    'line 4: role: give supplier or network-operator',
    'line 5: party:',
    'line 6: from: give a time with its zone',
    'line 7: until: give a later time',
    'line 8: has 1 field where the header has 5',
  ])
    t.ok(stderr.includes(line), line)
  t.same(await open().read((view) => view.inventory.registrations(MPAN)), [])

  const skipping = await run(['registrations', 'import', '-', '--skip-bad', '--json'], { stdin })
  t.match(skipping, { code: 0, stdout: '{"applied":1,"bad":6}\n' })
})

t.test('a file without a column that it needs is told', async (t) => {
  const { run } = place(t)
  t.match(await run(...importing('mpxn,role,from\n')), { code: 1, stderr: /no party column/ })
})
