/** A judgement in words, for people and for the log of a test. */
import type { Judgement, Percentiles } from './checker.ts'

/** More of them would not tell more. */
const MOST_VIOLATIONS = 20

export function wordsOf({ violations, doubts, figures }: Judgement): string {
  const { changes, messages, outcomes, mustStop, faults, calm, all, ages } = figures
  const told = Object.entries(faults).map(([kind, count]) => `${count} × ${kind}`)
  return [
    `changes in force       ${changes}`,
    `  without faults near  ${inMs(calm)}`,
    `  all                  ${inMs(all)}`,
    `messages               ${messages}: ${counts(outcomes)}`,
    `  had to be stopped    ${mustStop}`,
    `age of flags used      ${inMs(ages)}`,
    `faults                 ${told.join(', ') || 'none'}`,
    ...violations.slice(0, MOST_VIOLATIONS).map(({ rule, text }) => `VIOLATION ${rule}: ${text}`),
    ...doubts.map((doubt) => `DOUBT ${doubt}`),
    verdictOf(violations.length, doubts.length),
  ].join('\n')
}

function verdictOf(violations: number, doubts: number): string {
  if (violations > 0) return `verdict: INCONSISTENT, ${violations} violations`
  return doubts > 0 ? 'verdict: shows too little to be believed' : 'verdict: consistent, no violation'
}

function inMs({ count, p50, p99, most }: Percentiles): string {
  if (count === 0) return 'none'
  return `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, most ${most.toFixed(0)} ms (of ${count})`
}

function counts(outcomes: Readonly<Record<string, number>>): string {
  return Object.entries(outcomes)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ')
}
