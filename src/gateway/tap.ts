/**
 * Where messages can be watched as they are carried: what a capture is told of them. A tap sees bytes and alters nothing,
 * neither the message nor its way: it is called when the message is over, and never waited for.
 */
import type { Instant } from '../core/device/device.ts'
import type { Direction, MessageFacts } from '../core/duis/facts.ts'
import type { ReadingPlan } from '../core/duis/reader.ts'
import type { Verdict } from '../core/policy/verdict.ts'
import type { DecisionId } from './decision-id.ts'

/** A message that was read to its end and decided on. */
export interface TappedMessage {
  readonly decision: DecisionId
  readonly arrivedAt: Instant
  readonly direction: Direction
  /** As it came in, without a query. */
  readonly path: string
  /** What it was read by. */
  readonly plan: ReadingPlan
  readonly facts: MessageFacts
  /** The last one, where it was decided on again. */
  readonly verdict: Verdict
  /** All of it; not to be altered, and not to be kept for long, for it may be a part of something larger. */
  readonly bytes: Buffer
}

/** Told how a message ended; without one it came to no end that a verdict belongs to. */
export type TapEnd = (message: TappedMessage | undefined) => void

/** Neither of its calls may throw or take long. */
export interface MessageTap {
  /** Asked of each message that is held whole, before it is decided on; undefined: this one is not watched. */
  begin(direction: Direction): TapEnd | undefined
  /** A message that is not held whole went by. */
  tooLarge(direction: Direction): void
}

/** Into this a tap is put, and taken out of it again, while messages pass. */
export interface TapSocket {
  readonly tap: MessageTap | undefined
}

/** Two sockets as one: a message is watched by each whose tap wants it. */
export function bothTaps(one: TapSocket, other: TapSocket): TapSocket {
  return {
    get tap() {
      const [first, second] = [one.tap, other.tap]
      return first && second ? together([first, second]) : (first ?? second)
    },
  }
}

function together(taps: readonly MessageTap[]): MessageTap {
  return {
    begin(direction) {
      const ends = taps.flatMap((tap) => tap.begin(direction) ?? [])
      if (ends.length === 0) return undefined
      return (message) => {
        for (const end of ends) end(message)
      }
    },
    tooLarge(direction) {
      for (const tap of taps) tap.tooLarge(direction)
    },
  }
}
