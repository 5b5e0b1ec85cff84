/**
 * Keeps the control plane running in a process of its own beside the gateway.
 *
 * When it ends by itself it is started again, later each time it fails soon; its end never touches the gateway. It ends
 * with this process: in good order by `stop`, else because it sees its parent go.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Logger } from '../observe/log.ts'

export interface ControlProcessOptions {
  /** The words of the command line after `duisgate control-plane`. */
  readonly words: readonly string[]
  readonly log: Logger
}

const BIN = fileURLToPath(new URL('../../bin/duisgate.mjs', import.meta.url))

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000
/** A process that lived this long did not fail at its start. */
const SETTLED_MS = 60_000
/** What it may take beyond its own drain before it is killed. */
const GRACE_MS = 2_000

export class ControlProcess {
  readonly #options: ControlProcessOptions
  readonly #stopped = new AbortController()
  #child: ChildProcess | undefined
  #kept: Promise<void> = Promise.resolve()

  constructor(options: ControlProcessOptions) {
    this.#options = options
  }

  start(): void {
    this.#kept = this.#keepUp()
  }

  /** Has it read the table again. */
  reload(): void {
    this.#child?.kill('SIGHUP')
  }

  /** Tells it to end and settles when it has; kills it when it takes longer than its drain time. */
  async stop(drainMs: number): Promise<void> {
    this.#stopped.abort()
    this.#child?.kill('SIGTERM')
    const late = setTimeout(() => this.#child?.kill('SIGKILL'), drainMs + GRACE_MS)
    await this.#kept
    clearTimeout(late)
  }

  async #keepUp(): Promise<void> {
    const { signal } = this.#stopped
    let pauseMs = FIRST_PAUSE_MS
    while (!signal.aborted) {
      const startedMs = performance.now()
      const end = await this.#runOnce()
      if (signal.aborted) return
      if (performance.now() - startedMs > SETTLED_MS) pauseMs = FIRST_PAUSE_MS
      this.#options.log.error({ ...end, pauseMs }, 'the control plane ended; it is started again')
      await delay(pauseMs, undefined, { signal }).catch(() => {})
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
    }
  }

  /** Settles when the process has ended, or could not be started. */
  async #runOnce(): Promise<Record<string, unknown>> {
    const words = [...process.execArgv, BIN, 'control-plane', ...this.#options.words]
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#child = child
    try {
      const [code, signal] = await once(child, 'exit')
      return { code, signal }
    } catch (err) {
      return { err }
    } finally {
      this.#child = undefined
    }
  }
}
