/** How refusals of the rules of change read as problems. */
import type { TableRefusal } from '../../core/policy/governance-rules.ts'
import type { Refusal, RuleId } from '../../core/restriction/refusal.ts'
import type { Problem } from '../http/problems.ts'

/** Whether something is there or only not for this role makes no difference to who asks. */
const NOT_FOUND: ReadonlySet<RuleId> = new Set<RuleId>([
  'not-visible',
  'unknown-device',
  'unknown-meter-point',
  'unknown-task',
])

/** The problem of a change that was refused. */
export function refusedChange(refusals: readonly Refusal[]): Problem {
  const rules = new Set(refusals.map(({ rule }) => rule))
  if (rules.has('role-not-allowed')) return { code: 'not-permitted', refusals }
  return { code: rules.has('version-changed') ? 'stale' : 'refused', refusals }
}

/** The problem of a proposal, or of a decision on one, that was refused. */
export function refusedTable(refusals: readonly TableRefusal[]): Problem {
  const rules = new Set(refusals.map(({ rule }) => rule))
  if (rules.has('table-role')) return { code: 'not-permitted', refusals }
  const isUnknown = rules.has('unknown-proposal') || rules.has('unknown-revision')
  return { code: isUnknown ? 'not-found' : 'refused', refusals }
}

/** The problem of reading that was refused. */
export function refusedRead(refusals: readonly Refusal[]): Problem {
  if (refusals.some(({ rule }) => NOT_FOUND.has(rule))) return { code: 'not-found', refusals }
  return refusedChange(refusals)
}
