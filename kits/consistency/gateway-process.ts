/** One gateway as an operating system process: `duisgate serve` on the store behind its own proxy. */
import { type ChildProcess, spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exitOf } from '../../test/support/child-exit.ts'
import type { FaultProxy } from '../../test/support/fault-proxy.ts'
import { ward } from '../../test/support/warden.ts'

export interface GatewayProcessOptions {
  readonly name: string
  /** For its journal and what it remembers across restarts. */
  readonly folder: string
  readonly proxy: FaultProxy
  readonly database: string
  readonly user: string
  readonly dspUrl: URL
  readonly leaseMs: number
}

const BIN = fileURLToPath(new URL('../../bin/duisgate.mjs', import.meta.url))

export class GatewayProcess {
  readonly name: string
  readonly proxy: FaultProxy
  readonly #options: GatewayProcessOptions
  #child: ChildProcess | undefined
  #isToldToEnd = false
  #lastWords = ''
  /** Where messages are sent; stays the same across restarts. */
  #port = 0

  constructor(options: GatewayProcessOptions) {
    this.name = options.name
    this.proxy = options.proxy
    this.#options = options
  }

  get port(): number {
    return this.#port
  }

  /** Settles once it listens. Rejects with what it said when it ends before. */
  async start(): Promise<void> {
    const child = ward(
      spawn(process.execPath, [BIN, 'serve', ...this.#settings()], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR },
      }),
    )
    this.#child = child
    this.#isToldToEnd = false
    this.#port = await portOf(child, (said) => {
      this.#lastWords = said
    })
  }

  /** What it said in the end when it has ended by itself; undefined while it runs or when it was told to end. */
  get crash(): string | undefined {
    const child = this.#child
    return child && !this.#isToldToEnd && child.exitCode !== null ? this.#lastWords : undefined
  }

  /** Lets it finish what is in flight. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  /** Ends it in the middle of whatever it does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** It does nothing until `resume`, and does not know. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Every whole line of its journal. */
  journal(): Record<string, unknown>[] {
    const files = globSync('*.ndjson', { cwd: join(this.#options.folder, 'journal') })
    return files.flatMap((file) =>
      readFileSync(join(this.#options.folder, 'journal', file), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    )
  }

  #settings(): string[] {
    const { name, folder, proxy, database, user, dspUrl, leaseMs } = this.#options
    return [
      `store=postgres://${user}@127.0.0.1:${proxy.port}/${database}`,
      `gatewayId=${name}`,
      `southbound.listen=127.0.0.1:${this.#port}`,
      'northbound.listen=127.0.0.1:0',
      'control.listen=127.0.0.1:0',
      `southbound.dspUrl=${dspUrl.origin}`,
      `journal.folder=${join(folder, 'journal')}`,
      `flags.maxStalenessMs=${leaseMs}`,
      'drainMs=5000',
    ].flatMap((setting) => ['--set', setting])
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    this.#isToldToEnd = true
    child.kill('SIGCONT')
    child.kill(signal)
    await exitOf(child)
  }
}

/** The southbound port that its log names. Goes on reading: it must not wait for a full pipe. */
function portOf(child: ChildProcess, onText: (said: string) => void): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let said = ''
  const listen = (text: Buffer) => {
    said = (said + String(text)).slice(-5_000)
    onText(said)
    const port = /"southbound":"127\.0\.0\.1:(\d+)"/.exec(said)?.[1]
    if (port !== undefined) resolve(Number(port))
  }
  child.stdout?.on('data', listen)
  child.stderr?.on('data', listen)
  child.once('exit', () => reject(new Error(`a gateway ended before it listened:\n${said}`)))
  return promise
}
