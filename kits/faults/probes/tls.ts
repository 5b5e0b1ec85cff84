/** T3, T6 and T7: renewals under load, silent clients and a scanner against `duisgate serve`. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ask } from '../../../test/tls/scene.ts'
import { besideEachOther, isUnmoved, type Sending, textOfBeside } from '../beside.ts'
import { deviceOf, readOf } from '../messages.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { quantile } from '../served-gateway.ts'
import { startTlsGateway, type TlsGateway } from '../tls-gateway.ts'

const run = promisify(execFile)

/** How many times what a limit or a pause says may pass: the machine may be slow as well. */
const TIMES = 3
/** How often the gateway looks at its files. */
const LOOK_MS = 500

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
    while ((await tls.shownSerial()) !== next.serial) await pause(10)
    waits.push(performance.now() - from)
  }
  const { served, failed } = await load.stop()
  const half = quantile(waits, 0.5)
  return {
    holds: failed === 0 && served > rounds && half <= TIMES * LOOK_MS,
    figure: `${rounds} renewals, ${failed} of ${served + failed} messages failed, half seen within ${Math.ceil(half)} ms, each within ${Math.ceil(Math.max(...waits))} ms`,
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

/** Time for a handshake, in milliseconds. */
const HANDSHAKE_MS = { quick: 1_000, whole: 5_000 }

/** T6: clients that connect and never begin their handshake. */
export async function silentClients(scope: ProbeScope): Promise<Seen> {
  const handshakeMs = HANDSHAKE_MS[scope.isQuick ? 'quick' : 'whole']
  const start = () => startTlsGateway(scope, [`limits.handshakeMs=${handshakeMs}`])
  const [attacked, alone] = [await start(), await start()]
  const count = scope.isQuick ? 300 : 2_000
  const [kept, other] = [await healthy(attacked), await healthy(alone)]
  await besideEachOther(kept, other, pause(1_000))
  const cut = silentCrowd(scope, attacked.port, count).then(async (silent) => {
    const from = performance.now()
    const all = Promise.all(silent.map((socket) => socket.closed || once(socket, 'close')))
    await Promise.race([all, pause(2 * TIMES * handshakeMs, undefined, { ref: false })])
    return { left: silent.filter((socket) => !socket.closed).length, ms: performance.now() - from }
  })
  const beside = await besideEachOther(kept, other, cut)
  const { left, ms } = await cut
  return {
    holds: left === 0 && ms <= TIMES * handshakeMs && isUnmoved(beside),
    figure: `${count} silent clients cut ${(ms / 1_000).toFixed(1)} s after the last had come, on a kept connection ${textOfBeside(beside)}`,
  }
}

/** A client that keeps its connection. */
async function healthy(tls: TlsGateway): Promise<Sending> {
  const socket = await tls.connect(tls.user())
  return async () => (await ask(socket)) === 200
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

/** What testssl says of things that are not the gateway's: a CA made for the run, that it heard no HTTP, its own openssl. */
const NOT_OURS = /^(?:cert|DNS_CAA|service|BREACH|engine_problem)/

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
  const idsOf = (pattern: RegExp) => ours.filter(({ severity }) => pattern.test(severity)).map(({ id }) => id)
  const [told, untold, bad] = [
    idsOf(/^(?:OK|INFO)$/),
    idsOf(/^WARN$/),
    idsOf(/^(?:LOW|MEDIUM|HIGH|CRITICAL)$/),
  ]
  return {
    holds: told.length > 30 && bad.length === 0,
    figure: `testssl: ${told.length} findings on protocols, ciphers and vulnerabilities, ${[`${bad.length} bad`, ...bad].join(' ')}${untold.length > 0 ? `; it had no time to tell ${untold.join(' ')}` : ''}`,
  }
}
