/**
 * Repeats work that bears it while the store does not answer. A fail-over takes seconds, and whoever imports millions of rows
 * should not have to stand by.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { StoreFailure, StoreRefused } from './store.ts'

export interface TryAgainOptions {
  /** How far the work is: another value than at the failure before says that it got on, and it has all its tries again. */
  readonly progress: () => unknown
  /** Told of each failure after which it is tried again. */
  readonly onFailure?: ((failure: StoreFailure, afterMs: number) => void) | undefined
  /** Before the first new try; each pause is twice the one before. 1,000 when absent. */
  readonly pauseMs?: number | undefined
}

/** Tries after the first, without getting on: half a minute. */
const MORE_TRIES = 5

/**
 * Settles as `work` does. Once there are no more tries it throws the first failure since it last got on: that one says what
 * went wrong, those after it often only that nothing is there any more. What the store refused is not tried again.
 */
export async function tryAgain<Result>(
  work: () => Promise<Result>,
  { progress, onFailure, pauseMs = 1_000 }: TryAgainOptions,
): Promise<Result> {
  let first: StoreFailure | undefined
  let tries = 0
  for (let reached = progress(); ; ) {
    try {
      return await work()
    } catch (error) {
      if (progress() !== reached) [first, tries] = [undefined, 0]
      reached = progress()
      if (!(error instanceof StoreFailure)) throw error
      first ??= error
      if (error instanceof StoreRefused || tries === MORE_TRIES) throw first
      const afterMs = pauseMs * 2 ** tries++
      onFailure?.(error, afterMs)
      await pause(afterMs)
    }
  }
}
