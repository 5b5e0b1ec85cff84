/** What an operator may set of the flags that a gateway keeps, with the defaults: stated here and nowhere else. */

/** `Ms` are milliseconds. */
export interface FlagLimits {
  /** Device records kept. */
  readonly maxEntries: number
  /** With more flags than this in the store no index of them is kept. */
  readonly maxIndexed: number
  /** How old a reading may be before it is stale. */
  readonly maxStalenessMs: number
  /** How far this machine's wall clock may be behind the store's before nothing is called in force for it. */
  readonly maxClockBehindMs: number
  /** How long a reading may wait for the store before it is `unknown`. */
  readonly lookupTimeoutMs: number
  /** Pause between polls of what has changed. */
  readonly pollMs: number
}

export const DEFAULT_FLAG_LIMITS: FlagLimits = {
  maxEntries: 200_000,
  maxIndexed: 5_000_000,
  maxStalenessMs: 2_000,
  maxClockBehindMs: 5_000,
  lookupTimeoutMs: 200,
  pollMs: 250,
}
