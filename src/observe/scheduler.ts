/** Timers as a port, so that deadlines and polling are tested without waiting. */

export interface Scheduler {
  /** Runs `run` once after `delayMs`; the answer cancels it. */
  after(delayMs: number, run: () => void): () => void
  /** Runs `run` once what is under way in this turn of the event loop is done. */
  soon(run: () => void): void
}

/** Node's own timers, which let the process end. */
export const systemScheduler: Scheduler = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs).unref()
    return () => clearTimeout(timer)
  },
  soon(run) {
    setImmediate(run)
  },
}

/** Node's own timers, which keep the process up until they have run or are cancelled. */
export const holdingScheduler: Scheduler = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
  soon: systemScheduler.soon,
}

/** Work took longer than it was given. It may still be under way; its outcome goes nowhere. */
export class DeadlinePassed extends Error {
  readonly code = 'DEADLINE_PASSED'
  constructor(limitMs: number) {
    super(`no answer within ${limitMs} ms`)
    this.name = 'DeadlinePassed'
  }
}

/** The outcome of `work`, or a rejection with DeadlinePassed after `limitMs`. */
export function within<T>(scheduler: Scheduler, limitMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = scheduler.after(limitMs, () => reject(new DeadlinePassed(limitMs)))
    work.then(resolve, reject).finally(cancel)
  })
}
