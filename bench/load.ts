/**
 * Load for a gateway of your own: an open loop at a fixed rate, a progress line, and a report at the end.
 *
 *   npm run bench:load -- --target http://127.0.0.1:8600 --northbound http://127.0.0.1:8601 --rate 500 --seconds 30
 *                         [--mix bench/sample-mix.json] [--connections 64] [--reject-code E5]
 *                         [--ca FILE] [--cert FILE --key FILE] [--json]
 *
 * `--target` is the southbound listener, `--northbound` the northbound one; a mix of one direction needs only that one.
 * Bounded: 20,000 messages/s, one hour, 512 connections. Ctrl-C ends early, with the report. Exit 1 when a message was not
 * answered, 2 on wrong usage.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Driver, type Progress, type RunReport } from '../src/cli/load/driver.ts'
import type { Shipment } from '../src/cli/load/lane.ts'
import type { Address } from '../src/cli/load/lean-connection.ts'
import { asText } from './ladder/table.ts'
import { type MixedMessage, MixProblem, readMix } from './load/mix.ts'
import { outcomeOf } from './load/outcome.ts'
import { answerHelp } from './support/help.ts'
import { digits } from './support/spread.ts'

answerHelp(import.meta.url)

const LIMITS = { rate: 20_000, seconds: 3_600, connections: 512 } as const
const SAMPLE_MIX = fileURLToPath(new URL('sample-mix.json', import.meta.url))
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

class Usage extends Error {}

interface Plan {
  readonly lanes: readonly Address[]
  readonly shipments: readonly Shipment[]
  readonly rate: number
  readonly seconds: number
  readonly connections: number
  readonly isJson: boolean
}

function planOf(args: readonly string[]): Plan {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: 'string', default: 'http://127.0.0.1:8600' },
      northbound: { type: 'string' },
      rate: { type: 'string', default: '100' },
      seconds: { type: 'string', default: '10' },
      mix: { type: 'string', default: SAMPLE_MIX },
      connections: { type: 'string', default: '64' },
      'reject-code': { type: 'string', default: 'E5' },
      ca: { type: 'string' },
      cert: { type: 'string' },
      key: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const bounds = {
    rate: bounded('rate', values.rate),
    seconds: bounded('seconds', values.seconds),
    connections: bounded('connections', values.connections),
  }
  const mix = readMix(values.mix)
  const urls = {
    southbound: urlOf('--target', values.target),
    northbound: urlOf('--northbound', values.northbound),
  }
  const targets = (['southbound', 'northbound'] as const).filter((one) =>
    mix.some(({ direction }) => direction === one),
  )
  const lanes = targets.map((direction) => {
    const url = urls[direction]
    if (!url) throw new Usage(`the mix has ${direction} messages; say where with --${direction} URL`)
    return addressOf(url, values)
  })
  return {
    lanes,
    shipments: mix.map((message) =>
      shipmentOf(message, urls[message.direction], targets.indexOf(message.direction), values['reject-code']),
    ),
    ...bounds,
    isJson: values.json,
  }
}

function bounded(name: keyof typeof LIMITS, text: string): number {
  const value = Number(text)
  if (value > 0 && value <= LIMITS[name]) return value
  throw new Usage(`--${name} is ${text}; give a number above 0 and at most ${LIMITS[name]}`)
}

function urlOf(option: string, text: string | undefined): URL | undefined {
  if (text === undefined) return undefined
  const url = URL.parse(text)
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new Usage(`${option} is ${text}; give a URL like http://127.0.0.1:8600`)
}

type TlsFiles = Readonly<Partial<Record<'ca' | 'cert' | 'key', string>>>

function addressOf(url: URL, files: TlsFiles): Address {
  const isTls = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || (isTls ? 443 : 80))
  if (!isTls) return { host, port }
  const read = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file))
  const [ca, cert, key] = [read(files.ca), read(files.cert), read(files.key)]
  return {
    host,
    port,
    tls: { servername: host, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
  }
}

function shipmentOf(
  { path, body }: MixedMessage,
  url: URL | undefined,
  lane: number,
  rejectCode: string,
): Shipment {
  const head = `POST ${path} HTTP/1.1\r\nHost: ${url?.host}\r\nUser-Agent: duisgate-bench-load\r\nContent-Type: application/xml\r\nContent-Length: ${body.length}\r\n\r\n`
  return {
    bytes: Buffer.concat([Buffer.from(head), body]),
    lane,
    judge: (reply) => outcomeOf(reply, rejectCode),
  }
}

function warnAboutStrangers(lanes: readonly Address[]): void {
  for (const { host, port } of lanes) {
    if (LOOPBACK.test(host) || host === '::1') continue
    console.error(
      `warning: ${host}:${port} is not this machine. Send load only to a gateway that is yours to load.`,
    )
  }
}

const REPEAT_MS = 5_000

/** Redrawn on a terminal; a line every few seconds elsewhere. */
function progressLine(seconds: number): (sofar: Progress) => void {
  let lastMs = 0
  return ({ elapsedMs, answered, lost, waiting }) => {
    const isTerminal = process.stderr.isTTY
    if (!isTerminal && elapsedMs - lastMs < REPEAT_MS) return
    lastMs = elapsedMs
    const text = `${(elapsedMs / 1_000).toFixed(0)} of ${seconds} s: ${answered.toLocaleString('en')} answered, ${lost} lost, ${waiting} waiting`
    process.stderr.write(isTerminal ? `\r\x1b[2K${text}` : `${text}\n`)
  }
}

function print(report: RunReport, { rate, isJson }: Plan): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K')
  if (isJson) return console.log(JSON.stringify(report))
  const { sent, answered, seconds, outcomes, failures, latency, lateness } = report
  const reached = digits(answered / Math.max(seconds, 1e-9))
  console.log(
    `${sent.toLocaleString('en')} sent at ${rate}/s, ${answered.toLocaleString('en')} answered in ${seconds.toFixed(1)} s (${reached}/s)\n`,
  )
  const { p50, p90, p99, p999, max } = latency
  console.log(
    asText([
      ['latency ms', 'p50', 'p90', 'p99', 'p99.9', 'most'],
      ['from when due', ...[p50, p90, p99, p999, max].map(digits)],
    ]),
  )
  console.log(`the generator itself was late by ${digits(lateness.p99)} ms (p99)\n`)
  const rows = [
    ...Object.entries(outcomes),
    ...Object.entries(failures).map(([why, count]) => [`no reply: ${why}`, count] as const),
  ]
  console.log(
    asText([
      ['outcome', 'messages'],
      ...rows.map(([outcome, count]) => [outcome, count.toLocaleString('en')]),
    ]),
  )
}

async function main(args: readonly string[]): Promise<number> {
  const plan = planOf(args)
  warnAboutStrangers(plan.lanes)
  let sent = 0
  const driver = new Driver({
    lanes: plan.lanes,
    next: () => plan.shipments[sent++ % plan.shipments.length] ?? unreachable(),
    maxConnections: plan.connections,
    onProgress: progressLine(plan.seconds),
  })
  process.once('SIGINT', () => driver.stop())
  const report = await driver.runOpen(plan.rate, { seconds: plan.seconds })
  print(report, plan)
  return Object.keys(report.failures).length > 0 ? 1 : 0
}

function unreachable(): never {
  throw new Error('a mix has at least one message')
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const isUsage =
    error instanceof Usage || error instanceof MixProblem || (error instanceof Error && 'code' in error)
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = isUsage ? 2 : 3
}
