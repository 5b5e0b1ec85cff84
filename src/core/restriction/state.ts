/** Where a flag is in its life, as it follows from the record and the clock. */
import type { Instant } from '../device/device.ts'
import type { RestrictionRecord, RestrictionState } from './restriction.ts'

type Times = Pick<RestrictionRecord, 'from' | 'until' | 'isClosed'>

/** A flag taken back before it began counts as cleared at once. */
export function stateOf(record: Times, now: Instant): RestrictionState {
  if (record.isClosed) return 'closed'
  if (record.until !== undefined && (record.until <= now || record.until <= record.from)) return 'cleared'
  return record.from > now ? 'scheduled' : 'effective'
}

/** Whether it restricts now or will: neither cleared nor closed. */
export function isOpen(record: Times, now: Instant): boolean {
  const state = stateOf(record, now)
  return state === 'scheduled' || state === 'effective'
}
