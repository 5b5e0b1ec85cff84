/**
 * Takes the events that gateways have left in the store because the role they connect as may not change flags. Runs in every
 * control plane: of two that take the same event, one finds it taken.
 */
import type { Logger } from '../observe/log.ts'
import { Repeated } from '../observe/repeated.ts'

export interface LeftEventsOptions {
  /** Takes what is there, and answers how many events that were. */
  readonly take: () => Promise<number>
  readonly log: Logger
  /** 250 when absent: a swapped Device is unknown to gateways until then. */
  readonly everyMs?: number
}

export class LeftEvents {
  readonly #options: LeftEventsOptions
  readonly #repeated: Repeated
  #isFailing = false

  constructor(options: LeftEventsOptions) {
    this.#options = options
    this.#repeated = new Repeated({ work: () => this.#takeOnce(), everyMs: options.everyMs ?? 250 })
  }

  start(): void {
    void this.#repeated.start()
  }

  /** Settles when nothing is under way any more. */
  stop(): Promise<void> {
    return this.#repeated.stop()
  }

  /** The log is told when trouble begins and when it is over. */
  async #takeOnce(): Promise<void> {
    const { take, log } = this.#options
    try {
      await take()
      if (this.#isFailing) log.info('events that gateways leave are taken again')
      this.#isFailing = false
    } catch (error) {
      if (!this.#isFailing)
        log.warn({ err: error }, 'events that gateways left cannot be taken; it is tried again')
      this.#isFailing = true
    }
  }
}
