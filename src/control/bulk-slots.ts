/** How many bulk files are worked on at once: each may hold its whole upload in memory. */

const MAX_AT_ONCE = 4

export class BulkSlots {
  #taken = 0

  /** Takes a slot and answers how to give it back, which may be done twice; undefined when all are taken. */
  take(): (() => void) | undefined {
    if (this.#taken >= MAX_AT_ONCE) return undefined
    this.#taken++
    let isTaken = true
    return () => {
      if (isTaken) this.#taken--
      isTaken = false
    }
  }
}
