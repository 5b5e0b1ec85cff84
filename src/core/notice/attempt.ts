/**
 * What an attempt to deliver amounts to. A partner that is down is not the fault of the notice: its lane waits, and the notice
 * does not use up its attempts. One that the partner turns down, while it takes others, is given up in the end.
 */
import { type Instant, instantOf } from '../device/device.ts'

/** What came back: a status, or why there was none. */
export type DeliveryReply = { readonly status: number } | { readonly failure: string }

/** A notice as it was before the attempt. */
export interface Tried {
  readonly refusals: number
  readonly createdAt: Instant
  /** Whether the partner has taken another notice since this one was tried last. */
  readonly othersPassed: boolean
}

/** What becomes of the notice: it is not tried again before `nextAt`, and never again when that is absent. */
export type AttemptOutcome =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'partner-down' | 'refused'
      readonly problem: string
      readonly nextAt: Instant | undefined
    }

export interface AttemptLimits {
  /** Refusals after which a notice is given up. */
  readonly maxRefusals: number
  /** Age at which a notice that cannot be delivered is given up, whatever the reason. */
  readonly giveUpAfterMs: number
  /** Between two refusals. */
  readonly backOff: BackOff
  /** Between two tries at a partner that is down. */
  readonly downBackOff: BackOff
}

/** Too many requests at once. */
const TOO_MANY = 429

/** What an answer, or its absence, means for the notice; `random` is from 0 to 1. */
export function outcomeOf(
  answer: DeliveryReply,
  tried: Tried,
  limits: AttemptLimits,
  now: Instant,
  random: number,
): AttemptOutcome {
  if ('status' in answer && answer.status >= 200 && answer.status < 300) return { kind: 'delivered' }
  const problem = 'status' in answer ? `answered with status ${answer.status}` : answer.failure
  const kind = isDown(answer) && !tried.othersPassed ? 'partner-down' : 'refused'
  if (now - tried.createdAt >= limits.giveUpAfterMs) return { kind, problem, nextAt: undefined }
  if (kind === 'partner-down')
    return { kind, problem, nextAt: instantOf(now + backOffMs(1, limits.downBackOff, random)) }
  const refusals = tried.refusals + 1
  if (refusals >= limits.maxRefusals) return { kind, problem, nextAt: undefined }
  return { kind, problem, nextAt: instantOf(now + backOffMs(refusals, limits.backOff, random)) }
}

/** No answer, or one that says nothing of the notice: any server may give it while it is in trouble. */
function isDown(answer: DeliveryReply): boolean {
  return 'failure' in answer || answer.status >= 500 || answer.status === TOO_MANY
}

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
