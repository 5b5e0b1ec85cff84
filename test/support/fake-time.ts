/** A wall clock, a monotonic clock and timers that move only when a test says so. */
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import type { Clock } from '../../src/observe/clock.ts'
import type { Scheduler } from '../../src/observe/scheduler.ts'

interface Timer {
  readonly atMs: number
  readonly run: () => void
}

export class FakeTime implements Clock, Scheduler {
  wall: Instant = instantOf(1_700_000_000_000)
  #monotonicMs = 0
  readonly #timers = new Set<Timer>()

  now(): Instant {
    return this.wall
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#monotonicMs + delayMs, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  soon(run: () => void): void {
    setImmediate(run)
  }

  /** Timers not yet due or cancelled. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves both clocks on and runs what falls due, in order; lets what follows from it happen. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#monotonicMs + milliseconds
    await quiet()
    for (let next = this.#nextDue(end); next; next = this.#nextDue(end)) {
      this.#moveTo(next.atMs)
      this.#timers.delete(next)
      next.run()
      await quiet()
    }
    this.#moveTo(end)
  }

  #nextDue(end: number): Timer | undefined {
    const due = [...this.#timers].filter((timer) => timer.atMs <= end)
    return due.sort((one, other) => one.atMs - other.atMs)[0]
  }

  #moveTo(monotonicMs: number): void {
    this.wall = instantOf(this.wall + monotonicMs - this.#monotonicMs)
    this.#monotonicMs = monotonicMs
  }
}

/** Lets everything happen that needs no time to pass. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise(setImmediate)
}
