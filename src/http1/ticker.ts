/**
 * Time-outs of all connections from one interval: no timer is made or moved for a message.
 *
 * Time is counted in ticks. A due tick is a number that its owner compares when it is told of a tick; putting one off is
 * writing a number. Ticks are counted, not read from a clock: a process that stood still does not find everything
 * overdue when it goes on, before it has looked at what arrived meanwhile.
 */

/** Milliseconds between ticks: no time-out comes early, and none later than two ticks after its time. */
const TICK_MS = 100

/** Told of every tick until it is deleted. */
export interface Ticked {
  onTick(now: number): void
}

export class Ticker {
  readonly #all = new Set<Ticked>()
  #timer: NodeJS.Timeout | undefined
  #now = 0

  /** Ticks so far. */
  get now(): number {
    return this.#now
  }

  /** The first tick that is surely `milliseconds` away. */
  after(milliseconds: number): number {
    return this.#now + Math.ceil(milliseconds / TICK_MS) + 1
  }

  add(one: Ticked): void {
    this.#all.add(one)
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref()
  }

  /** The interval ends with its last member. */
  delete(one: Ticked): void {
    this.#all.delete(one)
    if (this.#all.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #tick(): void {
    this.#now++
    for (const one of this.#all) one.onTick(this.#now)
  }
}
