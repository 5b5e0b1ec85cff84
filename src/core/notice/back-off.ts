/** How long to wait after failures: twice as long each time, up to a limit, with jitter so that senders do not march in step. */

export interface BackOff {
  /** After the first failure, in milliseconds. */
  readonly firstMs: number
  readonly mostMs: number
}

/** Milliseconds to wait after so many failures in a row (1 or more); `random` is from 0 to 1. Never less than half. */
export function backOffMs(failures: number, { firstMs, mostMs }: BackOff, random: number): number {
  const fullMs = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 40))
  return Math.round(fullMs / 2 + (fullMs / 2) * random)
}
