/** Lets one piece of work at a time through, in the order they came. */
import { AsyncLocalStorage } from 'node:async_hooks'

export class Turns {
  #last: Promise<unknown> = Promise.resolve()
  /** Tells whose turn the calling code runs in. */
  readonly #turn = new AsyncLocalStorage<{ isOver: boolean }>()

  /**
   * Runs `work` when all before it are done, whether or not they succeeded. Throws when it is asked for from within another
   * turn, for which it would wait for ever.
   */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#turn.getStore()?.isOver === false)
      throw new Error(
        'this transaction was begun within another of the same store and would wait for it; use its view or unit',
      )
    const turn = this.#last.then(() => this.#run(work))
    this.#last = turn.catch(() => {})
    return turn
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = { isOver: false }
    try {
      return await this.#turn.run(turn, work)
    } finally {
      turn.isOver = true
    }
  }
}
