/** Both planes as processes, each as its role: a flag is set and enforced, and a swap that the gateway sees is followed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { DCC, USER } from '../fixtures/message.ts'
import { ROLES_SQL, type RoleName, urlOf } from '../store/roles.ts'
import { DuisgateProcess } from '../support/duisgate-process.ts'
import { runOn, startPostgres } from '../support/postgres.ts'
import { post, temporaryFolder } from '../support/start-gateway.ts'
import { startStubDsp } from '../support/stub-dsp.ts'
import { startStubUser } from '../support/stub-user.ts'
import { duisgate } from './run.ts'

const fixture = (name: string) => readFileSync(new URL(`../fixtures/swap/${name}`, import.meta.url))

const DELIVERED = `device_id,type,hub,mpxn,status,region,generation
00-DB-12-34-56-78-90-B4,CHF,,,Pending,north,SMETS2
00-0D-5C-AA-16-9A-00-7F,GPF,00-DB-12-34-56-78-90-B4,,Pending,north,SMETS2
`

const SET =
  'flag set 7400000001 --as SUP-G --step advice-given --date 2026-01-02 --evidence CASE-1 --last-resort --credit-mode'

t.test('a database whose planes have few rights, from the first migration to a swap', async (t) => {
  const server = await startPostgres({ isDurable: true })
  t.teardown(() => server.stop())
  const [dsp, user] = [await startStubDsp(), await startStubUser()]
  t.teardown(() => Promise.all([dsp.close(), user.close()]))
  const database = await server.database()
  const storeOf = (role: RoleName) => urlOf({ ...database, user: `duisgate_${role}` })
  const parties = JSON.stringify([
    { id: 'SUP-G', name: 'G', roles: ['supplier'], euis: [USER] },
    { id: 'CSP', name: 'C', roles: ['csp'], regions: ['north'] },
  ])

  await runOn(database, ROLES_SQL)
  const migrated = await duisgate(['schema', 'migrate', '--store', storeOf('owner')])
  t.match(migrated, { code: 0, stdout: /^the schema is up to date; this duisgate needs version \d+\n$/ })
  await runOn(database, ROLES_SQL)

  const asControl = async (words: string, stdin: string | Buffer = '') => {
    const settings = [`store=${storeOf('control')}`, 'store.migrate=never', `parties=${parties}`]
    const sets = settings.flatMap((setting) => ['--set', setting])
    const ran = await duisgate([...words.split(' '), ...sets], { stdin })
    if (ran.code !== 0) throw new Error(ran.stderr + ran.stdout)
  }
  await asControl('devices import -', fixture('devices.csv'))
  await asControl('registrations import -', fixture('registrations.csv'))
  await asControl('devices import -', DELIVERED)
  await asControl(SET)

  const folder = await temporaryFolder(t)
  const shared = { 'store.migrate': 'never', parties, 'journal.folder': join(folder, 'journal') }
  const plane = new DuisgateProcess(t, 'control-plane', {
    settings: { ...shared, store: storeOf('control'), 'controlPlane.listen': '127.0.0.1:0' },
  })
  await plane.logged('the control plane is listening')
  const gateway = new DuisgateProcess(t, 'serve', {
    settings: {
      ...shared,
      store: storeOf('gateway'),
      dccEuis: DCC,
      'controlPlane.isOn': 'false',
      'southbound.listen': '127.0.0.1:0',
      'southbound.dspUrl': dsp.url.origin,
      'northbound.listen': '127.0.0.1:0',
      'northbound.fallback': `${user.url}receive`,
      'control.listen': '127.0.0.1:0',
    },
  })
  const { southbound, northbound } = await gateway.ports()
  const read = async () => {
    const path = '/api/v1/serviceS'
    const { status, body } = await post(southbound, fixture('read-of-the-new-gas-proxy.xml'), { path })
    return status === 503 ? 'later' : (/ResponseCode>(\w+)</.exec(body.toString())?.[1] ?? 'forwarded')
  }
  t.equal(await read(), 'forwarded', 'the new Gas Proxy Function is in no home yet')
  t.equal((await post(northbound, fixture('tcso-by-dcc-alert.xml'), { path: '/' })).status, 204, 'delivered')
  const seen = new Set<string>()
  for (let outcome = ''; outcome !== 'E5'; seen.add(outcome)) outcome = await read()
  t.notOk(seen.has('forwarded'), 'and none of its readings passes from the alert on')
  await gateway.stop()
  await plane.stop()
  const complaints = [...gateway.log, ...plane.log].filter(({ level }) => Number(level) >= 40)
  t.same(complaints, [], 'nobody was told that a right is missing')
})
