/** Work that reads much, such as whole journals: a few at a time, and nobody waits in line. */

export class FewAtATime {
  readonly #limit: number
  #running = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** What `work` comes to, or `too-many` when as many as may are at work already. */
  async run<Result>(work: () => Promise<Result>): Promise<Result | 'too-many'> {
    if (this.#running >= this.#limit) return 'too-many'
    this.#running++
    try {
      return await work()
    } finally {
      this.#running--
    }
  }
}
