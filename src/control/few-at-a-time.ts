/** Work that reads or holds much, such as whole journals and uploads: a few at a time, and nobody waits in line. */

export class FewAtATime {
  readonly #limit: number
  #running = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Takes a place and answers how to give it back, which may be done twice; undefined when all are taken. */
  take(): (() => void) | undefined {
    if (this.#running >= this.#limit) return undefined
    this.#running++
    let isTaken = true
    return () => {
      if (isTaken) this.#running--
      isTaken = false
    }
  }

  /** What `work` comes to, or `too-many` when as many as may are at work already. */
  async run<Result>(work: () => Promise<Result>): Promise<Result | 'too-many'> {
    const release = this.take()
    return release ? work().finally(release) : 'too-many'
  }
}
