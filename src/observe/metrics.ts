/**
 * The metrics of one process, in a registry of its own: counted, watched, and written out for a scrape.
 */
import { collectDefaultMetrics, Registry } from 'prom-client'
import { METRICS, METRICS_OF, type MetricName, type Plane } from './metric-list.ts'
import type { MetricsSnapshot, SeriesValues } from './metrics-snapshot.ts'
import { CounterSeries, Family, HistogramSeries, labelText, valueText } from './series.ts'

/** Bounds in seconds: a decision takes microseconds, an upstream up to half a minute. */
const MESSAGE_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const DECISION_BOUNDS = [0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 1]

interface Watched {
  readonly labels: readonly string[]
  /** Read at the moment of a scrape. */
  readonly reading: () => number
}

/** Label values are given in the order of `METRICS`. */
export class Metrics {
  /** What prom-client knows of the Node process. */
  readonly #process: Registry
  readonly #names: readonly MetricName[]
  readonly #counters = new Map<MetricName, Family<CounterSeries>>()
  readonly #histograms = new Map<MetricName, Family<HistogramSeries>>()
  readonly #watched = new Map<MetricName, Watched[]>()

  /** `process`: what prom-client knows of the Node process; of this one when absent. */
  constructor(process: Registry = thisProcess(), plane: Plane = 'gateway') {
    this.#process = process
    this.#names = Object.keys(METRICS_OF[plane]) as MetricName[]
    for (const name of this.#names) this.#declare(name)
  }

  count(name: MetricName, labels: readonly string[] = [], by = 1): void {
    this.counter(name, labels).add(by)
  }

  /** A counter to keep at hand, for what is counted with every message; it stands in a scrape from now on. */
  counter(name: MetricName, labels: readonly string[] = []): CounterSeries {
    const family = this.#counters.get(name)
    if (!family) throw new Error(`${name} does not count`)
    return family.at(labels)
  }

  /** A histogram to keep at hand, in the same way. */
  durations(name: MetricName, labels: readonly string[]): HistogramSeries {
    const family = this.#histograms.get(name)
    if (!family) throw new Error(`${name} does not take durations`)
    return family.at(labels)
  }

  /** Has a value read at every scrape instead of keeping it up to date. */
  watch(name: MetricName, labels: readonly string[], reading: () => number): void {
    this.#watched.set(name, [...(this.#watched.get(name) ?? []), { labels, reading }])
  }

  /** What a counter has counted so far, all labels together. */
  total(name: MetricName): number {
    const all = this.#counters.get(name)?.all() ?? []
    return all.reduce((sum, { total }) => sum + total, 0)
  }

  /** What a counter has counted so far, by the values of one of its labels. */
  totals(name: MetricName, label: string): Record<string, number> {
    const family = this.#counters.get(name)
    if (!family) throw new Error(`${name} does not count`)
    const place = METRICS[name].labels.indexOf(label)
    const totals: Record<string, number> = {}
    for (const { labels, total } of family.all()) {
      const value = labels[place] ?? ''
      totals[value] = (totals[value] ?? 0) + total
    }
    return totals
  }

  /** Every series of our own as it is now. */
  series(): SeriesValues[] {
    return this.#names.flatMap((name) => {
      const family = this.#counters.get(name) ?? this.#histograms.get(name)
      if (family) return family.all().map((one) => ({ name, labels: one.labels, values: one.values() }))
      return this.#watchedValues(name)
    })
  }

  async snapshot(): Promise<MetricsSnapshot> {
    return { series: this.series(), process: await this.#process.getMetricsAsJSON() }
  }

  /** Adds what a counter or a histogram of another process has counted. */
  merge({ name, labels, values }: SeriesValues): void {
    const family = this.#counters.get(name) ?? this.#histograms.get(name)
    family?.at(labels).merge(values.map((value) => value ?? 0))
  }

  /** The text that `/metrics` answers with, and its content type. */
  async exposition(): Promise<{ readonly contentType: string; readonly text: string }> {
    const own = this.#names.map((name) => this.#expose(name)).join('\n')
    return { contentType: this.#process.contentType, text: `${own}\n${await this.#process.metrics()}` }
  }

  /** A counter without labels stands at 0 from the start. */
  #declare(name: MetricName): void {
    const { type, labels } = METRICS[name]
    if (type === 'counter') {
      const family = new Family((values) => new CounterSeries(values))
      if (labels.length === 0) family.at([])
      this.#counters.set(name, family)
    } else if (type === 'histogram') {
      const bounds = name === 'duisgate_decision_seconds' ? DECISION_BOUNDS : MESSAGE_BOUNDS
      this.#histograms.set(name, new Family((values) => new HistogramSeries(values, bounds)))
    }
  }

  #expose(name: MetricName): string {
    const { type, help, labels } = METRICS[name]
    const family = this.#counters.get(name) ?? this.#histograms.get(name)
    const lines = family ? family.lines(name, labels) : this.#watchedLines(name, labels)
    return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines}`
  }

  #watchedValues(name: MetricName): SeriesValues[] {
    const watched = this.#watched.get(name) ?? []
    return watched.map(({ labels, reading }) => {
      const value = reading()
      return { name, labels, values: [Number.isFinite(value) ? value : null] }
    })
  }

  #watchedLines(name: MetricName, labelNames: readonly string[]): string {
    const watched = this.#watched.get(name) ?? []
    return watched
      .map(({ labels, reading }) => `${name}${labelText(labelNames, labels)} ${valueText(reading())}\n`)
      .join('')
  }
}

function thisProcess(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}
