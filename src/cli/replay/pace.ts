/**
 * When each message of a replay is due, and how many may be under way.
 *
 * At a rate or a pace the times are fixed beforehand (an open loop): a slow answer does not put the next message off, and what
 * could not be sent in time is measured from when it was due.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Capture } from './captures.ts'

/** Time as a replay needs it: milliseconds that never jump. */
export interface ReplayClock {
  now(): number
  until(at: number): Promise<void>
}

/** Timers may be a millisecond late; what is due sooner goes at once. */
const FINEST_MS = 1

export const replayClock: ReplayClock = {
  now: () => performance.now(),
  async until(at) {
    const wait = at - performance.now()
    if (wait >= FINEST_MS) await delay(wait)
  },
}

/** Milliseconds after the start at which the message with this place, from 0, is due; undefined: when there is room. */
export type DueTimes = (capture: Pick<Capture, 'time'>, place: number) => number | undefined

/** As fast as answers come. */
export const unhurried: DueTimes = () => undefined

/** So many messages a second. */
export function atRate(perSecond: number): DueTimes {
  return (_capture, place) => (place * 1_000) / perSecond
}

/** As they came in, `speed` times as fast. What came in before the first one is due at once. */
export function atPace(speed: number): DueTimes {
  let first: number | undefined
  return ({ time }) => {
    if (time === undefined) return 0
    first ??= time
    return Math.max(0, time - first) / speed
  }
}

/** Runs `work` on each item when it is due, with at most `width` under way, and settles when all are done. */
export async function runDue<Item extends Pick<Capture, 'time'>>(
  items: AsyncIterable<Item>,
  { dueTimes, width, clock }: { dueTimes: DueTimes; width: number; clock: ReplayClock },
  work: (item: Item, dueAt: number) => Promise<void>,
): Promise<void> {
  const start = clock.now()
  const slots = new Slots(width)
  let place = 0
  for await (const item of items) {
    const due = dueTimes(item, place++)
    if (due !== undefined) await clock.until(start + due)
    await slots.take()
    void slots.hold(work(item, due === undefined ? clock.now() : start + due))
  }
  await slots.allFree()
}

/** So many at a time. The first that fails is thrown to whoever asks next. */
class Slots {
  readonly #width: number
  #busy = 0
  #failure: { readonly cause: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(width: number) {
    this.#width = width
  }

  async take(): Promise<void> {
    await this.#until(this.#width)
    this.#busy++
  }

  async hold(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (cause) {
      this.#failure ??= { cause }
    } finally {
      this.#busy--
      this.#wake?.()
    }
  }

  allFree(): Promise<void> {
    return this.#until(1)
  }

  /** Settles when fewer than `count` are taken. */
  async #until(count: number): Promise<void> {
    while (this.#busy >= count)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    if (this.#failure) throw this.#failure.cause
  }
}
