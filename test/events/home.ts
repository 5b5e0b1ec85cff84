/**
 * A home in a store with its gas meter Restricted, and a gateway in front of a DSP and a User: what a message about the home
 * leads to, from the listener to the notice.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { loadTable } from '../../src/config/load-table.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { tablePathOf } from '../../src/config/table-path.ts'
import { FanOut } from '../../src/notices/fan-out.ts'
import { partnersOf } from '../../src/notices/partners.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { createLog } from '../../src/observe/log.ts'
import { restrictionService } from '../../src/restrictions/restriction-service.ts'
import { startService } from '../../src/run/gateway-service.ts'
import { rulesAndParties } from '../../src/run/rules-and-parties.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { duisgate } from '../cli/run.ts'
import { DCC, response, responseMessage, USER } from '../fixtures/message.ts'
import { DECLARATION } from '../restriction/scene.ts'
import { catalogue } from '../support/plans.ts'
import { type Answered, post, temporaryFolder, untilMetric } from '../support/start-gateway.ts'
import { answering, startStubDsp } from '../support/stub-dsp.ts'
import { startStubUser } from '../support/stub-user.ts'

export const log = createLog({ level: 'silent' })
export const fixture = (name: string) => readFileSync(new URL(`../fixtures/swap/${name}`, import.meta.url))
export const OLD_HUB = '00-DB-12-34-56-78-90-A2'
export const NEW_HUB = '00-DB-12-34-56-78-90-B4'
export const OLD_GPF = '00-0D-5C-AA-16-9A-00-6F'
export const NEW_GPF = '00-0D-5C-AA-16-9A-00-7F'
export const GSME = '00-0D-5C-AA-16-9A-00-6A'
export const MPRN = '7400000001'
export const ESME = '00-0D-5C-AA-16-9A-00-E1'
export const MPAN = '1200012345679'
/** Sends requests as SUP-B. */
export const USER_B = '90-B3-D5-1F-30-02-00-01'
/** What the CSP delivered: the new hub and its Gas Proxy Function, in no home yet. */
export const DELIVERED = `device_id,type,hub,mpxn,status,region,generation
${NEW_HUB},CHF,,,Pending,north,SMETS2
${NEW_GPF},GPF,${NEW_HUB},,Pending,north,SMETS2
`
export const READ = fixture('read-of-the-new-gas-proxy.xml')

const configText = (table: string, dsp: URL, user: URL) => `
table: ${table}
store: store.db
journal: {folder: journal}
southbound: {listen: "127.0.0.1:0", dspUrl: "${dsp}"}
northbound: {listen: "127.0.0.1:0", users: {${USER}: "${user}receive"}}
control: {listen: "127.0.0.1:0"}
dccEuis: [${DCC}]
parties:
  - {id: SUP-A, name: A, roles: [supplier], euis: [90-B3-D5-1F-30-02-00-00]}
  - {id: SUP-B, name: B, roles: [supplier], euis: [90-B3-D5-1F-30-02-00-01]}
  - {id: SUP-G, name: G, roles: [supplier], euis: [${USER}]}
  - {id: NET, name: N, roles: [network-operator], euis: [90-B3-D5-1F-30-02-00-02]}
  - {id: CSP, name: C, roles: [csp], regions: [north]}
`

/** A home in a store, its gas meter Restricted, and a gateway in front of a DSP and a User. */
export async function home(t: Test, table: string, delivered = '') {
  const [dsp, user] = [await startStubDsp(), await startStubUser()]
  t.teardown(() => Promise.all([dsp.close(), user.close()]))
  const folder = await temporaryFolder(t)
  const text = configText(table, dsp.url, user.url)
  const result = readConfig({
    file: { name: 'duisgate.yaml', folder, text },
    environment: {},
    overrides: [],
    workingFolder: folder,
  })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  const { config } = result
  const file = ['--set', `store=${join(folder, 'store.db')}`]
  for (const [what, csv] of [
    ['devices', fixture('devices.csv')],
    ['registrations', fixture('registrations.csv')],
    ['devices', delivered],
  ] as const) {
    if (csv.length === 0) continue
    const ran = await duisgate([what, 'import', '-', ...file], { stdin: csv })
    if (ran.code !== 0) throw new Error(ran.stderr + ran.stdout)
  }
  const store = openSqliteStore({ file: join(folder, 'store.db') })
  t.teardown(() => store.close())
  const loaded = await loadTable(tablePathOf(table), catalogue)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const inForce = () => loaded.table
  const restrictions = restrictionService({ ...rulesAndParties(config), store, table: inForce })
  const restrict = async (party: string, mpxn: string) => {
    const actor = { party, role: 'supplier', name: 'somebody' } as const
    const set = await restrictions.set(actor, { mpxn, declaration: { ...DECLARATION, date: '2026-01-02' } })
    if (!set.ok) throw new Error(JSON.stringify(set))
  }
  await restrict('SUP-G', MPRN)
  const partners = partnersOf(config.parties, rulesAndParties(config).regionsOfCsp, {
    isOn: false,
    webhooks: [],
  })
  const fanOut = new FanOut({
    store,
    clock: systemClock,
    partners,
    newId: countedIds(),
    table: inForce,
    log,
  })
  await fanOut.followPartners()
  await fanOut.run()
  const start = async () => {
    const service = await startService({ config, log })
    t.teardown(() => service.stop())
    const { southbound, northbound } = service.gateway.ports
    return {
      service,
      south: (body: string | Buffer, path = '/api/v1/serviceS') => post(southbound, body, { path }),
      north: (body: string | Buffer) => post(northbound, body, { path: '/' }),
      resolved: () => untilMetric(service.gateway.metrics, 'duisgate_announced_devices 0'),
    }
  }
  return {
    start,
    ...(await start()),
    ...{ dsp, user, store, restrictions, restrict, fanOut, folder },
  }
}

function countedIds() {
  let count = 0
  return () => `N-${++count}`
}

export type Home = Awaited<ReturnType<typeof home>>

/** `E5`, or the status of an answer without a Response. */
export function outcomeOf({ status, body }: Answered): string {
  return /ResponseCode>(\w+)</.exec(body.toString())?.[1] ?? String(status)
}

/** Sends a request of which the DSP says at once that it is done; `data` is what its answer holds. */
export async function ask(
  { dsp, south }: Pick<Home, 'dsp' | 'south'>,
  srv: string,
  message: string,
  target = DCC,
  { originator = USER, data = '' } = {},
): Promise<number> {
  const requestId = `${originator}:${target}:1000`
  dsp.behave(answering(200, response({ requestId, body: responseMessage(srv, data) })))
  const answer = await south(message, '/api/v1/serviceD')
  dsp.behave(answering(204, ''))
  return answer.status
}
