/** T3, T6 and T7: renewals under load, silent clients and a scanner against `duisgate serve`. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { ask } from '../../../test/tls/scene.ts'
import { deviceOf, readOf } from '../messages.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { msUntil, quantile } from '../served-gateway.ts'
import { startTlsGateway, type TlsGateway } from '../tls-gateway.ts'

const run = promisify(execFile)

/** T3: certificates are renewed under load, among them a file that is half-written first. */
export async function renewals(scope: ProbeScope): Promise<Seen> {
  const tls = await startTlsGateway(scope)
  const rounds = scope.isQuick ? 4 : 20
  const waits: number[] = []
  const load = startLoad(tls)
  for (let round = 0; round < rounds; round++) {
    const next = tls.ca.issue({ commonName: 'gateway' })
    writeFileSync(join(tls.folder, 'own.pem'), next.cert.slice(0, 300))
    await pause(100)
    tls.put('own.key', next.key)
    tls.put('own.pem', next.cert)
    const from = performance.now()
    await msUntil(5_000, async () => (await tls.shownSerial()) === next.serial)
    waits.push(performance.now() - from)
  }
  const { served, failed } = await load.stop()
  const longest = Math.max(...waits)
  return {
    holds: failed === 0 && served > rounds * 10 && longest <= 1_000,
    figure: `${rounds} renewals, ${failed} of ${served + failed} messages failed, each seen within ${Math.ceil(longest)} ms`,
  }
}

/** About 200 messages a second: three clients that keep their connection, and one that makes a new one for each message. */
function startLoad(tls: TlsGateway) {
  const client = tls.user()
  let isOver = false
  let served = 0
  let failed = 0
  const note = (status: number | 'cut') => {
    if (status === 200) served++
    else failed++
  }
  const keeping = async () => {
    const socket = await tls.connect(client)
    for (; !isOver; await pause(18)) note(await ask(socket, readOf(deviceOf(served), served)))
  }
  const connecting = async () => {
    for (; !isOver; await pause(50)) {
      const socket = await tls.connect(client)
      note(await ask(socket))
      socket.destroy()
    }
  }
  const all = Promise.all([keeping(), keeping(), keeping(), connecting()])
  return {
    async stop() {
      isOver = true
      await all
      return { served, failed }
    },
  }
}

/** T6: clients that connect and never begin their handshake. */
export async function silentClients(scope: ProbeScope): Promise<Seen> {
  const tls = await startTlsGateway(scope, scope.isQuick ? ['limits.handshakeMs=1000'] : [])
  const count = scope.isQuick ? 300 : 2_000
  const kept = await tls.connect(tls.user())
  await timesOf(kept, 300)
  const before = quantile(await timesOf(kept, 200), 0.99)
  const from = performance.now()
  const silent = await silentCrowd(scope, tls.port, count)
  const allCut = Promise.all(silent.map((socket) => socket.closed || once(socket, 'close')))
  const during: number[] = []
  let isOver = false
  void allCut.then(() => {
    isOver = true
  })
  while (!isOver && performance.now() - from < 20_000) during.push(...(await timesOf(kept, 20)))
  const seconds = (performance.now() - from) / 1_000
  const beside = quantile(during, 0.99)
  return {
    holds: isOver && seconds <= 10 && beside <= Math.max(3 * before, 30),
    figure: `${count} silent clients cut within ${seconds.toFixed(1)} s, p99 of a kept connection ${beside.toFixed(1)} ms (${before.toFixed(1)} before)`,
  }
}

/** A hundred at a time: more at once than the kernel queues are dropped by it, and the gateway never sees them. */
async function silentCrowd(scope: ProbeScope, port: number, count: number): Promise<readonly Socket[]> {
  const crowd: Socket[] = []
  while (crowd.length < count)
    crowd.push(...(await Promise.all(Array.from({ length: 100 }, () => silence(scope, port)))))
  return crowd
}

async function silence(scope: ProbeScope, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {}).resume()
  scope.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Milliseconds of each message, one after the other. Throws when one is not answered 200. */
async function timesOf(socket: TLSSocket, count: number): Promise<readonly number[]> {
  const times: number[] = []
  for (let sent = 0; sent < count; sent++) {
    const from = performance.now()
    if ((await ask(socket)) !== 200) throw new Error('a healthy client was not served')
    times.push(performance.now() - from)
    await pause(2)
  }
  return times
}

/** Every cipher of TLS 1.3, and of TLS 1.2 those with ECDHE and AES-GCM. */
const GOOD_CIPHER =
  /^(?:TLS_AES_(?:128|256)_GCM_SHA(?:256|384)|TLS_CHACHA20_POLY1305_SHA256|ECDHE-(?:ECDSA|RSA)-AES(?:128|256)-GCM-SHA(?:256|384))$/

/** T7: what a scanner finds that has a certificate of a User. */
export async function scanned(scope: ProbeScope): Promise<Seen> {
  const tls = await startTlsGateway(scope)
  const { cert, key } = tls.user()
  tls.put('user.pem', cert)
  tls.put('user.key', key)
  const own = [`--certs=${join(tls.folder, 'user.pem')}`, `--pk=${join(tls.folder, 'user.key')}`]
  const words = ['--xml=-', '--no-colour', ...own, `127.0.0.1:${tls.port}`]
  const { stdout } = await run('sslscan', words)
  const spoken = [...stdout.matchAll(/<protocol type="(\w+)" version="([\d.]+)" enabled="1"/g)].map(
    ([, type = '', version = '']) => `${type.toUpperCase()} ${version}`,
  )
  const ciphers = [...stdout.matchAll(/<cipher [^>]*cipher="([^"]+)"/g)].map(([, name = '']) => name)
  const weak = ciphers.filter((name) => !GOOD_CIPHER.test(name))
  const flaws = [
    ...[...(/<renegotiation supported="1" secure="0"/g.exec(stdout) ?? [])],
    ...[...(/<compression supported="1"/g.exec(stdout) ?? [])],
    ...[...(/vulnerable="1"/g.exec(stdout) ?? [])],
  ]
  return {
    holds:
      spoken.join() === 'TLS 1.2,TLS 1.3' && ciphers.length > 0 && weak.length === 0 && flaws.length === 0,
    figure: `sslscan: ${spoken.join(' and ')} alone, ${ciphers.length} ciphers (${[...new Set(ciphers)].join(', ')}), ${weak.length} weak, ${flaws.length} flaws`,
  }
}

interface Finding {
  readonly id: string
  readonly severity: string
}

/** What testssl says of things that are not the gateway's: a CA made for the run, and that it heard no HTTP. */
const NOT_OURS = /^(?:cert|DNS_CAA|service)/

/** T7: protocols, ciphers and known vulnerabilities as another scanner sees them, without a certificate. */
export async function scannedForVulnerabilities(scope: ProbeScope): Promise<Seen> {
  const tls = await startTlsGateway(scope)
  const file = join(tls.folder, 'testssl.json')
  const checks = ['--protocols', '--std', '--fs', '--server-defaults', '--vulnerable']
  const quiet = ['--quiet', '--color', '0', '--warnings', 'off', '--jsonfile', file]
  // Its exit code counts findings, the ones about the certificate among them.
  await run('testssl', [...quiet, ...checks, `127.0.0.1:${tls.port}`]).catch(() => {})
  const findings: readonly Finding[] = JSON.parse(readFileSync(file, 'utf8'))
  const ours = findings.filter(({ id }) => !NOT_OURS.test(id))
  const bad = ours.filter(({ severity }) => severity !== 'OK' && severity !== 'INFO').map(({ id }) => id)
  return {
    holds: ours.length > 30 && bad.length === 0,
    figure: `testssl: ${ours.length} findings on protocols, ciphers and vulnerabilities, ${bad.length} bad${bad.map((id) => ` ${id}`).join('')}`,
  }
}
