/**
 * Time-outs of all connections from one interval: no timer is made or moved for a message.
 *
 * Time is counted in ticks of the clock that never jumps. A due tick is a number that its owner compares when it is told of a
 * tick; putting one off is writing a number. A process that is starved of its CPU has fewer ticks to tell of, and each says what
 * time it really is. What arrived meanwhile is looked at first: a tick is told behind the turn's input.
 */

/** Milliseconds between ticks: no time-out comes early, and none later than two ticks and one turn of the event loop after its time. */
const TICK_MS = 100

/** Told of every tick until it is deleted. */
export interface Ticked {
  onTick(now: number): void
}

export class Ticker {
  readonly #monotonicMs: () => number
  readonly #all = new Set<Ticked>()
  #timer: NodeJS.Timeout | undefined

  constructor(monotonicMs = () => performance.now()) {
    this.#monotonicMs = monotonicMs
  }

  /** The tick that it is. */
  get now(): number {
    return Math.floor(this.#monotonicMs() / TICK_MS)
  }

  /** The first tick that is surely `milliseconds` away. */
  after(milliseconds: number): number {
    return this.now + Math.ceil(milliseconds / TICK_MS) + 1
  }

  add(one: Ticked): void {
    this.#all.add(one)
    this.#timer ??= setInterval(() => this.#tickAfterInput(), TICK_MS).unref()
  }

  /** The interval ends with its last member. */
  delete(one: Ticked): void {
    this.#all.delete(one)
    if (this.#all.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Timers come before a turn's input, immediates behind it: all that arrived before this tick has been read by then. */
  #tickAfterInput(): void {
    const { now } = this
    setImmediate(() => {
      for (const one of this.#all) one.onTick(now)
    })
  }
}
