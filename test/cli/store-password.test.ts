/** Another password of the store in the configuration: SIGHUP takes it in the gateway and in its control plane, without a restart. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { newToken } from '../../src/control/identity.ts'
import {
  PASSWORD,
  PostgresCluster,
  storeUrl,
  until,
  withoutReplication,
} from '../support/replicated-postgres.ts'
import { ward } from '../support/warden.ts'
import { BIN, temporaryFolder } from './run.ts'

const AUDITOR = newToken()

const configOf = (store: string) => `
store: ${JSON.stringify(store)}
southbound: {listen: "127.0.0.1:0", dspUrl: "http://127.0.0.1:9"}
northbound: {listen: "127.0.0.1:0"}
control: {listen: "127.0.0.1:0"}
controlPlane: {listen: "127.0.0.1:0"}
journal: {folder: journal}
parties:
  - {id: AUD, name: Auditor, roles: [auditor]}
credentials:
  - {tokenHash: ${AUDITOR.tokenHash}, party: AUD, roles: [auditor], name: jane.doe}
`

interface Line {
  readonly msg: string
  readonly plane?: string
  readonly pid?: number
  readonly control?: string
  readonly api?: string
  readonly settings?: readonly string[]
}

t.test('both planes go on with the new password', { skip: withoutReplication }, async (t) => {
  const server = (await PostgresCluster.start(t, { standbys: 0 })).server(0)
  const file = join(temporaryFolder(), 'duisgate.yaml')
  writeFileSync(file, configOf(storeUrl(server.address)))
  const child = ward(
    spawn(process.execPath, [BIN, 'serve', '--config', file], { stdio: ['ignore', 'pipe', 'inherit'] }),
  )
  t.teardown(() => child.kill('SIGKILL'))
  const said: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line))
  const lines = () => said.map((line) => JSON.parse(line) as Line)
  const logged = async (isIt: (line: Line) => boolean) => {
    await until(async () => lines().some(isIt))
    return lines().find(isIt)
  }
  const gateway = await logged(({ msg }) => msg === 'listening')
  const plane = await logged(({ msg }) => msg === 'the control plane is listening')
  const isInStep = async () =>
    (await (await fetch(`http://${gateway?.control}/metrics`)).text()).includes('\nduisgate_flag_in_step 1\n')
  const headers = { authorization: `Bearer ${AUDITOR.token}` }
  const answers = async () => (await fetch(`${plane?.api}/restrictions?limit=1`, { headers })).status === 200
  await until(isInStep)
  await until(answers)

  await server.run("ALTER ROLE duisgate PASSWORD 'another'")
  await server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'duisgate'")
  await until(async () => !(await isInStep()))
  await until(async () => !(await answers()))
  writeFileSync(file, configOf(storeUrl(server.address, '', 'another')))
  child.kill('SIGHUP')
  await until(isInStep)
  await until(answers)
  const isTaken = (line: Line) =>
    line.msg === 'changed settings are in force' && line.settings?.join() === 'store'
  t.equal(lines().filter(isTaken).length, 2)
  t.equal(lines().filter(({ msg }) => msg === 'the control plane is listening').length, 1)
  t.notMatch(
    said.join('\n'),
    new RegExp(`another|${encodeURIComponent(PASSWORD)}|${PASSWORD}`),
    'no password in the log',
  )
})
