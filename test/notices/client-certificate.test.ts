// Partners over TLS that demand a client certificate: ours is shown, and nobody who is not trusted is told anything.
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { readConfig } from '../../src/config/read-config.ts'
import { instantOf } from '../../src/core/device/device.ts'
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { tlsDispatcher } from '../../src/notices/tls-dispatcher.ts'
import { createLog } from '../../src/observe/log.ts'
import { startControlPlane } from '../../src/run/control-plane.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { TlsDialer } from '../../src/tls/dialer.ts'
import { TlsMaterial } from '../../src/tls/material.ts'
import { device } from '../store/place.ts'
import { restrict } from '../support/restrict.ts'
import { Authority } from '../tls/authority.ts'
import { SECRET, TestPartner } from './partner.ts'
import { startTelling, webhookTo } from './telling.ts'

const log = createLog({ level: 'silent' })
const METER = deviceKeyOf(1, 1)

/** A store with one Restricted Device in the region North. */
async function openStore(t: Test) {
  const file = join(t.testdir(), 'store.db')
  const store = openSqliteStore({ file })
  t.teardown(() => store.close())
  await store.change((unit) => unit.inventory.put([device(METER, { region: 'North' })]))
  await restrict(store, [METER], instantOf(Date.now() - 1_000))
  return { store, file, folder: t.testdirName }
}

/** A partner that takes notices from clients of the CA only. */
function demanding(t: Test, ca: Authority): Promise<TestPartner> {
  const { cert, key } = ca.issue({ commonName: 'partner' })
  const options = { cert, key, ca: ca.cert, requestCert: true, rejectUnauthorized: true }
  return TestPartner.start(t, () => 204, 0, options)
}

t.test('a configured certificate is shown to the partner', async (t) => {
  const ca = Authority.root()
  const { folder } = await openStore(t)
  const own = ca.issue({ commonName: 'duisgate' })
  for (const [name, text] of Object.entries({ 'own.pem': own.cert, 'own.key': own.key, 'ca.pem': ca.cert }))
    writeFileSync(join(folder, name), text)
  const partner = await demanding(t, ca)
  const text = `
store: store.db
journal: {folder: journal}
controlPlane: {listen: "127.0.0.1:0"}
parties: [{id: CSP-N, name: Northern Radio, roles: [csp], regions: [North]}]
notices:
  partners: [{party: CSP-N, url: "${partner.url}", secrets: [${SECRET}]}]
  tls: {ca: ca.pem, certificate: own.pem, key: own.key}
`
  const file = { name: 'duisgate.yaml', folder, text }
  const read = readConfig({ file, environment: {}, overrides: [], workingFolder: folder })
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const plane = await startControlPlane(read.config, log)
  t.teardown(() => plane.stop())
  await partner.until(({ taken }) => taken.some(({ type }) => type === 'duisgate.notice.set'))
  t.ok(partner.arrivals.every(({ client }) => client === 'CN=duisgate'))
})

async function startWith(
  t: Test,
  ca: Authority,
  files: { readonly certificate?: string; readonly key?: string },
) {
  const { store, folder } = await openStore(t)
  const put = (name: string, content: string) => {
    writeFileSync(join(folder, `${name}.new`), content)
    renameSync(join(folder, `${name}.new`), join(folder, name))
    return join(folder, name)
  }
  const paths = Object.entries(files).map(([name, content]) => [name, put(name, content)])
  const material = await TlsMaterial.open({
    side: 'notices.tls',
    files: { ca: put('ca.pem', ca.cert), ...Object.fromEntries(paths) },
    log,
  })
  t.teardown(() => material.close())
  const dialer = new TlsDialer({ material, log })
  const dispatcherOf = () => tlsDispatcher({ dialer, connections: 4, connectMs: 5_000 })
  /** Why the first attempt failed, once it has. */
  const problem = async (): Promise<string> => {
    const { items } = await store.read((view) => view.notices.list({}, 10))
    return items.find((notice) => notice.problem !== undefined)?.problem ?? later(10).then(problem)
  }
  return { store, put, material, dispatcherOf, problem }
}

t.test('without a certificate the partner takes nothing; a renewed one is shown from then on', async (t) => {
  const ca = Authority.root()
  const stranger = Authority.root('another').issue({ commonName: 'stranger' })
  const partner = await demanding(t, ca)
  const one = await startWith(t, ca, { certificate: stranger.cert, key: stranger.key })
  const { store, dispatcherOf } = one
  startTelling(t, store, { webhooks: [webhookTo('CSP-N', partner)], dispatcherOf })
  await one.problem()
  t.same(partner.arrivals, [])
  const own = ca.issue({ commonName: 'renewed' })
  one.put('certificate', own.cert)
  one.put('key', own.key)
  await one.material.refresh()
  await partner.until(({ taken }) => taken.length > 0)
  t.equal(partner.taken[0]?.client, 'CN=renewed')
})

t.test('a partner whose certificate comes from another CA is told nothing', async (t) => {
  const ca = Authority.root()
  const other = Authority.root('another')
  const partner = await demanding(t, other)
  const own = ca.issue({ commonName: 'duisgate' })
  const { store, dispatcherOf, problem } = await startWith(t, ca, { certificate: own.cert, key: own.key })
  startTelling(t, store, { webhooks: [webhookTo('CSP-N', partner)], dispatcherOf })
  t.match(await problem(), /UNABLE_TO|SELF_SIGNED|TLS_/)
  t.same(partner.arrivals, [])
})

t.test('a partner on plain http is reached beside those on https', async (t) => {
  const ca = Authority.root()
  const partner = await TestPartner.start(t)
  const { store, dispatcherOf } = await startWith(t, ca, {})
  startTelling(t, store, { webhooks: [webhookTo('CSP-N', partner)], dispatcherOf })
  await partner.until(({ taken }) => taken.length > 0)
  t.equal(partner.taken[0]?.isSigned, true)
})
