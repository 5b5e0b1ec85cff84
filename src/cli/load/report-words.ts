/** How a load report says things, at the terminal and on its page. */
import type { Judged, LatencyMs, LoadReport } from './report.ts'

export const LATENCY_COLUMNS = [
  ['messages', 'count'],
  ['mean', 'mean'],
  ['p50', 'p50'],
  ['p90', 'p90'],
  ['p95', 'p95'],
  ['p99', 'p99'],
  ['p99.9', 'p99_9'],
  ['p99.99', 'p99_99'],
  ['max', 'max'],
] as const satisfies readonly (readonly [string, keyof LatencyMs])[]

/** A row for each direction that has replies, and one for both. */
export function latencyRows({ latencyMs }: LoadReport): string[][] {
  return (['all', 'southbound', 'northbound'] as const).flatMap((name) => {
    const latency = latencyMs[name]
    return latency ? [[name, ...LATENCY_COLUMNS.map(([, key]) => figure(latency[key]))]] : []
  })
}

/** A number to about three digits, whole ones in full. */
export function figure(value: number): string {
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3
  return value.toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

export function loopText({ isCorrectedForCoordinatedOmission, latenessMs }: LoadReport): string {
  if (!isCorrectedForCoordinatedOmission)
    return 'closed loop: from when each message was sent: a stall puts off what follows and hardly shows (coordinated omission)'
  return `open loop: from when each message was due: corrected for coordinated omission; the generator itself was late by ${figure(latenessMs?.p99 ?? 0)} ms (p99)`
}

/** `crossed  p99>5ms: 7.24 ms` */
export function thresholdText(judged: Judged): string {
  return `${judged.isCrossed ? 'crossed' : 'held   '}  ${judged.text}: ${thresholdValue(judged)}`
}

export function thresholdValue({ value, unit }: Judged): string {
  return value === null ? 'nothing measured' : `${figure(value)}${unit && ` ${unit}`}`
}
