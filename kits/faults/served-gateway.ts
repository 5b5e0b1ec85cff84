/**
 * `duisgate serve` as a process of its own, for probes: started with any launcher before it, watched by its log, asked by HTTP,
 * stopped by signals.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { exitOf } from '../../test/support/child-exit.ts'
import type { TestScope } from '../../test/support/start-gateway.ts'
import { wardedFolder, wardGroup } from '../../test/support/warden.ts'

const BIN = join(import.meta.dirname, '../../bin/duisgate.mjs')

export interface ServeOptions {
  readonly settings: readonly string[]
  /** YAML that cannot be a setting on the command line. */
  readonly config?: string
  /** Words before `node`, for example a limit. */
  readonly launcher?: readonly string[]
  readonly nodeArguments?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Kept across starts; a new one when absent. */
  readonly folder?: string
  /** Where its log goes in place of this process: a descriptor, or a pipe that nobody reads. */
  readonly logTo?: number | 'unread'
}

export interface LogLine {
  readonly msg: string
  readonly level: number
  readonly pid?: number
  readonly worker?: number
  readonly southbound?: string
  readonly northbound?: string
  readonly control?: string
  readonly api?: string
}

/** How a message was answered; status 0 when the connection broke before there was an answer. */
export interface Answer {
  readonly status: number
  readonly ms: number
  readonly body: string
  readonly closes: boolean
  readonly retryAfter: string | undefined
}

export class ServedGateway {
  readonly folder: string
  readonly child: ChildProcess
  readonly lines: LogLine[] = []
  /** Everything that came out of the process. */
  readonly said: string[] = []
  readonly #agent = new Agent({ keepAlive: true })
  readonly #waiting = new Set<() => void>()
  #ended = false

  private constructor(folder: string, options: ServeOptions) {
    this.folder = folder
    const { launcher = [], nodeArguments = [], environment = {}, settings, config } = options
    const file = join(folder, 'duisgate.yaml')
    if (config !== undefined) writeFileSync(file, config)
    const given = config === undefined ? [] : ['--config', file]
    const words = [...DEFAULTS, ...settings].flatMap((text) => ['--set', text])
    const [program = '', ...rest] = [
      ...launcher,
      process.execPath,
      ...nodeArguments,
      BIN,
      'serve',
      ...given,
      ...words,
    ]
    this.child = wardGroup(
      spawn(program, rest, {
        cwd: folder,
        // A launcher may start others.
        detached: true,
        stdio: ['ignore', typeof options.logTo === 'number' ? options.logTo : 'pipe', 'pipe'],
        env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, ...environment },
      }),
    )
    this.#listen(options.logTo === undefined)
  }

  /** Settles once it listens. */
  static async start(scope: TestScope, options: ServeOptions): Promise<ServedGateway> {
    const folder = options.folder ?? newFolder(scope)
    const gateway = new ServedGateway(folder, options)
    scope.teardown(() => gateway.kill())
    if (options.logTo === undefined) await gateway.logged('listening')
    return gateway
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** The last line that says so, once there is one; `after` leaves out as many lines from the beginning. */
  async logged(msg: string, after = 0): Promise<LogLine> {
    for (;;) {
      const line = this.lines.slice(after).findLast((one) => one.msg.startsWith(msg))
      if (line) return line
      if (this.#ended) throw new Error(`it ended without "${msg}": ${this.said.slice(-5).join('\n')}`)
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  portOf(listener: 'southbound' | 'northbound' | 'control'): number {
    const line = this.lines.findLast(({ msg }) => msg === 'listening')
    return Number(line?.[listener]?.split(':').at(-1))
  }

  /** Sends a Service Request on one of the connections that are kept. */
  send(body: string | Buffer, agent: Agent = this.#agent): Promise<Answer> {
    return post(this.portOf('southbound'), body, agent)
  }

  async metric(name: string): Promise<number> {
    const reply = await fetch(`http://127.0.0.1:${this.portOf('control')}/metrics`)
    const values = (await reply.text()).matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))
    return [...values].reduce((sum, [, value]) => sum + Number(value), 0)
  }

  async isReady(): Promise<boolean> {
    try {
      return (await fetch(`http://127.0.0.1:${this.portOf('control')}/readyz`)).status === 200
    } catch {
      return false
    }
  }

  /** Memory in MB: what it has now, or the most it had. */
  memory(which: 'VmRSS' | 'VmHWM'): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(new RegExp(`^${which}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1_024
  }

  /** Sends the signal and has its exit code, null when it was killed. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal)
    const [code] = await exitOf(this.child)
    return code
  }

  async kill(): Promise<void> {
    this.#agent.destroy()
    this.child.kill('SIGCONT')
    await this.end('SIGKILL')
  }

  #listen(isHeard: boolean): void {
    const { child } = this
    for (const stream of isHeard ? [child.stdout, child.stderr] : [child.stderr])
      if (stream) createInterface({ input: stream }).on('line', (text) => this.#take(text))
    child.once('exit', () => {
      this.#ended = true
      this.#wake()
    })
  }

  #take(text: string): void {
    this.said.push(text)
    const line = lineOf(text)
    if (line) this.lines.push(line)
    this.#wake()
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

const DEFAULTS = [
  'store=duisgate.db',
  'journal.folder=journal',
  'southbound.listen=127.0.0.1:0',
  'northbound.listen=127.0.0.1:0',
  'control.listen=127.0.0.1:0',
  'limits.drainIdleMs=50',
]

function lineOf(text: string): LogLine | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'msg' in value ? (value as LogLine) : undefined
  } catch {
    return undefined
  }
}

/** A port that was free a moment ago, for a gateway that cannot say which it took. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

export function newFolder(scope: TestScope): string {
  const folder = wardedFolder('duisgate-faults-')
  scope.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Posts a message southbound; never rejects. */
export function post(port: number, body: string | Buffer, agent?: Agent): Promise<Answer> {
  const from = performance.now()
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const broken = () =>
    resolve({ status: 0, ms: performance.now() - from, body: '', closes: true, retryAfter: undefined })
  const headers = { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) }
  const where = {
    host: '127.0.0.1',
    port,
    path: '/api/v1/serviceS',
    method: 'POST',
    headers,
    ...(agent && { agent }),
  }
  request(where, (reply) => {
    reply
      .setEncoding('utf8')
      .toArray()
      .then((parts) => {
        const { connection, 'retry-after': retryAfter } = reply.headers
        const closes = connection === 'close'
        resolve({
          status: reply.statusCode ?? 0,
          ms: performance.now() - from,
          body: parts.join(''),
          closes,
          retryAfter,
        })
      }, broken)
  })
    .on('error', broken)
    .end(body)
  return promise
}

/**
 * How long a probe waits for what must come by itself. That it comes is what is judged, and how soon is printed: a machine that
 * does other work as well makes anything late.
 */
export const PATIENCE_MS = 60_000

/** Milliseconds until the condition holds; undefined when it does not within that time. */
export async function msUntil(
  withinMs: number,
  condition: () => Promise<boolean> | boolean,
): Promise<number | undefined> {
  const from = performance.now()
  while (performance.now() - from < withinMs) {
    if (await condition()) return performance.now() - from
    await pause(20)
  }
  return undefined
}

/** The value below which that part of the sample lies. */
export function quantile(sample: readonly number[], part: number): number {
  const sorted = [...sample].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
