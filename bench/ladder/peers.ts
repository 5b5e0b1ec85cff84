/**
 * Native proxies as rungs: their configurations from `bench/peers`, filled in, checked by their own checker, started.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { instantOf } from '../../src/core/device/device.ts'
import { responseDocument } from '../../src/core/duis/response-document.ts'
import type { CertificateFiles } from '../support/certificates.ts'
import { pinned } from '../support/pinning.ts'
import { ProcessGroup } from '../support/process-group.ts'
import { Fleet, type FleetSpec } from '../workload/fleet.ts'
import { PLAIN, peerTls } from './peer-tls.ts'

export interface Peer {
  readonly name: string
  readonly about: string
  readonly program: 'haproxy' | 'nginx'
  /** Under `bench/peers`; the first is the configuration. */
  readonly files: readonly [string, ...string[]]
  /** Whether it stops messages. */
  readonly decides: boolean
}

export const PEERS: readonly Peer[] = [
  { name: 'haproxy', about: 'HAProxy, plain', program: 'haproxy', files: ['haproxy.cfg'], decides: false },
  {
    name: 'haproxy-filter',
    about: 'HAProxy that filters with regular expressions and maps',
    program: 'haproxy',
    files: ['haproxy-filter.cfg'],
    decides: true,
  },
  {
    name: 'haproxy-lua',
    about: 'HAProxy that filters with Lua and maps',
    program: 'haproxy',
    files: ['haproxy-lua.cfg', 'filter-haproxy.lua'],
    decides: true,
  },
  { name: 'nginx', about: 'nginx, plain', program: 'nginx', files: ['nginx.conf'], decides: false },
  {
    name: 'nginx-njs',
    about: 'nginx that filters with njs and maps',
    program: 'nginx',
    files: ['nginx-njs.conf', 'filter.js'],
    decides: true,
  },
  {
    name: 'nginx-lua',
    about: 'nginx that filters with Lua',
    program: 'nginx',
    files: ['nginx-lua.conf', 'filter-nginx.lua'],
    decides: true,
  },
]

/** Where a peer runs and what it needs to know. */
export interface PeerSetting {
  readonly folder: string
  readonly farSidePort: number
  /** TLS on both sides; plain HTTP when absent. */
  readonly tls: CertificateFiles | undefined
  readonly fleet: FleetSpec
  readonly cores: string | undefined
}

export interface RunningPeer {
  readonly group: ProcessGroup
  readonly port: number
}

/** Version that the program says it has; undefined when it is not installed. */
export function versionOf(program: Peer['program']): string | undefined {
  const { status, stdout, stderr } = spawnSync(program, ['-v'], { encoding: 'utf8' })
  return status === 0 ? /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] : undefined
}

/** Starts a peer; rejects with what its checker says when it does not take its configuration. */
export async function startPeer(peer: Peer, setting: PeerSetting): Promise<RunningPeer> {
  const port = await freePort()
  mkdirSync(setting.folder, { recursive: true })
  if (peer.decides) writeLists(setting)
  const [config = ''] = peer.files.map((file) => fillIn(file, port, setting))
  const checked = spawnSync(peer.program, CHECK[peer.program](config), { encoding: 'utf8' })
  if (checked.status !== 0)
    throw new Error(
      `${peer.program} does not take ${peer.files[0]}: ${complaintOf(checked.stdout + checked.stderr)}`,
    )
  const child = spawn(...pinned(setting.cores, peer.program, RUN[peer.program](config)), {
    detached: true,
    stdio: 'ignore',
  })
  const ended = new Promise<never>((_, reject) =>
    child.once('exit', () => reject(new Error(`${peer.name} ended`))),
  )
  ended.catch(() => {})
  const group = new ProcessGroup(child)
  await Promise.race([untilListening(port), ended])
  return { group, port }
}

type Arguments = Readonly<Record<Peer['program'], (config: string) => string[]>>
const CHECK: Arguments = {
  haproxy: (config) => ['-c', '-f', config],
  nginx: (config) => ['-t', '-c', config],
}
const RUN: Arguments = { haproxy: (config) => ['-db', '-f', config], nginx: (config) => ['-c', config] }

/** The first line in which a checker says what is wrong. */
function complaintOf(output: string): string {
  const lines = output.split('\n')
  return lines.find((line) => /\[(?:ALERT|emerg)\]/.test(line)) ?? lines[0] ?? 'it does not say why'
}

function fillIn(file: string, port: number, { folder, farSidePort, tls }: PeerSetting): string {
  const template = readFileSync(fileURLToPath(new URL(`../peers/${file}`, import.meta.url)), 'utf8')
  const text = template
    .replaceAll('@LISTEN@', String(port))
    .replaceAll('@FAR_SIDE@', String(farSidePort))
    .replaceAll('@FOLDER@', folder)
    .replaceAll(/@TLS_(\w+)@/g, (_, place: string) => (tls ? peerTls(place, tls) : PLAIN[place]) ?? '')
  const path = join(folder, basename(file))
  writeFileSync(path, text)
  return path
}

/** SRVs of the traffic that the shipped table blocks. */
const BLOCKED = [
  '4.1.1',
  '4.1.2',
  '4.1.3',
  '4.1.4',
  '4.2',
  '4.3',
  '4.4.2',
  '4.4.3',
  '4.6.1',
  '4.6.2',
  '4.8.1',
  '4.8.2',
  '4.8.3',
  '4.18',
]

function writeLists({ folder, fleet }: PeerSetting): void {
  const devices = new Fleet(fleet)
  const restricted = [...devices.restricted()].map((n) => devices.euiAt(n))
  for (const [name, keys] of [
    ['restricted', restricted],
    ['blocked', BLOCKED],
  ] as const) {
    writeFileSync(join(folder, `${name}.map`), keys.map((key) => `${key} 1\n`).join(''))
    writeFileSync(join(folder, `${name}-nginx.map`), keys.map((key) => `${key} 1;\n`).join(''))
  }
  writeFileSync(join(folder, 'rejection.xml'), REJECTION)
}

/** The same for every message, where the gateway names the RequestID that it answers. */
const REJECTION = responseDocument({
  schemaVersion: '5.4',
  requestId: undefined,
  serviceReference: '4.1',
  serviceReferenceVariant: '4.1.1',
  responseCode: 'E5',
  at: instantOf(0),
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('there is no free port')
  return address.port
}

/** nginx with a long map takes a while to start. */
const START_MS = 60_000

async function untilListening(port: number): Promise<void> {
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline) {
    if (await accepts(port)) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`nothing listens on port ${port}`)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
