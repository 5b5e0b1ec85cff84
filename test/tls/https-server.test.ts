/** The server of pages and health: its files are followed, for who comes anew and for connections that stand. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { createLog } from '../../src/observe/log.ts'
import { Metrics } from '../../src/observe/metrics.ts'
import { httpsServer } from '../../src/tls/https-server.ts'
import { TlsMaterial } from '../../src/tls/material.ts'
import { temporaryFolder } from '../support/start-gateway.ts'
import { Authority, type Issued } from './authority.ts'

const log = createLog({ level: 'silent' })

/** With `isMutual`, clients need a certificate of `ca`, and revocation is looked at. */
async function startServer(t: Test, { isMutual }: { readonly isMutual: boolean }) {
  const ca = Authority.root()
  const folder = await temporaryFolder(t)
  const put = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const putOwn = ({ cert, key }: Issued) => ({
    certificate: put('own.pem', cert),
    key: put('own.key', key),
  })
  const own = ca.issue({ commonName: 'pages' })
  const callers = isMutual ? { ca: put('ca.pem', ca.cert), crls: [put('ca.crl', ca.crl())] } : {}
  const material = await TlsMaterial.open({
    ...{ side: 'controlPlane.tls', log },
    files: { ...putOwn(own), ...callers },
  })
  const metrics = new Metrics()
  const server = httpsServer({ material, log, metrics }, {}, (incoming, reply) => {
    incoming.resume()
    reply.end('page')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  t.teardown(() => {
    material.close()
    server.closeAllConnections()
    server.close()
  })
  const open = (client?: Issued): TLSSocket => {
    const socket = connect({ host: '127.0.0.1', port, ca: ca.cert, cert: client?.cert, key: client?.key })
    t.teardown(() => socket.destroy())
    return socket.on('error', () => {})
  }
  return {
    ...{ ca, own, put, putOwn, material, open },
    refusedFor: () => metrics.totals('duisgate_tls_refused_total', 'reason'),
  }
}

/** Whether a page comes over the connection; false when it ends instead. */
function isServed(socket: TLSSocket): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  socket.once('data', () => resolve(true)).once('close', () => resolve(false))
  if (socket.destroyed) resolve(false)
  else socket.write('GET / HTTP/1.1\r\nHost: pages\r\n\r\n')
  return promise
}

const serialOf = (socket: TLSSocket) => BigInt(`0x${socket.getPeerX509Certificate()?.serialNumber}`)

t.test('a renewed certificate is shown to who comes anew, and who is there stays', async (t) => {
  const { ca, own, material, putOwn, open } = await startServer(t, { isMutual: false })
  const kept = open()
  t.ok(await isServed(kept))
  t.equal(serialOf(kept), own.serial)
  const renewed = ca.issue({ commonName: 'pages' })
  putOwn(renewed)
  await material.refresh()
  const fresh = open()
  t.ok(await isServed(fresh))
  t.equal(serialOf(fresh), renewed.serial)
  t.ok(await isServed(kept))
})

t.test('where CAs are configured, only their clients are served', async (t) => {
  const { ca, open, refusedFor } = await startServer(t, { isMutual: true })
  t.ok(await isServed(open(ca.issue())))
  t.notOk(await isServed(open()), 'no certificate')
  t.notOk(await isServed(open(Authority.root('Stranger').issue())))
  t.notOk(await isServed(open(ca.issue({ fromMs: -7_200_000, untilMs: -3_600_000 }))))
  t.match(refusedFor(), { TLS_NO_CERTIFICATE: 1, TLS_CERT_EXPIRED: 1 })
})

t.test('a client that is revoked is cut, and not served again', async (t) => {
  const { ca, put, material, open, refusedFor } = await startServer(t, { isMutual: true })
  const [client, other] = [ca.issue(), ca.issue()]
  const [kept, others] = [open(client), open(other)]
  t.ok(await isServed(kept))
  t.ok(await isServed(others))
  const cut = once(kept, 'close')
  put('ca.crl', ca.crl({ revoked: [client.serial] }))
  await material.refresh()
  await cut
  t.match(refusedFor(), { TLS_CERT_REVOKED: 1 })
  t.notOk(await isServed(open(client)))
  t.ok(await isServed(others), 'others go on')
  t.ok(await isServed(open(other)))
})
