/**
 * How long messages take at a gateway to which something is done, and at one that is left alone beside it, sent in pairs over
 * the same time. What the machine does to the one it does to the other, so a busy machine moves both and not their ratio.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { quantile } from './served-gateway.ts'

/** Sends one message: whether it was answered as it should be. */
export type Sending = () => Promise<boolean>

/** How many times longer half of the messages may take at the most. */
const TIMES = 3

/** Times in milliseconds. */
export interface Beside {
  readonly suffering: readonly number[]
  readonly alone: readonly number[]
  /** Messages to the one that suffers that were not answered as they should be. */
  readonly failed: number
}

/** Sends pairs, the next a few milliseconds after the last was answered, until the work is done. */
export async function besideEachOther(
  suffering: Sending,
  alone: Sending,
  work: Promise<unknown>,
): Promise<Beside> {
  let isOver = false
  const over = work.finally(() => {
    isOver = true
  })
  const seen = { suffering: [] as number[], alone: [] as number[], failed: 0 }
  while (!isOver) {
    const [one, other] = await Promise.all([timed(suffering), timed(alone)])
    seen.suffering.push(one.ms)
    seen.alone.push(other.ms)
    if (!one.isRight) seen.failed++
    await pause(5)
  }
  await over
  return seen
}

async function timed(send: Sending): Promise<{ isRight: boolean; ms: number }> {
  const from = performance.now()
  const isRight = await send()
  return { isRight, ms: performance.now() - from }
}

/** None failed, half took at most three times as long, and nine in ten less than the longest at the one left alone. */
export function isUnmoved({ suffering, alone, failed }: Beside): boolean {
  return (
    failed === 0 &&
    quantile(suffering, 0.5) <= TIMES * quantile(alone, 0.5) &&
    quantile(suffering, 0.9) <= Math.max(...alone)
  )
}

export function textOfBeside({ suffering, alone, failed }: Beside): string {
  const text = (times: readonly number[]) =>
    `${quantile(times, 0.5).toFixed(1)} ms (p99 ${quantile(times, 0.99).toFixed(1)})`
  return `${failed} of ${suffering.length} messages failed, half within ${text(suffering)}, beside ${text(alone)} at a gateway left alone`
}
