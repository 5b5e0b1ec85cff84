/** When a change takes effect: now or later, never before. */
import type { Instant } from '../device/device.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { RestrictionRules } from './requests.ts'

/**
 * The time at which the change takes effect. A time within the clock skew counts as now, so that nothing is ever
 * recorded as in force before it was asked for.
 */
export function effectiveTime(asked: Instant | undefined, now: Instant): Instant {
  return asked === undefined || asked < now ? now : asked
}

/** What is wrong with the time asked for; undefined when it will do. */
export function timeRefusal(
  asked: Instant | undefined,
  now: Instant,
  rules: RestrictionRules,
): Refusal | undefined {
  if (asked === undefined) return undefined
  if (!(asked >= now - rules.clockSkewMs)) return refuse('in-the-past')
  return asked > now + rules.aheadMs ? refuse('too-far-ahead') : undefined
}
