/**
 * Which data plane spends least CPU on a message? Compares work trees of this project, a bare relay, the HTTP of src/http1 and of
 * Node alone, and HAProxy.
 *
 *   node scripts/compare-data-planes.ts --side now=. --side before=../before --side relay
 *     --side pipe-lean --side pipe-node --side haproxy
 *     [--rounds 7] [--seconds 3] [--connections 32] [--rate 2000] [--workload forward|reject]
 *
 * Load, upstream and each side are processes of their own; rounds are interleaved (A B A B), CPU is user and system time
 * of the side's process alone, divided by messages. A round with a wrong answer fails the side. It does not show
 * latency at a fixed rate, and absolute figures hold for one machine only: compare ratios.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { duisTemplates } from '../test/support/templates.ts'
import { ward, wardedFolder } from '../test/support/warden.ts'
import type { Order, RoundResult, Workload } from './data-plane/load.ts'

const { values } = parseArgs({
  options: {
    side: { type: 'string', multiple: true, default: ['now=.'] },
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '32' },
    rate: { type: 'string', default: '0' },
    workload: { type: 'string', multiple: true, default: ['forward', 'reject'] },
  },
})

/** They read nothing, so they have nothing to reject. */
const FORWARDING_ONLY = new Set(['relay', 'pipe-lean', 'pipe-node'])

const HERE = import.meta.dirname
const children: ChildProcess[] = []

interface Side {
  readonly name: string
  readonly pid: number
  readonly port: number
  readonly results: (RoundResult & { readonly cpuMicros: number })[]
}

try {
  for (const workload of values.workload) await compare(workload as Workload)
} finally {
  for (const child of children) child.kill('SIGTERM')
}
process.exit()

async function compare(workload: Workload): Promise<void> {
  const stub = await start('stub.ts', [])
  const sides: Side[] = []
  for (const spec of values.side) {
    if (FORWARDING_ONLY.has(spec) && workload === 'reject') continue
    sides.push(await startSide(spec, stub.port, workload))
  }
  const load = ward(fork(join(HERE, 'data-plane/load.ts')))
  children.push(load)
  const gateway = sides.find(({ name }) => name !== 'haproxy' && !FORWARDING_ONLY.has(name))
  if (gateway)
    console.log(`${workload}: ${await order(load, { kind: 'pick', port: gateway.port, workload })} messages`)
  for (const side of sides) await round(load, side, workload, 6)
  for (let i = 0; i < Number(values.rounds); i++) {
    for (const side of sides) side.results.push(await round(load, side, workload, Number(values.seconds)))
  }
  report(sides)
  for (const child of children.splice(0)) child.kill('SIGTERM')
}

async function round(load: ChildProcess, side: Side, workload: Workload, seconds: number) {
  const before = cpuMicrosOf(side.pid)
  const connections = Number(values.connections)
  const rate = Number(values.rate)
  const result = (await order(load, {
    kind: 'run',
    port: side.port,
    connections,
    seconds,
    rate,
    workload,
  })) as RoundResult
  return { ...result, cpuMicros: (cpuMicrosOf(side.pid) - before) / result.messages }
}

function report(sides: readonly Side[]): void {
  const base = medianOf(sides[0], 'cpuMicros')
  console.table(
    sides.map((side) => ({
      side: side.name,
      'µs CPU a message': medianOf(side, 'cpuMicros').toFixed(1),
      spread: `${Math.min(...side.results.map((one) => one.cpuMicros)).toFixed(1)}–${Math.max(...side.results.map((one) => one.cpuMicros)).toFixed(1)}`,
      ratio: (medianOf(side, 'cpuMicros') / base).toFixed(2),
      'messages/s': Math.round(
        side.results.reduce((sum, one) => sum + one.messages / one.seconds, 0) / side.results.length,
      ),
      'p50 ms': medianOf(side, 'p50').toFixed(2),
      'p99 ms': medianOf(side, 'p99').toFixed(2),
      wrong: side.results.reduce((sum, one) => sum + one.wrong, 0) || '',
    })),
  )
}

function medianOf(side: Side | undefined, key: 'cpuMicros' | 'p50' | 'p99'): number {
  const sorted = (side?.results ?? []).map((one) => one[key]).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

async function order(load: ChildProcess, what: Order): Promise<unknown> {
  load.send(what)
  const [answer] = await once(load, 'message')
  return answer
}

async function startSide(spec: string, dspPort: number, workload: Workload): Promise<Side> {
  const [name = '', checkout] = spec.split('=')
  const dspUrl = `http://127.0.0.1:${dspPort}`
  const results: Side['results'] = []
  if (name === 'haproxy') return { name, results, ...(await startHaproxy(dspPort, workload)) }
  if (checkout === undefined) return { name, results, ...(await start(`${name}.ts`, [dspUrl])) }
  const args = [checkout, dspUrl, ...(workload === 'reject' ? ['restricted'] : [])]
  return { name, results, ...(await start('gateway.ts', args)) }
}

async function start(script: string, args: readonly string[]): Promise<{ pid: number; port: number }> {
  const child = ward(
    spawn(process.execPath, [...execArgv(script), join(HERE, 'data-plane', script), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  )
  children.push(child)
  const [line] = await once(child.stdout, 'data')
  return { pid: child.pid ?? 0, port: Number(String(line)) }
}

function execArgv(script: string): string[] {
  return script === 'gateway.ts' ? (process.env.GATEWAY_NODE_FLAGS?.split(' ') ?? []) : []
}

async function startHaproxy(dspPort: number, workload: Workload): Promise<{ pid: number; port: number }> {
  const folder = wardedFolder('duisgate-haproxy-')
  const port = await freePort()
  writeMaps(folder, workload)
  const config = readFileSync(join(HERE, 'data-plane/haproxy.cfg'), 'utf8')
    .replaceAll('@PORT@', String(port))
    .replaceAll('@DSP_PORT@', String(dspPort))
    .replaceAll('@FOLDER@', folder)
  writeFileSync(join(folder, 'haproxy.cfg'), config)
  const child = ward(spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: 'inherit' }))
  children.push(child)
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  return { pid: child.pid ?? 0, port }
}

/** Everything is blocked and, for `reject`, everything restricted: the figures ask what the look-ups cost. */
function writeMaps(folder: string, workload: Workload): void {
  const services = Array.from({ length: 20 }, (_, i) =>
    Array.from({ length: 30 }, (_, j) => `${i}.${j}`),
  ).flat()
  const variants = services.flatMap((srv) => [srv, ...Array.from({ length: 15 }, (_, i) => `${srv}.${i}`)])
  writeFileSync(join(folder, 'srv.map'), variants.map((srv) => `${srv} block\n`).join(''))
  const device = workload === 'reject' ? devicesOfTemplates() : ['FF-FF-FF-FF-FF-FF-FF-FF']
  writeFileSync(join(folder, 'devices.map'), device.map((eui) => `${eui} restricted\n`).join(''))
  writeFileSync(
    join(folder, 'rejection.xml'),
    '<sr:Response xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.4"><sr:Header><sr:RequestID>%[var(txn.device)]</sr:RequestID><sr:ResponseCode>E5</sr:ResponseCode></sr:Header></sr:Response>',
  )
}

function devicesOfTemplates(): string[] {
  const targets = duisTemplates().map(
    ({ bytes }) => /RequestID>[^:<]*:([^:<]*):/.exec(bytes.latin1Slice())?.[1],
  )
  return [...new Set(targets.filter((eui) => eui !== undefined))]
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** User and system time in microseconds; the kernel counts in hundredths of a second. */
function cpuMicrosOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}
