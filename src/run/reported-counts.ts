/** What a gateway reports to the store for the operations view, out of its metrics. */
import { READ_FAULTS, type ReadFaultCode } from '../core/duis/fault.ts'
import type { Verdict } from '../core/policy/verdict.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { GatewayCounts } from '../store/gateway-counts.ts'

/** A message that could not be read has no verdict: it is counted by the fault that it was answered with. */
export function reportedCounts(metrics: Metrics): Required<GatewayCounts> {
  const verdicts = metrics.totals('duisgate_messages_total', 'verdict')
  const faults = metrics.totals('duisgate_faults_total', 'code')
  const decided = (kind: Verdict['kind']) => verdicts[kind] ?? 0
  return {
    forward: decided('forward'),
    reject: decided('reject'),
    withhold: decided('withhold'),
    defer: decided('defer'),
    unreadable: FAULTS_OF_READING.reduce((sum, code) => sum + (faults[code] ?? 0), 0),
    restrictedButForwarded: metrics.total('duisgate_restricted_but_forwarded_total'),
    neverBlockButStopped: metrics.total('duisgate_never_block_but_stopped_total'),
  }
}

const FAULTS_OF_READING = Object.keys(READ_FAULTS) as ReadFaultCode[]
