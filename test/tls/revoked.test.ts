/** A revoked client is cut off, however it is connected: row T1 of the test plan. */
import { once } from 'node:events'
import type { SecureVersion, TLSSocket } from 'node:tls'
import t from 'tap'
import { USER } from '../fixtures/message.ts'
import type { TestScope } from '../support/start-gateway.ts'
import { Authority } from './authority.ts'
import { ask, reading, reasons, refusal, startTlsScene, type TlsScene, uniqueIdentifier } from './scene.ts'

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const

/** A gateway with an empty revocation list. */
function withList(t: TestScope): Promise<TlsScene> {
  const ca = Authority.root()
  return startTlsScene(t, { ca, crl: ca.crl() })
}

function only(version: SecureVersion) {
  return { minVersion: version, maxVersion: version }
}

/** A session that the gateway gave the client, for it to come back with. */
async function sessionOf(scene: TlsScene, client: ReturnType<TlsScene['user']>, version: SecureVersion) {
  const socket = await scene.connect(client, only(version))
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
  socket.once('session', resolve).once('close', () => resolve(socket.getSession()))
  await ask(socket)
  socket.end()
  return promise
}

for (const version of VERSIONS) {
  t.test(`${version}: a revoked client gets nothing more on a connection that it keeps`, async (t) => {
    const scene = await withList(t)
    const [revoked, good] = [scene.user(), scene.user()]
    const kept = await scene.connect(revoked, only(version))
    const others = await scene.connect(good, only(version))
    t.equal(await ask(kept), 200)
    t.equal(await ask(others), 200)
    const closed = once(kept, 'close')

    await scene.put('ca.crl', scene.ca.crl({ revoked: [revoked.serial] }))
    await scene.material.refresh()

    t.equal(await ask(kept), 'cut')
    await closed
    t.equal(await ask(others), 200, 'others go on')
    t.equal(scene.scenario.dsp.begun, 3)
    t.same(reasons(scene), { TLS_CERT_REVOKED: 1 })
  })

  t.test(
    `${version}: a revoked client gets nothing on a new connection, nor when it comes back with its session`,
    async (t) => {
      const scene = await withList(t)
      const client = scene.user()
      const session = await sessionOf(scene, client, version)
      const back = await scene.connect(client, { ...only(version), ...(session && { session }) })
      t.equal(await ask(back), 200)
      t.notOk(back.isSessionReused(), 'every connection shows its certificate anew')

      await scene.put('ca.crl', scene.ca.crl({ revoked: [client.serial] }))
      await scene.material.refresh()

      t.equal(await refusal(scene.connect(client, only(version))), 'refused')
      t.equal(
        await refusal(scene.connect(client, { ...only(version), ...(session && { session }) })),
        'refused',
      )
      t.equal(scene.scenario.dsp.begun, 2)
    },
  )

  t.test(`${version}: a session of one worker is worth nothing to another with the same files`, async (t) => {
    const ca = Authority.root()
    const [one, other] = [
      await startTlsScene(t, { ca, crl: ca.crl() }),
      await startTlsScene(t, { ca, crl: ca.crl() }),
    ]
    const client = one.user()
    const session = await sessionOf(one, client, version)
    const socket = await other.connect(client, { ...only(version), ...(session && { session }) })
    t.equal(await ask(socket), 200)
    t.notOk(socket.isSessionReused())
  })
}

t.test('the list is looked at by itself, and the connection is cut', async (t) => {
  const scene = await withList(t)
  const client = scene.user()
  const kept = await scene.connect(client)
  t.equal(await ask(kept), 200)
  const closed = once(kept, 'close')
  const began = performance.now()
  await scene.put('ca.crl', scene.ca.crl({ revoked: [client.serial] }))
  await closed
  const tookMs = performance.now() - began
  t.comment(`figure: a kept connection cut ${Math.round(tookMs)} ms after the list changed`)
})

t.test('who is revoked in the middle of a message never has it forwarded', async (t) => {
  const scene = await withList(t)
  const client = scene.user()
  const socket = await scene.connect(client)
  socket.write('POST /api/v1/serviceS HTTP/1.1\r\nHost: gateway\r\nContent-Length: 100000\r\n\r\n<?xml')
  await scene.put('ca.crl', scene.ca.crl({ revoked: [client.serial] }))
  const closed = once(socket, 'close')
  await scene.material.refresh()
  await closed
  t.equal(scene.scenario.dsp.begun, 0)
})

t.test('messages that a revoked client had sent ahead are not handled', async (t) => {
  const scene = await withList(t)
  const { dsp } = scene.scenario
  const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>()
  dsp.behave(async (_, reply, takeBody) => {
    await takeBody()
    await mayAnswer
    reply.end()
  })
  const client = scene.user()
  const socket = await scene.connect(client)
  const head = `POST /api/v1/serviceS HTTP/1.1\r\nHost: gateway\r\nContent-Length: ${Buffer.byteLength(reading)}\r\n\r\n`
  const begun = dsp.nextBegun()
  socket.write(`${head}${reading}`.repeat(3))
  await begun
  await scene.put('ca.crl', scene.ca.crl({ revoked: [client.serial] }))
  const closed = once(socket, 'close')
  scene.material.watch(() => answer())
  await scene.material.refresh()
  await closed
  t.equal(await ask(await scene.connect()), 200)
  t.equal(dsp.begun, 2)
})

t.test('the clients of a CA that is revoked are cut off with it', async (t) => {
  const root = Authority.root()
  const issuing = root.intermediate('Issuing')
  const scene = await startTlsScene(t, {
    ca: root,
    cas: root.cert + issuing.cert,
    crl: root.crl() + issuing.crl(),
  })
  const client = issuing.issue({ subject: uniqueIdentifier(USER) })
  const kept = await scene.connect(client)
  t.equal(await ask(kept), 200)
  await scene.put('ca.crl', root.crl({ revoked: [issuing.serial] }) + issuing.crl())
  await scene.material.refresh()
  t.equal(await ask(kept), 'cut')
  t.equal(await refusal(scene.connect(client)), 'refused')
})

t.test('who comes from a CA that is taken away is cut off, also without lists', async (t) => {
  const [ca, formerCa] = [Authority.root(), Authority.root('Former')]
  const scene = await startTlsScene(t, { ca, cas: ca.cert + formerCa.cert })
  const client = formerCa.issue({ subject: uniqueIdentifier(USER) })
  const kept: TLSSocket = await scene.connect(client)
  t.equal(await ask(kept), 200)
  await scene.put('ca.pem', ca.cert)
  await scene.material.refresh()
  t.equal(await ask(kept), 'cut')
  t.equal(await refusal(scene.connect(client)), 'refused')
  t.equal(await ask(await scene.connect()), 200)
})
