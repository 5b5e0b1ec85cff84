/**
 * Metrics of several processes as one: each gives a snapshot, and one process answers for all.
 *
 * Counters and histograms add up. What is a state and not an amount takes the least or the greatest value, as `METRICS`
 * says. The metrics of the Node processes are put together by prom-client's own rules.
 */
import { AggregatorRegistry } from 'prom-client'
import { METRICS, type MetricName } from './metric-list.ts'
import { Metrics } from './metrics.ts'

/** One series as it travels between processes. */
export interface SeriesValues {
  readonly name: MetricName
  readonly labels: readonly string[]
  /** A counter's total, a gauge's value, or a histogram's counts and then its sum. Null: infinite, which JSON cannot say. */
  readonly values: readonly (number | null)[]
}

export interface MetricsSnapshot {
  readonly series: readonly SeriesValues[]
  /** The Node process, in prom-client's own form. */
  readonly process: readonly object[]
}

/** One set of metrics with what all of them say. */
export function together(snapshots: readonly MetricsSnapshot[]): Metrics {
  const processes = snapshots.map(({ process }) => process).filter((process) => process.length > 0)
  const total = new Metrics(AggregatorRegistry.aggregate([...processes]))
  const series = snapshots.flatMap((snapshot) => snapshot.series)
  for (const one of series) if (METRICS[one.name].type !== 'gauge') total.merge(one)
  for (const [first, ...others] of gaugesBySeries(series).values())
    if (first) total.watch(first.name, first.labels, () => combined([first, ...others]))
  return total
}

/** What was counted, without the states: all that is left to say of processes that have ended. */
export function countsOf(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  const series = together(snapshots).series()
  return { series: series.filter(({ name }) => METRICS[name].type !== 'gauge'), process: [] }
}

function gaugesBySeries(series: readonly SeriesValues[]): Map<string, SeriesValues[]> {
  const gauges = series.filter(({ name }) => METRICS[name].type === 'gauge')
  return Map.groupBy(gauges, ({ name, labels }) => JSON.stringify([name, ...labels]))
}

function combined(series: readonly [SeriesValues, ...SeriesValues[]]): number {
  const values = series.map(({ values: [value = 0] }) => value ?? Number.POSITIVE_INFINITY)
  const { across } = METRICS[series[0].name]
  if (across === 'least') return Math.min(...values)
  if (across === 'greatest') return Math.max(...values)
  return values.reduce((sum, value) => sum + value, 0)
}
