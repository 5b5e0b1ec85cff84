/** duisgate as a process of its own that stays up, with its log: of this checkout, or of another. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { exitOf } from './child-exit.ts'
import { ward } from './warden.ts'

const HERE = fileURLToPath(new URL('../../', import.meta.url))

type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string }

export interface ProcessOptions {
  /** The tree that it is run from; this checkout when absent. */
  readonly tree?: string
  readonly settings: Readonly<Record<string, string>>
}

export class DuisgateProcess {
  /** Every line of its log so far. */
  readonly log: LogLine[] = []
  readonly #child: ChildProcess
  readonly #waiting = new Set<() => void>()
  #said = ''

  /** `command`: `serve` or `control-plane`. It ends with the test. */
  constructor(t: Test, command: string, { tree = HERE, settings }: ProcessOptions) {
    const words = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`])
    this.#child = ward(
      spawn(process.execPath, [join(tree, 'bin/duisgate.mjs'), command, ...words], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR },
      }),
    )
    t.teardown(() => this.#child.kill('SIGKILL'))
    this.#child.stderr?.on('data', (text) => {
      this.#said += String(text)
    })
    const { stdout } = this.#child
    if (stdout) createInterface({ input: stdout }).on('line', (line) => this.#hear(line))
    this.#child.once('exit', () => this.#wake())
  }

  /** The first line with that message. Rejects when the process ends without it. */
  async logged(message: string): Promise<LogLine> {
    for (;;) {
      const found = this.log.find(({ msg }) => msg === message)
      if (found) return found
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        throw new Error(`ended without "${message}": ${this.#said}${JSON.stringify(this.log)}`)
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  /** The ports of a gateway, once it listens. */
  async ports(): Promise<{ readonly southbound: number; readonly northbound: number }> {
    const line = await this.logged('listening')
    const portOf = (side: string) => Number(String(line[side]).split(':').at(-1))
    return { southbound: portOf('southbound'), northbound: portOf('northbound') }
  }

  /** Lets it finish what is in flight, unless it is killed. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#child.kill(signal)
    await exitOf(this.#child)
  }

  #hear(line: string): void {
    this.log.push(JSON.parse(line) as LogLine)
    this.#wake()
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
