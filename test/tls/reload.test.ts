/** Certificates are renewed under load without a request lost: row T3 of the test plan. */
import { X509Certificate } from 'node:crypto'
import { truncate, writeFile } from 'node:fs/promises'
import t from 'tap'
import { callingParties } from '../../src/gateway/callers.ts'
import { ESME, USER } from '../fixtures/message.ts'
import { deviceKey } from '../support/plans.ts'
import { Authority } from './authority.ts'
import { ask, startTlsScene, type TlsScene } from './scene.ts'

/** The serial number that the gateway shows a new client. */
async function shownSerial(scene: TlsScene): Promise<bigint> {
  const socket = await scene.connect()
  const serial = socket.getPeerX509Certificate()?.serialNumber ?? ''
  socket.destroy()
  return BigInt(`0x${serial}`)
}

async function renew(scene: TlsScene): Promise<bigint> {
  const next = scene.ca.issue({ commonName: 'gateway' })
  await scene.put('gateway.pem', next.cert)
  await scene.put('gateway.key', next.key)
  return next.serial
}

t.test('twenty renewals under load lose no request, and each is seen at once', async (t) => {
  const ca = Authority.root()
  const scene = await startTlsScene(t, { ca, crl: ca.crl() })
  const client = scene.user()
  let isOver = false
  const failed: unknown[] = []
  let served = 0
  const note = (status: number | 'cut') => {
    if (status === 200) served++
    else failed.push(status)
  }
  const keeping = async () => {
    const socket = await scene.connect(client)
    while (!isOver) note(await ask(socket))
  }
  const connecting = async () => {
    while (!isOver) {
      const socket = await scene.connect(client)
      note(await ask(socket))
      socket.destroy()
    }
  }
  const load = Promise.all([keeping(), keeping(), connecting()])
  for (let i = 0; i < 20; i++) {
    const serial = await renew(scene)
    await scene.put('ca.crl', ca.crl())
    await scene.material.refresh()
    t.equal(await shownSerial(scene), serial)
  }
  isOver = true
  await load
  t.same(failed, [])
  t.ok(served > 100, `${served} served`)
})

t.test('a renewal is seen by itself', async (t) => {
  const scene = await startTlsScene(t)
  const began = performance.now()
  const serial = await renew(scene)
  while ((await shownSerial(scene)) !== serial);
  const tookMs = performance.now() - began
  t.comment(`figure: seen after ${Math.round(tookMs)} ms`)
})

t.test('files half-written, or a key that does not fit: what was read last is served', async (t) => {
  const scene = await startTlsScene(t)
  const serial = await shownSerial(scene)
  const next = scene.ca.issue({ commonName: 'gateway' })
  const steps: readonly (readonly [fault: string, step: () => Promise<void>])[] = [
    ['TLS_CERT_UNREADABLE', () => writeFile(scene.path('gateway.pem'), next.cert.slice(0, 200))],
    ['TLS_CERT_UNREADABLE', () => truncate(scene.path('gateway.pem'))],
    ['TLS_KEY_MISMATCH', () => scene.put('gateway.pem', next.cert)],
    ['TLS_KEY_UNREADABLE', () => writeFile(scene.path('gateway.key'), next.key.slice(0, 100))],
    ['TLS_CERT_UNREADABLE', () => scene.put('ca.pem', `${scene.ca.cert}-----BEGIN CERTIFICATE-----\nMIIB`)],
  ]
  for (const [fault, step] of steps) {
    await step()
    await scene.material.refresh()
    t.match(scene.material.faults.at(-1), { code: fault })
    t.equal(await shownSerial(scene), serial)
    t.equal(await ask(await scene.connect()), 200)
  }
  await scene.put('gateway.key', next.key)
  await scene.put('ca.pem', scene.ca.cert)
  await scene.material.refresh()
  t.same(scene.material.faults, [])
  t.equal(await shownSerial(scene), next.serial)
  t.match(scene.logged.at(-1), 'TLS files were read again')
})

t.test('the metric says when the certificate expires', async (t) => {
  const scene = await startTlsScene(t)
  const socket = await scene.connect()
  const { validToDate } = socket.getPeerX509Certificate() ?? new X509Certificate('')
  const { text } = await scene.scenario.gateway.metrics.exposition()
  const [, seconds] = /^duisgate_tls_certificate_seconds\{side="southbound.tls"\} (\S+)$/m.exec(text) ?? []
  t.ok(Math.abs(Number(seconds) - (validToDate.getTime() - Date.now()) / 1_000) < 60)
})

t.test('parties that change are those who may come, also on connections that stand', async (t) => {
  const scene = await startTlsScene(t)
  const { gateway } = scene.scenario
  const partyOf = (...euis: string[]) =>
    callingParties([{ id: 'A', euis: euis.map(deviceKey), certificates: [] }], 'uniqueIdentifier')
  const kept = await scene.connect()
  t.equal(await ask(kept), 200)

  gateway.setCallers(partyOf(USER, ESME))
  t.equal(await ask(kept), 200, 'a connection of somebody who stays goes on')

  const named = { id: 'A', euis: [deviceKey(ESME)], certificates: [USER] }
  gateway.setCallers(callingParties([named], 'uniqueIdentifier'))
  t.equal(await ask(kept), 403, 'and speaks for whom its party now is')

  gateway.setCallers(partyOf(ESME))
  t.equal(await ask(kept), 'cut', 'one that is nobody’s any more is cut')
  const refused = await scene.connect().then(ask, () => 'cut')
  t.equal(refused, 'cut')

  gateway.setCallers(partyOf(USER))
  t.equal(await ask(await scene.connect()), 200)
})
