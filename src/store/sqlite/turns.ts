/** Lets one piece of work at a time through, in the order they came. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** Runs `work` when all before it are done, whether or not they succeeded. */
  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work, work)
    this.#last = turn.catch(() => {})
    return turn
  }
}
