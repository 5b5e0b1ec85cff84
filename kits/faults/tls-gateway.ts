/** `duisgate serve` with mutual TLS southbound, its files in a folder where probes change them, and clients of it. */
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { USER } from '../../test/fixtures/message.ts'
import { startStubDsp } from '../../test/support/stub-dsp.ts'
import { Authority, type Issued } from '../../test/tls/authority.ts'
import { connectTls, uniqueIdentifier } from '../../test/tls/scene.ts'
import type { ProbeScope } from './row.ts'
import { newFolder, ServedGateway } from './served-gateway.ts'

export interface TlsGateway {
  readonly ca: Authority
  readonly gateway: ServedGateway
  readonly port: number
  readonly folder: string
  /** Puts a file in place of another at one moment. */
  put(name: string, text: string): void
  /** A certificate for the User of the fixtures. */
  user(): Issued
  /** Rejects when it is refused in the handshake. */
  connect(client: Issued, options?: ConnectionOptions): Promise<TLSSocket>
  /** The serial number that a new client is shown, without a certificate of its own. */
  shownSerial(): Promise<bigint>
}

export async function startTlsGateway(
  scope: ProbeScope,
  settings: readonly string[] = [],
): Promise<TlsGateway> {
  const dsp = await startStubDsp()
  scope.teardown(() => dsp.close())
  const ca = Authority.root()
  const folder = newFolder(scope)
  const put = (name: string, text: string) => {
    writeFileSync(join(folder, `${name}.new`), text)
    renameSync(join(folder, `${name}.new`), join(folder, name))
  }
  const own = ca.issue({ commonName: 'gateway' })
  put('own.pem', own.cert)
  put('own.key', own.key)
  put('ca.pem', ca.cert)
  put('ca.crl', ca.crl())
  const config = `
southbound:
  tls: {certificate: own.pem, key: own.key, ca: ca.pem, crls: [ca.crl], nameBy: uniqueIdentifier}
controlPlane: {listen: "127.0.0.1:0"}
parties: [{id: SUP-A, name: Supplier A, roles: [supplier], euis: [${USER}]}]
`
  const gateway = await ServedGateway.start(scope, {
    folder,
    config,
    settings: [`southbound.dspUrl=${dsp.url.origin}`, ...settings],
  })
  const port = gateway.portOf('southbound')
  return {
    ...{ ca, gateway, port, folder, put },
    user: () => ca.issue({ subject: uniqueIdentifier(USER) }),
    connect: (client, options = {}) => connectTls(scope, port, { ca: ca.cert, ...client, ...options }),
    shownSerial: () => shownSerial(port, ca.cert),
  }
}

async function shownSerial(port: number, ca: string): Promise<bigint> {
  const { promise, resolve, reject } = Promise.withResolvers<bigint>()
  const socket = connect({ host: '127.0.0.1', port, ca, maxVersion: 'TLSv1.3' })
  socket.once('secureConnect', () => {
    resolve(BigInt(`0x${socket.getPeerX509Certificate()?.serialNumber ?? '0'}`))
    socket.destroy()
  })
  socket.on('error', reject)
  return promise
}
