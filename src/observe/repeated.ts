/**
 * Work that a process does again and again until it is stopped: polls, beats, jobs that come due.
 *
 * One run at a time, and a pause after each, so that slow work never piles up.
 */
import { holdingScheduler, type Scheduler } from './scheduler.ts'

export interface RepeatedOptions {
  /** Answers how many milliseconds to pause before the next run where that is not `everyMs`. It must not reject. */
  readonly work: () => Promise<number | undefined> | Promise<void>
  /** Milliseconds from the end of a run to the next. */
  readonly everyMs: number
  /** Timers that keep the process up when absent. */
  readonly scheduler?: Scheduler | undefined
}

export class Repeated {
  readonly #options: RepeatedOptions
  readonly #scheduler: Scheduler
  #running: Promise<void> = Promise.resolve()
  #cancelPause: (() => void) | undefined
  #isWoken = false
  #isStopped = false

  constructor(options: RepeatedOptions) {
    this.#options = options
    this.#scheduler = options.scheduler ?? holdingScheduler
  }

  /** Begins with a run at once; settles after it. */
  start(): Promise<void> {
    this.#running = this.#run()
    return this.#running
  }

  /** Begins with a pause. */
  startLater(): void {
    this.#pause(this.#options.everyMs)
  }

  /** Cuts the pause short; a run that is under way is followed by another at once. */
  wake(): void {
    this.#isWoken = true
    if (this.#isStopped || this.#cancelPause === undefined) return
    this.#cancelPause()
    this.#running = this.#run()
  }

  /** Settles when nothing is under way any more; no run begins after it is called. */
  stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelPause?.()
    return this.#running
  }

  async #run(): Promise<void> {
    this.#cancelPause = undefined
    let pauseMs = 0
    while (pauseMs === 0 && !this.#isStopped) {
      this.#isWoken = false
      pauseMs = (await this.#options.work()) ?? this.#options.everyMs
      if (this.#isWoken) pauseMs = 0
    }
    if (!this.#isStopped) this.#pause(pauseMs)
  }

  #pause(milliseconds: number): void {
    this.#cancelPause = this.#scheduler.after(milliseconds, () => {
      this.#running = this.#run()
    })
  }
}
