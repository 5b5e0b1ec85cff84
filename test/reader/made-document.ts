/** A document that a generator made. */
import type { Direction } from '../../src/core/duis/facts.ts'

export interface MadeDocument {
  readonly direction: Direction
  readonly bytes: Buffer
  /** A place to cut it at, as a fraction of its length. */
  readonly cut: number
}
