// Health and metrics of a control plane: notices that were given up, and how far the roll-up is behind.
import { appendFileSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { readConfig } from '../../src/config/read-config.ts'
import { instantOf } from '../../src/core/device/device.ts'
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { createLog } from '../../src/observe/log.ts'
import { startControlPlane } from '../../src/run/control-plane.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { SECRET, TestPartner } from '../notices/partner.ts'
import { device } from '../store/place.ts'
import { restrict } from '../support/restrict.ts'

const METER = deviceKeyOf(1, 1)

async function startObserved(t: Test, partner: TestPartner, more = '') {
  const folder = t.testdir()
  const store = openSqliteStore({ file: join(folder, 'store.db') })
  t.teardown(() => store.close())
  await store.change((unit) => unit.inventory.put([device(METER, { region: 'North' })]))
  const text = `
store: store.db
journal: {folder: journal}
controlPlane: {listen: "127.0.0.1:0", observation: "127.0.0.1:0"${more}}
parties: [{id: CSP-N, name: Northern Radio, roles: [csp], regions: [North]}]
notices:
  partners: [{party: CSP-N, url: "${partner.url}", secrets: [${SECRET}]}]
  maxRefusals: 1
`
  const file = { name: 'duisgate.yaml', folder, text }
  const read = readConfig({ file, environment: {}, overrides: [], workingFolder: folder })
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const plane = await startControlPlane(read.config, createLog({ level: 'silent' }))
  t.teardown(() => plane.stop())
  const get = (path: string) => fetch(`http://127.0.0.1:${plane.observationPort}${path}`)
  /** The metrics, once they say so. */
  const until = async (wanted: RegExp): Promise<string> => {
    const text = await (await get('/metrics')).text()
    return wanted.test(text) ? text : later(20).then(() => until(wanted))
  }
  return { store, folder, get, until }
}

t.test('tells of notices that wait, and of those that were given up', async (t) => {
  const partner = await TestPartner.start(t, ({ type }) => (type.endsWith('digest') ? 204 : 400))
  const { store, get, until } = await startObserved(t, partner)
  const quiet = await until(/duisgate_notices_oldest_seconds\{party="CSP-N"\} 0\n/)
  t.match(quiet, 'duisgate_notices_dead{party="CSP-N"} 0')
  t.notMatch(quiet, 'duisgate_messages_total', 'nothing of a gateway')
  t.equal((await get('/readyz')).status, 200)
  t.equal((await get('/page')).status, 404)
  await restrict(store, [METER], instantOf(Date.now() - 1_000))
  t.match(
    await until(/duisgate_notices_dead\{party="CSP-N"\} 1/),
    'duisgate_notices_waiting{party="CSP-N"} 0',
  )
})

t.test('tells how old the last roll-up is, and what the journal has gained since', async (t) => {
  const { folder, until } = await startObserved(t, await TestPartner.start(t))
  t.match(await until(/duisgate_rollup_age_seconds \d/), 'duisgate_rollup_behind_bytes 0')
  mkdirSync(join(folder, 'journal'))
  appendFileSync(join(folder, 'journal', 'gateway-1.ndjson'), 'x'.repeat(100))
  t.match(await until(/duisgate_rollup_behind_bytes 100/), 'duisgate_rollup_age_seconds')
})

t.test('is ready while its store answers, and says what the store says when it does not', async (t) => {
  const { folder, get } = await startObserved(t, await TestPartner.start(t))
  const readiness = async () => {
    const response = await get('/readyz')
    return { status: response.status, page: await response.json() }
  }
  t.match(await readiness(), { status: 200, page: { ready: true } })
  renameSync(join(folder, 'store.db'), join(folder, 'gone.db'))
  t.match(await readiness(), { status: 503, page: { ready: false, reasons: [/ENOENT/] } })
  t.equal((await get('/healthz')).status, 200)
  renameSync(join(folder, 'gone.db'), join(folder, 'store.db'))
  t.match(await readiness(), { status: 200 })
})
