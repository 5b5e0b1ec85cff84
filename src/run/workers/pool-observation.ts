/**
 * Health and metrics of a gateway with workers, answered by the primary for all.
 *
 * Ready means that the gateway may be sent messages. A worker that has just ended does not change that: the others take
 * its connections while another is started in its place. So a replacement has a while to become ready, as long as there is
 * a worker that is; but at the first start every worker must be.
 */
import type { Observed, Readiness } from '../../observe/health.ts'
import { together } from '../../observe/metrics-snapshot.ts'
import type { SeatState, WorkerPool } from './worker-pool.ts'

/** How long a replaced worker may be missing before the gateway calls itself not ready. */
const REPLACED_WITHIN_MS = 10_000

/** `isDraining`: whether the gateway was told to stop. */
export function poolObservation(pool: WorkerPool, isDraining: () => boolean): Observed {
  return {
    readiness: async () => (isDraining() ? DRAINING : readinessOf(await pool.states('readiness'))),
    metrics: { exposition: () => exposition(pool) },
  }
}

const DRAINING: Readiness = { ready: false, reasons: ['draining'] }

/** Ready, or why not, from what each seat says. */
export function readinessOf(states: readonly SeatState[]): Readiness {
  const missing = states.filter(({ report }) => !report?.readiness.ready)
  const isBridged = missing.length < states.length && missing.every(isBeingReplaced)
  if (missing.length === 0 || isBridged) return readyWith(states.flatMap(degradedOf))
  return { ready: false, reasons: missing.flatMap(reasonsOf) }
}

function readyWith(degraded: readonly string[]): Readiness {
  return degraded.length === 0 ? { ready: true } : { ready: true, degraded }
}

function degradedOf({ seat, report }: SeatState): string[] {
  if (!report?.readiness.ready) return []
  return (report.readiness.degraded ?? []).map((what) => `worker ${seat.number}: ${what}`)
}

function isBeingReplaced({ endedMsAgo }: SeatState): boolean {
  return endedMsAgo !== undefined && endedMsAgo < REPLACED_WITHIN_MS
}

function reasonsOf({ seat, report }: SeatState): string[] {
  const name = `worker ${seat.number}`
  if (!report) return [`${name} does not answer`]
  return report.readiness.ready ? [] : report.readiness.reasons.map((reason) => `${name}: ${reason}`)
}

async function exposition(pool: WorkerPool) {
  const answers = (await pool.states('metrics')).flatMap(({ report }) => report?.metrics ?? [])
  const { counts, ended } = pool.former()
  const metrics = together([...counts, ...answers])
  metrics.watch('duisgate_workers', [], () => answers.length)
  metrics.count('duisgate_worker_restarts_total', [], ended)
  return metrics.exposition()
}
