/** Choices that a seed and a number repeat. */

export class Random {
  #state: number

  /** Each document has its own stream, so that one can be made again without those before it. */
  constructor(seed: number, stream: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b)) >>> 0
    for (let round = 0; round < 4; round++) this.#next()
  }

  /** At least 0, below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit)
  }

  /** Both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  chance(probability: number): boolean {
    return this.#next() < probability
  }

  pick<Value>(values: readonly Value[]): Value {
    if (values.length === 0) throw new Error('nothing to pick from')
    return values[this.below(values.length)] as Value
  }

  shuffled<Value>(values: readonly Value[]): Value[] {
    const order = values.map((value) => ({ value, at: this.#next() }))
    return order.sort((one, other) => one.at - other.at).map(({ value }) => value)
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)))
  }

  /** Mulberry32. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
