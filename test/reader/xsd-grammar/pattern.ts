/** Texts that a pattern of XML Schema matches: classes, groups, alternatives and quantifiers, as DUIS and MMC use them. */
import type { Random } from './random.ts'

/** How often what has no upper bound is repeated at most. */
const MANY = 4

/** One text of the pattern; throws at what it does not know. */
export function textOfPattern(pattern: string, random: Random): string {
  const maker = new PatternMaker(pattern, random)
  const text = maker.alternatives()
  if (!maker.isAtEnd) throw new Error(`the pattern ${pattern} is not understood`)
  return text
}

class PatternMaker {
  readonly #pattern: string
  readonly #random: Random
  #at = 0

  constructor(pattern: string, random: Random) {
    this.#pattern = pattern
    this.#random = random
  }

  get isAtEnd(): boolean {
    return this.#at === this.#pattern.length
  }

  /** Makes every alternative, so as to come to its end, and takes one. */
  alternatives(): string {
    const made = [this.#sequence()]
    while (this.#takes('|')) made.push(this.#sequence())
    return this.#random.pick(made)
  }

  #sequence(): string {
    let text = ''
    while (!this.isAtEnd && !'|)'.includes(this.#character)) text += this.#repeated()
    return text
  }

  #repeated(): string {
    const start = this.#at
    let text = this.#atom()
    const end = this.#at
    const [least, most] = this.#quantifier()
    const after = this.#at
    const times = this.#random.between(least, most)
    if (times === 0) text = ''
    for (let time = 1; time < times; time++) {
      this.#at = start
      text += this.#atom()
      if (this.#at !== end) throw new Error('an atom has one end')
    }
    this.#at = after
    return text
  }

  #atom(): string {
    if (this.#takes('(')) {
      const text = this.alternatives()
      if (!this.#takes(')')) throw new Error(`a group without end in ${this.#pattern}`)
      return text
    }
    if (this.#takes('[')) return this.#class()
    const character = this.#character
    if ('\\.*+?{^'.includes(character)) throw new Error(`${character} in ${this.#pattern} is not understood`)
    this.#at++
    return character
  }

  #class(): string {
    const ranges: [number, number][] = []
    while (!this.#takes(']')) {
      const [from, dash, to] = this.#pattern.slice(this.#at, this.#at + 3)
      if (from === undefined || '\\^['.includes(from))
        throw new Error(`a class of ${this.#pattern} is not understood`)
      const isRange = dash === '-' && to !== undefined && to !== ']'
      ranges.push([from.charCodeAt(0), (isRange ? to : from).charCodeAt(0)])
      this.#at += isRange ? 3 : 1
    }
    return String.fromCharCode(this.#random.between(...this.#random.pick(ranges)))
  }

  #quantifier(): [least: number, most: number] {
    if (this.#takes('*')) return [0, MANY]
    if (this.#takes('+')) return [1, MANY]
    if (this.#takes('?')) return [0, 1]
    const counts = /^\{(\d+)(,(\d*))?\}/.exec(this.#pattern.slice(this.#at))
    if (!counts) return [1, 1]
    this.#at += counts[0].length
    const least = Number(counts[1])
    if (counts[2] === undefined) return [least, least]
    return [least, counts[3] ? Number(counts[3]) : least + MANY]
  }

  get #character(): string {
    return this.#pattern[this.#at] ?? ''
  }

  #takes(character: string): boolean {
    if (this.#character !== character) return false
    this.#at++
    return true
  }
}
