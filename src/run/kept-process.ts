/**
 * Keeps a process running beside this one: when it ends by itself it is started again, at once or, when it failed soon after its start, later each time.
 */

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { MINUTE_MS } from '../core/device/durations.ts'
import type { Logger } from '../observe/log.ts'

export interface KeptProcessOptions {
  /** As the log names it. */
  readonly name: string
  readonly launch: () => ChildProcess
  readonly log: Logger
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000
/** A process that lived this long did not fail at its start. */
const SETTLED_MS = MINUTE_MS

export class KeptProcess {
  readonly #options: KeptProcessOptions
  readonly #stopped = new AbortController()
  #child: ChildProcess | undefined
  #kept: Promise<void> = Promise.resolve()

  constructor(options: KeptProcessOptions) {
    this.#options = options
  }

  start(): void {
    this.#kept = this.#keepUp()
  }

  /** Sends a signal to the process; nothing while it is not there. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /** Tells it to end and settles when it has; kills it when it takes longer than that. */
  async stop(withinMs: number): Promise<void> {
    this.#stopped.abort()
    this.#child?.kill('SIGTERM')
    const late = setTimeout(() => this.#child?.kill('SIGKILL'), withinMs)
    await this.#kept
    clearTimeout(late)
  }

  async #keepUp(): Promise<void> {
    const { signal } = this.#stopped
    let pauseMs = 0
    while (!signal.aborted) {
      const startedMs = performance.now()
      const end = await this.#runOnce()
      if (signal.aborted) return
      const hadSettled = performance.now() - startedMs > SETTLED_MS
      pauseMs = hadSettled ? 0 : Math.min(Math.max(2 * pauseMs, FIRST_PAUSE_MS), LONGEST_PAUSE_MS)
      this.#options.log.error({ ...end, pauseMs }, `${this.#options.name} ended; it is started again`)
      await delay(pauseMs, undefined, { signal }).catch(() => {})
    }
  }

  /** Settles when the process has ended, or could not be started. */
  async #runOnce(): Promise<Record<string, unknown>> {
    try {
      const child = this.#options.launch()
      this.#child = child
      const [code, signal] = await once(child, 'exit')
      return { code, signal }
    } catch (err) {
      return { err }
    } finally {
      this.#child = undefined
    }
  }
}
