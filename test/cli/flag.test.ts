/** `flag` and `audit` on a real store: the rules of change at the command line, and a trail that shows what was done. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { ESME, EUI_OF_NEXT, HOUSEHOLD, MPAN, MPRN, START, supplied } from '../restriction/scene.ts'
import { duisgate, jsonLines, type Ran, temporaryFolder } from './run.ts'

const CONFIG = `
store: duisgate.db
audit: {checkpointFile: kept/checkpoints.ndjson, keyFile: kept/key.pem}
parties:
  - {id: SUP-E, name: Electricity Supplier, roles: [supplier]}
  - {id: SUP-G, name: Gas Supplier, roles: [supplier, auditor]}
  - {id: SC, name: Service Centre, roles: [service-centre]}
  - {id: AUD, name: Auditor, roles: [auditor]}
`

interface Place {
  readonly folder: string
  run(words: string, stdin?: string): Promise<Ran>
}

/** A folder with a configuration and a store that holds one household with its registrations. */
async function place(t: Test): Promise<Place> {
  const folder = temporaryFolder()
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'duisgate.yaml'), CONFIG)
  const store = openSqliteStore({ file: join(folder, 'duisgate.db') })
  const since = Date.parse('2020-01-01T00:00:00Z')
  await store.change(async (unit) => {
    await unit.inventory.put(HOUSEHOLD)
    await unit.inventory.putRegistrations([supplied(MPAN, 'SUP-E', since), supplied(MPRN, 'SUP-G', since)])
  })
  await store.close()
  return {
    folder,
    run: (words, stdin) =>
      duisgate([...words.split(' '), '--config', join(folder, 'duisgate.yaml')], {
        folder,
        stdin: stdin ?? '',
      }),
  }
}

const EDIT = "UPDATE audit SET actor_name = 'somebody else' WHERE place = 1"

const DECLARED =
  '--step advice-given --step visit-offered --date 2024-02-29 --evidence CASE-4711 --last-resort --credit-mode'

t.test('the Responsible Supplier sets, sees, lists and clears the flag of its meter', async (t) => {
  const { run } = await place(t)
  const set = await run(`flag set ${MPAN} --as SUP-E --name jane.doe ${DECLARED}`)
  t.match(set, { code: 0, stdout: new RegExp(`^${MPAN}: set, R-\\w+, 1 Device\n$`), stderr: '' })
  t.match(await run(`flag set ${MPAN} --as SUP-E ${DECLARED}`), { code: 0, stdout: /: already-set, R-/ })
  t.match(await run(`flag show ${MPAN} 00-DB-00-00-00-00-00-03 --as SUP-E`), {
    code: 0,
    stdout: /Restricted {2}R-\w+ {2}effective {2}.*\n00-DB.*Restricted/,
  })
  const [listed] = jsonLines((await run('flag list --as SUP-E --json')).stdout)
  t.match(listed, { mpxn: MPAN, state: 'effective', devices: ['00-DB-00-00-00-00-00-03'], until: null })
  const clear = `flag clear ${MPAN} --as SUP-E --reason consumer-request --reference CASE-4712 --json`
  t.match(jsonLines((await run(clear)).stdout)[0], { outcome: 'cleared', version: 2 })
  t.match(await run(`flag show ${MPAN} --as SUP-E`), { code: 1, stdout: /not Restricted/ })
  t.equal((await run('flag list --as SUP-E')).stdout, '')
})

t.test('a set notes the schedules that go dark', async (t) => {
  const { folder, run } = await place(t)
  const store = openSqliteStore({ file: join(folder, 'duisgate.db') })
  const owned = { owner: EUI_OF_NEXT, srvs: ['4.8.1'], createdAt: START, until: undefined }
  await store.change((unit) => unit.schedules.put({ id: '4711', device: ESME, ...owned }))
  await store.close()
  const owner = '90-B3-D5-1F-30-01-00-03'
  t.match(await run(`flag set ${MPAN} --as SUP-E ${DECLARED}`), {
    code: 0,
    stderr: new RegExp(`${MPAN}: note: Schedule 4711 of ${owner}, which reads 4.8.1, goes dark.`),
  })
  const [seen] = jsonLines((await run(`flag set ${MPAN} --as SUP-E ${DECLARED} --json`)).stdout)
  t.match(seen, { schedules: [{ schedule: '4711', srvs: ['4.8.1'], owner, party: null }] })
})

t.test('the Service Centre sets it for the Supplier it names, on a ticket', async (t) => {
  const { run } = await place(t)
  const words = `flag set ${MPRN} --as SC ${DECLARED} --on-behalf-of SUP-G`
  t.match(await run(words), { code: 1, stderr: /ticket-missing: / })
  t.match(await run(`${words} --ticket INC-204711`), { code: 0, stdout: /: set, R-\w+, 2 Devices/ })
})

t.test('a refusal names its rule, what is wrong and what to do, and is in the audit', async (t) => {
  const { run, folder } = await place(t)
  const { code, stdout, stderr } = await run(`flag set ${MPAN} --as SUP-G/supplier`)
  t.match({ code, stdout }, { code: 1, stdout: '' })
  t.match(stderr, /^1200000000011: cross-fuel: You supply the other fuel here.* Give the number of/m)
  t.match(stderr, /: steps-missing: /)
  t.match(await run(`flag set ${MPAN} --as AUD ${DECLARED}`), { code: 1, stderr: /role-not-allowed/ })
  t.match(await run(`flag show ${MPAN} --as SUP-G/supplier`), { code: 1, stderr: /not-visible/ })
  t.match(await run('flag set 1200000000012 --as SUP-E'), { code: 1, stderr: /mpxn-invalid.*check digit/ })
  const store = openSqliteStore({ file: join(folder, 'duisgate.db') })
  t.teardown(() => store.close())
  const { items } = await store.read((view) => view.audit.list({ subject: MPAN }, 10))
  t.ok(items.some(({ action, actor }) => action === 'restriction.refused' && actor.party === 'SUP-G'))
  t.same((await store.read((view) => view.restrictions.ofDevice(ESME))).length, 0)
})

t.test('who acts must be configured, with a role it holds', async (t) => {
  const { run } = await place(t)
  t.match(await run('flag list --as NOBODY'), {
    code: 2,
    stderr: /NOBODY is not configured; give one of: SUP-E/,
  })
  t.match(await run('flag list --as SUP-G'), { code: 2, stderr: /give --as SUP-G\/ROLE/ })
  t.match(await run('flag list --as SUP-E/auditor'), { code: 2, stderr: /has the roles supplier/ })
  t.match(await run('flag list --as SUP-E/emperor'), { code: 2, stderr: /is not PARTY\/ROLE/ })
  t.match(await run('flag list'), { code: 2, stderr: /--as/ })
  t.match(await run(`flag set ${MPAN} --as SUP-E --from 2027-01-01T00:00:00`), {
    code: 2,
    stderr: /its zone/,
  })
})

t.test('a bulk file is done row by row, each with its result', async (t) => {
  const { run } = await place(t)
  const head = 'mpxn,steps,date,evidence,isLastResort,isCreditMode'
  const row = (mpxn: string) => `${mpxn},advice-given,2024-02-29,CASE-4711,yes,yes`
  const ran = await run('flag import - --as SUP-E', `${head}\n${row(MPAN)}\n${row(MPRN)}\n`)
  t.match(ran, {
    code: 1,
    stdout: /^line 2: set, R-\w+\nline 3: refused\n$/,
    stderr: /^line 3: cross-fuel: /,
  })
  const cleared = await run(
    'flag import - --as SUP-E --action clear --json',
    `mpxn,reason,reference\n${MPAN},consumer-request,CASE-1\n`,
  )
  t.match({ code: cleared.code, row: jsonLines(cleared.stdout)[0] }, { code: 0, row: { outcome: 'cleared' } })
  t.match(await run('flag import - --as SUP-E', 'mpnx\n1\n'), {
    code: 2,
    stderr: /cannot be imported\n.*mpnx/,
  })
  t.match(await run('flag import nowhere.csv --as SUP-E'), {
    code: 2,
    stderr: /cannot read nowhere\.csv \(there is no such file/,
  })
  t.match(await run('flag import . --as SUP-E'), { code: 2, stderr: /\. is a folder; give one file in it/ })
})

t.test('the rows of a bulk file that were not done come as a file to correct and import', async (t) => {
  const { run, folder } = await place(t)
  const head = 'mpxn,steps,date,evidence,isLastResort,isCreditMode'
  const rest = 'advice-given,2024-02-29,CASE-4711,yes,yes'
  const file = `${head}\n${MPAN},${rest}\n${MPRN},${rest}\n${MPAN}\n`
  const first = await run('flag import - --as SUP-E --bad-rows bad.csv', file)
  t.match(first, { code: 1, stderr: /^2 bad rows written to bad\.csv$/m })
  const bad = readFileSync(join(folder, 'bad.csv'), 'utf8')
  const lines = bad.split('\r\n')
  t.equal(lines[0], `problem,${head}`)
  t.match(lines[1], /^line 3: You supply the other fuel here.*,7400000001,advice-given/)
  t.equal(lines[2], `line 4: The row has 1 field where the header has 6.,${MPAN}`)
  const again = await run('flag import bad.csv --as SUP-E')
  t.match(again, { code: 1, stdout: 'line 2: refused\nline 3: unreadable\n' })
})

t.test('the audit trail is verified, signed, and an edit shows with its index', async (t) => {
  const { run, folder } = await place(t)
  t.match(await run('audit verify'), {
    code: 0,
    stdout: 'ok: whole up to index 0, and in step with 0 checkpoints\n',
  })
  await run(`flag set ${MPAN} --as SUP-E ${DECLARED}`)
  await run(`flag clear ${MPAN} --as SUP-E --reason other --reference CASE-4712`)
  t.match(await run('audit checkpoint'), { code: 0, stdout: /^signed: the end at index 2, in / })
  t.match(await run('audit verify'), { code: 0, stdout: /up to index 2, and in step with 1 checkpoint\n/ })

  const database = new DatabaseSync(join(folder, 'duisgate.db'))
  t.teardown(() => database.close())
  const { changes } = database.prepare(EDIT).run()
  t.equal(Number(changes), 1)
  t.match(await run('audit verify'), {
    code: 1,
    stderr: /broken at index 1: the entry is not what was written/,
  })
  t.match(await run('audit verify --json'), { stdout: /^\{"ok":false,"fault":"edited","index":1,/ })
  t.match(await run('audit checkpoint'), { code: 1, stderr: /is not vouched for/ })
})

t.test('a trail that is whole in itself but not the one that was signed is found out', async (t) => {
  const { run, folder } = await place(t)
  await run(`flag set ${MPAN} --as SUP-E ${DECLARED}`)
  await run('audit checkpoint')
  const again = await place(t)
  for (const name of ['duisgate.db', 'duisgate.db-wal', 'duisgate.db-shm'])
    rmSync(join(folder, name), { force: true })
  await again.run(`flag set ${MPAN} --as SUP-E ${DECLARED}`)
  const stolen = `--set store=${join(again.folder, 'duisgate.db')}`
  t.match(await run(`audit verify ${stolen}`), { code: 1, stderr: /at index 1: the trail was written anew/ })
})

t.test('a checkpoint that the key did not sign, or that is none, is told with its line', async (t) => {
  const { run, folder } = await place(t)
  await run(`flag set ${MPAN} --as SUP-E ${DECLARED}`)
  await run('audit checkpoint')
  const file = join(folder, 'kept/checkpoints.ndjson')
  const forged = { count: 0, hash: '0'.repeat(64), at: START, signature: 'AAAA' }
  writeFileSync(file, `${JSON.stringify(forged)}\n`, { flag: 'a' })
  t.match(await run('audit verify'), { code: 1, stderr: /ndjson:2 was not signed by the key/ })
  writeFileSync(file, 'x\n')
  t.match(await run('audit verify'), { code: 2, stderr: /ndjson:1 is not a checkpoint/ })
  rmSync(file)
  await run('audit checkpoint')
  rmSync(join(folder, 'kept/key.pem'))
  t.match(await run('audit verify'), { code: 1, stderr: /no key .*key\.pem to verify/ })
})
