/**
 * The time in which one server, on one timeline, is the store's primary; and what keeps a process from going back to an
 * earlier one. docs/adr/0013-epochs-and-clocks.md has the reasoning; its E3 and E4 are here.
 */

export interface Epoch {
  /** 1, 2, … in the order in which they began, as far as the server that began it knows. */
  readonly number: number
  /** The cluster: PostgreSQL's system identifier. */
  readonly server: string
  readonly timeline: number
  /** Drawn when it began; no other epoch has it. */
  readonly id: string
}

/**
 * How one epoch stands to the latest that was seen. `older`: the server was the primary before that. `other`: neither came
 * before the other, as of two standbys that were both promoted, or of a store that was made anew.
 */
type EpochOrder = 'same' | 'later' | 'older' | 'other'

export function orderOf(one: Epoch, seen: Epoch): EpochOrder {
  if (one.id === seen.id) return 'same'
  if (one.server !== seen.server) return one.number > seen.number ? 'later' : 'other'
  if (one.timeline === seen.timeline) return 'other'
  return one.timeline > seen.timeline ? 'later' : 'older'
}

/** What answered is not the primary that this process goes by, and its answer is none. */
export class OtherPrimary extends Error {
  readonly code = 'OTHER_PRIMARY'
  /** False where the server was the primary before: asking again may reach the right one. */
  readonly isUnrelated: boolean
  constructor(one: Epoch, seen: Epoch) {
    const isUnrelated = orderOf(one, seen) === 'other'
    super(
      isUnrelated
        ? `the server that answers is not of the history that this process has followed: ${named(one)}, not ${named(seen)}`
        : `the server that answers was the primary before: ${named(one)}, and ${named(seen)} has been seen`,
    )
    this.name = 'OtherPrimary'
    this.isUnrelated = isUnrelated
  }
}

function named({ number, timeline }: Epoch): string {
  return `epoch ${number} on timeline ${timeline}`
}

/** The latest epoch that this process has seen. */
export class EpochWatch {
  #latest: Epoch | undefined
  readonly #listeners: ((epoch: Epoch) => void)[] = []

  /** Undefined before the first answer, and for a store that has no epochs. */
  get latest(): Epoch | undefined {
    return this.#latest
  }

  /** Told at once of an epoch that is later than the one before it, before anything of it is used. */
  onLater(listener: (epoch: Epoch) => void): void {
    this.#listeners.push(listener)
  }

  /** An answer of that epoch has come. Throws OtherPrimary where it must not be used. */
  admit(epoch: Epoch): void {
    const seen = this.#latest
    const standing = seen && orderOf(epoch, seen)
    if (standing === 'same') return
    if (seen && standing !== 'later') throw new OtherPrimary(epoch, seen)
    this.#latest = epoch
    if (seen) for (const listener of this.#listeners) listener(epoch)
  }

  /** What was seen before a restart. */
  remember(epoch: Epoch): void {
    this.#latest ??= epoch
  }

  /** Whatever answers next is believed. */
  forget(): void {
    this.#latest = undefined
  }
}
