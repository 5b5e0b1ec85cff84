/** Whether a run did what its workload says: the difference between a figure and a number. */

import type { RunReport } from '../../src/cli/load/driver.ts'
import type { Arrivals } from '../processes/far-side.ts'
import { WRONG } from '../workload/shipments.ts'

/** Everything that was not as it should be; empty when the run counts. */
export function problemsOf(report: RunReport, arrivals: Arrivals): string[] {
  const problems: string[] = []
  for (const [why, count] of Object.entries(report.failures))
    problems.push(`${count} messages without a reply: ${why}`)
  for (const [outcome, count] of Object.entries(report.outcomes)) {
    if (outcome.startsWith(WRONG)) problems.push(`${count} × ${outcome.slice(WRONG.length)}`)
  }
  if (report.answered === 0) problems.push('no message was answered')
  const { forwarded = 0, substituted = 0 } = report.outcomes
  const arrived = arrivals.southbound + arrivals.northbound
  if (arrived !== forwarded) problems.push(`${arrived} messages arrived, ${forwarded} were forwarded`)
  if (arrivals.substitutes !== substituted)
    problems.push(`${arrivals.substitutes} Responses in place of withheld ones arrived, not ${substituted}`)
  if (arrivals.altered > 0) problems.push(`${arrivals.altered} of ${arrivals.checked} bodies were altered`)
  if (arrivals.checked === 0 && forwarded >= 256) problems.push('no body was checked')
  return problems
}
