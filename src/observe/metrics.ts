/**
 * The metrics of one gateway process, in a registry of its own. docs/metrics.md lists the same names and a test compares
 * the two. Label values come from closed sets, so that no traffic can make series without end.
 */
import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  Registry,
} from 'prom-client'

export interface MetricEntry {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
}

/** Every metric of our own. Those of the Node process (`process_…`, `nodejs_…`) come with them. */
export const METRICS = {
  duisgate_messages_total: {
    type: 'counter',
    help: 'Messages handled, by what they are and what was decided.',
    labels: ['direction', 'kind', 'verdict', 'class'],
  },
  duisgate_outcomes_total: {
    type: 'counter',
    help: 'Messages handled, by how they ended.',
    labels: ['direction', 'outcome'],
  },
  duisgate_faults_total: {
    type: 'counter',
    help: 'Messages answered with a fault, by its code.',
    labels: ['direction', 'code'],
  },
  duisgate_unknown_total: {
    type: 'counter',
    help: 'Decisions taken although the flag was not known, by what was done.',
    labels: ['direction', 'action'],
  },
  duisgate_stale_total: {
    type: 'counter',
    help: 'Decisions taken on a flag past its lease, by what was done.',
    labels: ['direction', 'action'],
  },
  duisgate_alarms_total: {
    type: 'counter',
    help: 'Alarms raised by decisions: each wants a look at the table or at the sender.',
    labels: ['alarm'],
  },
  duisgate_shadow_total: {
    type: 'counter',
    help: 'Decisions that a row in shadow mode would have changed, by what it would have done.',
    labels: ['direction', 'action'],
  },
  duisgate_substitutes_total: {
    type: 'counter',
    help: 'Responses sent in place of withheld ones, by how that ended.',
    labels: ['result'],
  },
  duisgate_message_seconds: {
    type: 'histogram',
    help: 'Time from the first byte of a message to its answer, the peer included.',
    labels: ['direction', 'outcome'],
  },
  duisgate_decision_seconds: {
    type: 'histogram',
    help: 'Time to look up the flags and decide.',
    labels: ['direction'],
  },
  duisgate_message_bytes_total: {
    type: 'counter',
    help: 'Bytes of message bodies that arrived.',
    labels: ['direction'],
  },
  duisgate_in_flight: {
    type: 'gauge',
    help: 'Messages being handled.',
    labels: ['direction'],
  },
  duisgate_connections: {
    type: 'gauge',
    help: 'Open connections of a listener.',
    labels: ['direction'],
  },
  duisgate_connections_refused_total: {
    type: 'counter',
    help: 'Connections closed at once because the listener had as many as it may.',
    labels: ['direction'],
  },
  duisgate_held_bytes: {
    type: 'gauge',
    help: 'Bytes of messages held in memory.',
    labels: ['direction'],
  },
  duisgate_journal_dropped_lines: {
    type: 'gauge',
    help: 'Journal lines lost since the start because the disk was too slow or failed.',
    labels: [],
  },
  duisgate_events_lost_total: {
    type: 'counter',
    help: 'Messages whose observed events could not be kept: what they mean for flags is lost.',
    labels: [],
  },
  duisgate_event_backlog_bytes: {
    type: 'gauge',
    help: 'Observed events on disk that the store has not taken yet.',
    labels: [],
  },
  duisgate_flag_in_step: {
    type: 'gauge',
    help: '1 while the gateway knows itself in step with the store.',
    labels: [],
  },
  duisgate_flag_age_seconds: {
    type: 'gauge',
    help: 'Time since the gateway last knew itself in step with the store; +Inf before the first time.',
    labels: [],
  },
  duisgate_flag_sequence: {
    type: 'gauge',
    help: 'Number of the last flag change that is applied here.',
    labels: [],
  },
  duisgate_draining: {
    type: 'gauge',
    help: '1 while the gateway finishes its messages and takes no new connections.',
    labels: [],
  },
} as const satisfies Record<string, MetricEntry>

export type MetricName = keyof typeof METRICS

/** Bounds in seconds: a decision takes microseconds, a peer up to half a minute. */
const MESSAGE_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const DECISION_BOUNDS = [0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 1]

interface Watched {
  readonly labels: Readonly<Record<string, string>>
  /** Read at the moment of a scrape. */
  readonly reading: () => number
}

/** Label values are given in the order of `METRICS`. Bound children are kept: looking them up again costs more. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #instruments: ReadonlyMap<MetricName, Counter | Gauge | Histogram>
  readonly #watched = new Map<MetricName, Watched[]>()
  readonly #counters = new Map<string, Counter.Internal>()
  readonly #histograms = new Map<string, Histogram.Internal<string>>()

  constructor() {
    collectDefaultMetrics({ register: this.#registry })
    const names = Object.keys(METRICS) as MetricName[]
    this.#instruments = new Map(names.map((name) => [name, this.#create(name)]))
  }

  count(name: MetricName, labels: readonly string[] = [], by = 1): void {
    const key = `${name} ${labels.join(' ')}`
    let child = this.#counters.get(key)
    if (!child) {
      const counter = this.#instruments.get(name)
      if (!(counter instanceof Counter)) throw new Error(`${name} does not count`)
      child = counter.labels(...labels)
      this.#counters.set(key, child)
    }
    child.inc(by)
  }

  /** Adds one duration to a histogram. */
  time(name: MetricName, labels: readonly string[], seconds: number): void {
    const key = `${name} ${labels.join(' ')}`
    let child = this.#histograms.get(key)
    if (!child) {
      const histogram = this.#instruments.get(name)
      if (!(histogram instanceof Histogram)) throw new Error(`${name} does not take durations`)
      child = histogram.labels(...labels)
      this.#histograms.set(key, child)
    }
    child.observe(seconds)
  }

  /** Has a value read at every scrape instead of keeping it up to date. */
  watch(name: MetricName, labels: readonly string[], reading: () => number): void {
    const pairs = METRICS[name].labels.map((label, i) => [label, labels[i] ?? ''])
    const watched = this.#watched.get(name) ?? []
    this.#watched.set(name, [...watched, { labels: Object.fromEntries(pairs), reading }])
  }

  /** What a counter has counted so far, by the values of one of its labels. */
  async totals(name: MetricName, label: string): Promise<Record<string, number>> {
    const instrument = this.#instruments.get(name)
    if (!(instrument instanceof Counter)) throw new Error(`${name} does not count`)
    const totals: Record<string, number> = {}
    for (const { labels, value } of (await instrument.get()).values) {
      const of = String(labels[label])
      totals[of] = (totals[of] ?? 0) + value
    }
    return totals
  }

  /** The text that `/metrics` answers with, and its content type. */
  async exposition(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() }
  }

  #create(name: MetricName): Counter | Gauge | Histogram {
    const { type, help, labels }: MetricEntry = METRICS[name]
    const common = { name, help, labelNames: [...labels], registers: [this.#registry] }
    switch (type) {
      case 'counter':
        return new Counter(common)
      case 'gauge':
        return this.#createGauge(name, common)
      case 'histogram':
        return new Histogram({
          ...common,
          buckets: name === 'duisgate_decision_seconds' ? DECISION_BOUNDS : MESSAGE_BOUNDS,
        })
    }
  }

  #createGauge(name: MetricName, common: GaugeConfiguration<string>): Gauge {
    const watched = this.#watched
    return new Gauge({
      ...common,
      collect() {
        for (const { labels, reading } of watched.get(name) ?? []) this.set(labels, reading())
      },
    })
  }
}
