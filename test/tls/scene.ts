/**
 * A gateway with mutual TLS on its southbound listener, its files in a temporary folder, and clients of it that speak raw
 * HTTP over TLS, so that a test sees on which connection what is answered.
 */
import { once } from 'node:events'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { callingParties } from '../../src/gateway/callers.ts'
import { createLog } from '../../src/observe/log.ts'
import { TlsMaterial } from '../../src/tls/material.ts'
import { request, USER } from '../fixtures/message.ts'
import { deviceKey } from '../support/plans.ts'
import {
  type Changes,
  type Scenario,
  startScenario,
  type TestScope,
  temporaryFolder,
} from '../support/start-gateway.ts'
import { Authority, type CertificateWish, type Issued } from './authority.ts'

export interface TlsScene {
  readonly ca: Authority
  readonly scenario: Scenario
  readonly material: TlsMaterial
  /** Lines that TLS logged. */
  readonly logged: readonly string[]
  /** Puts another file in place of one, at one moment. */
  put(name: FileName, text: string): Promise<void>
  /** The path of a file. */
  path(name: string): string
  /** A certificate for the User of the fixtures. */
  user(wish?: CertificateWish): Issued
  /** Has a TLS connection, or rejects with why not. */
  connect(client?: Issued, options?: ConnectionOptions): Promise<TLSSocket>
}

type FileName = 'gateway.pem' | 'gateway.key' | 'ca.pem' | 'ca.crl' | 'issuing.crl'

export interface SceneWish {
  readonly ca?: Authority
  /** Text of the list; undefined: none is configured. */
  readonly crl?: string | undefined
  /** A second one, in a file of its own. */
  readonly issuingCrl?: string | undefined
  /** Text of the file with the CAs; that of `ca` when absent. */
  readonly cas?: string
  readonly changes?: Changes
}

export const reading = request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>' })

/** The attribute with the EUI-64 as organisation certificates have it. */
export function uniqueIdentifier(eui: string) {
  return { '2.5.4.45': Buffer.from(eui.replaceAll('-', ''), 'hex') }
}

export async function startTlsScene(t: TestScope, wish: SceneWish = {}): Promise<TlsScene> {
  const { ca = Authority.root() } = wish
  const folder = await temporaryFolder(t)
  const path = (name: string) => join(folder, name)
  const put = async (name: string, text: string) => {
    await writeFile(path(`${name}.new`), text)
    await rename(path(`${name}.new`), path(name))
  }
  const own = ca.issue({ commonName: 'gateway' })
  await put('gateway.pem', own.cert)
  await put('gateway.key', own.key)
  await put('ca.pem', wish.cas ?? ca.cert)
  const lists = Object.entries({ 'ca.crl': wish.crl, 'issuing.crl': wish.issuingCrl })
  for (const [name, text] of lists) if (text !== undefined) await put(name, text)
  const logged: string[] = []
  const material = await TlsMaterial.open({
    side: 'southbound.tls',
    files: {
      certificate: path('gateway.pem'),
      key: path('gateway.key'),
      ca: path('ca.pem'),
      crls: lists.flatMap(([name, text]) => (text === undefined ? [] : [path(name)])),
    },
    log: createLog({ level: 'info', destination: { write: (line: string) => void logged.push(line) } }),
  })
  material.start()
  t.teardown(() => material.close())
  const party = { id: 'SUP-A', euis: [deviceKey(USER)], certificates: [] }
  const southbound = { material, callerOf: callingParties([party], 'uniqueIdentifier') }
  const scenario = await startScenario(t, { tls: { southbound }, ...wish.changes })
  const user = (more: CertificateWish = {}) => ca.issue({ subject: uniqueIdentifier(USER), ...more })
  return {
    ...{ ca, scenario, material, logged, put, path, user },
    connect: (client = user(), options = {}) =>
      connectTls(t, scenario.gateway.ports.southbound, { ca: ca.cert, ...client, ...options }),
  }
}

/** Settles with the connection once its handshake is done; whether the gateway then keeps it is another matter. */
export async function connectTls(t: TestScope, port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ...options })
  t.teardown(() => socket.destroy())
  await once(socket, 'secureConnect')
  socket.on('error', () => {})
  return socket
}

/** Posts a message on the connection, with further header fields that end in CRLF: the status that comes back, or `cut` when the connection ends. */
export function ask(socket: TLSSocket, body: string = reading, fields = ''): Promise<number | 'cut'> {
  const { promise, resolve } = Promise.withResolvers<number | 'cut'>()
  let came = ''
  const onData = (bytes: Buffer) => {
    came += bytes.toString('latin1')
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(came)?.[1]
    if (!status || !isWhole(came)) return
    socket.off('data', onData).off('close', onClose)
    resolve(Number(status))
  }
  const onClose = () => resolve('cut')
  socket.on('data', onData).once('close', onClose)
  if (socket.destroyed) resolve('cut')
  else
    socket.write(
      `POST /api/v1/serviceS HTTP/1.1\r\nHost: gateway\r\n${fields}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
  return promise
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  const length = /^content-length: (\d+)/im.exec(text)?.[1] ?? 0
  return end >= 0 && text.length >= end + 4 + Number(length)
}

/** What became of a connection attempt that must fail: settles when the gateway has ended it, whichever side noticed. */
export async function refusal(attempt: Promise<TLSSocket>): Promise<'refused' | number> {
  try {
    const status = await ask(await attempt)
    return status === 'cut' ? 'refused' : status
  } catch {
    return 'refused'
  }
}

/** Reasons counted on a side so far. */
export function reasons({ scenario }: TlsScene): Record<string, number> {
  return scenario.gateway.metrics.totals('duisgate_tls_refused_total', 'reason')
}
