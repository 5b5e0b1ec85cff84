/** Random numbers that a seed decides: the same seed gives the same workload on every machine. */

export class SeededRandom {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** The next number in [0, 1). Mulberry32: 32 bits of state are plenty for a workload. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let bits = this.#state
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number in [from, to). */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from))
  }

  /** One of the choices, each as often as its share says; shares need not add up to 1. */
  choose<Choice extends { readonly share: number }>(choices: readonly Choice[]): Choice {
    const [first] = choices
    if (!first) throw new Error('there is nothing to choose from')
    let left = this.next() * choices.reduce((sum, { share }) => sum + share, 0)
    for (const choice of choices) {
      left -= choice.share
      if (left < 0) return choice
    }
    return first
  }
}
