/** https towards the DSP and Service Users: whom the gateway talks to, and that its connections are kept and cut. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { OriginClient } from '../../src/http1/client.ts'
import type { Failure, IncomingReply } from '../../src/http1/client-message.ts'
import { Ticker } from '../../src/http1/ticker.ts'
import { WriteBatch } from '../../src/http1/write-batch.ts'
import { createLog } from '../../src/observe/log.ts'
import { Metrics } from '../../src/observe/metrics.ts'
import { TlsDialer } from '../../src/tls/dialer.ts'
import { TlsMaterial } from '../../src/tls/material.ts'
import { type TestScope, temporaryFolder } from '../support/start-gateway.ts'
import { Authority, type CertificateWish } from './authority.ts'

const log = createLog({ level: 'silent' })

const LIMITS = {
  connectMs: 5_000,
  replyMs: 5_000,
  idleMs: 4_000,
  maxConnections: 4,
  maxReplyBytes: 1_000_000,
  maxHeaderBytes: 16_384,
  maxHeaders: 64,
}

interface FarSideWish {
  readonly server?: CertificateWish
  readonly issuer?: Authority
  /** The CA that is configured. */
  readonly ca?: Authority
  /** Sent behind the certificate of the upstream. */
  readonly sent?: string
  /** Without, revocation is not looked at. */
  readonly hasList?: boolean
}

async function startFarSide(t: TestScope, wish: FarSideWish = {}) {
  const { ca = Authority.root(), sent = '', hasList = true } = wish
  const own = ca.issue({ commonName: 'gateway' })
  const far = (wish.issuer ?? ca).issue(wish.server)
  const folder = await temporaryFolder(t)
  const put = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  const files = {
    certificate: await put('own.pem', own.cert),
    key: await put('own.key', own.key),
    ca: await put('ca.pem', ca.cert),
    crls: hasList ? [await put('ca.crl', ca.crl())] : [],
  }
  const metrics = new Metrics()
  const material = await TlsMaterial.open({ side: 'southbound.dspTls', files, log })
  const clients: string[] = []
  let connections = 0
  const server = createServer(
    { cert: far.cert + sent, key: far.key, ca: ca.cert, requestCert: true, rejectUnauthorized: true },
    (incoming, reply) => {
      clients.push((incoming.socket as TLSSocket).getPeerX509Certificate()?.subject ?? 'none')
      incoming.resume().on('end', () => reply.end('taken'))
    },
  )
  server.on('secureConnection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const clientOf = (host: string) => {
    const origin = new URL(`https://${host}:${port}`)
    const open = new TlsDialer({ material, log, metrics }).to(origin)
    const client = new OriginClient({
      origin,
      limits: LIMITS,
      ticker: new Ticker(),
      batch: new WriteBatch(),
      open,
    })
    t.teardown(() => client.close())
    return client
  }
  t.teardown(() => {
    material.close()
    server.closeAllConnections()
    server.close()
  })
  return {
    ...{ ca, far, material, metrics, clients, clientOf },
    get connections() {
      return connections
    },
    revoke: () => put('ca.crl', ca.crl({ revoked: [far.serial] })),
    refusedFor: () => metrics.totals('duisgate_tls_refused_total', 'reason'),
  }
}

function send(client: OriginClient, body = 'message'): Promise<IncomingReply | Failure> {
  return new Promise((resolve) => {
    client.send({ target: '/', fields: [] }, body, { onReply: resolve, onFailure: resolve })
  })
}

t.test('messages go over one connection that is kept, with the gateway’s own certificate', async (t) => {
  const far = await startFarSide(t)
  const client = far.clientOf('127.0.0.1')
  for (let i = 0; i < 20; i++)
    t.match(await send(client), { kind: 'answered', status: 200, body: Buffer.from('taken') })
  t.equal(far.connections, 1)
  t.match(await send(client, 'x'.repeat(3_000_000)), { kind: 'answered', status: 200 })
  t.same([...new Set(far.clients)], ['CN=gateway'])
})

t.test('a connection is kept although TLS tells late that the message is out', async (t) => {
  const { material, metrics, far } = await startFarSide(t)
  const workerData = { cert: far.cert, key: far.key }
  const thread = new Worker(new URL('upstream-thread.ts', import.meta.url), { workerData })
  t.teardown(() => thread.terminate())
  const [port] = await once(thread, 'message')
  const origin = new URL(`https://127.0.0.1:${port}`)
  const open = new TlsDialer({ material, log, metrics }).to(origin)
  const client = new OriginClient({
    ...{ origin, open },
    limits: LIMITS,
    ticker: new Ticker(),
    batch: new WriteBatch(),
  })
  t.teardown(() => client.close())
  const inTurn = async () => {
    for (let i = 0; i < 100; i++) t.match(await send(client, 'x'.repeat(2_000)), { kind: 'answered' })
  }
  await Promise.all(Array.from({ length: 16 }, inTurn))
  thread.postMessage('connections')
  t.same(await once(thread, 'message'), [LIMITS.maxConnections])
})

t.test('an upstream is not talked to unless its certificate is good, and for its host', async (t) => {
  const cases = {
    TLS_CERT_EXPIRED: { server: { fromMs: -7_200_000, untilMs: -3_600_000 } },
    TLS_CERT_PURPOSE: { server: { purposes: ['client'] } },
    TLS_CERT_HOST: { server: { host: 'other.example' } },
    TLS_ISSUER_MISSING: { issuer: Authority.root('Stranger') },
  } as const
  for (const [reason, wish] of Object.entries(cases)) {
    const far = await startFarSide(t, wish)
    t.match(await send(far.clientOf('127.0.0.1')), { kind: 'unreachable' }, reason)
    t.same(far.refusedFor(), { [reason]: 1 })
    t.same(far.clients, [])
  }
})

t.test('an upstream is not trusted for an intermediate that it only sends', async (t) => {
  const ca = Authority.root()
  const issuing = ca.intermediate('Issuing')
  const far = await startFarSide(t, { ca, issuer: issuing, sent: issuing.cert, hasList: false })
  t.match(await send(far.clientOf('127.0.0.1')), { kind: 'unreachable' })
  t.same(far.refusedFor(), { TLS_ISSUER_MISSING: 1 })
  t.same(far.clients, [])
})

t.test('an upstream that is revoked is cut off, and not talked to again', async (t) => {
  const far = await startFarSide(t)
  const client = far.clientOf('127.0.0.1')
  t.match(await send(client), { kind: 'answered' })
  await far.revoke()
  await far.material.refresh()
  t.match(await send(client), { kind: 'unreachable' })
  t.equal(far.clients.length, 1)
  t.ok((far.refusedFor().TLS_CERT_REVOKED ?? 0) >= 1)
})
