/** What a run has come to so far: counts and latencies of the whole, and of each second. Takes no more memory the longer it runs. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Direction } from '../../core/duis/facts.ts'
import type { Progress } from './driver.ts'
import type { GatewayUsage } from './gateway-usage.ts'
import type { LoadMessage } from './messages.ts'
import { isWrong, type Observed, type Outcome } from './outcome.ts'
import type { LatencyMs, OutcomeCount, Sample, WrongMessage } from './report.ts'

const MOST_WRONG_SHOWN = 20
/** A server may answer anything; beyond so many kinds of outcome the rest is one. */
const MOST_OUTCOMES = 200

/** Counts of one second. */
interface Second {
  wrong: number
  readonly verdicts: Partial<Record<Observed, number>>
}

export class Results {
  wrong = 0
  failed = 0
  readonly wrongMessages: WrongMessage[] = []
  readonly samples: Sample[] = []
  readonly #latency = { all: histogram(), southbound: histogram(), northbound: histogram() }
  readonly #outcomes = new Map<string, { readonly of: Omit<OutcomeCount, 'messages'>; messages: number }>()
  readonly #ofSecond = histogram()
  #second: Second = { wrong: 0, verdicts: {} }
  #before = { sent: 0, answered: 0, lost: 0, asked: 0 }

  answered(message: LoadMessage, outcome: Outcome, latencyMs: number): void {
    const nanoseconds = Math.max(1, Math.round(latencyMs * 1e6))
    for (const recorded of [this.#latency.all, this.#latency[message.direction], this.#ofSecond])
      recorded.record(nanoseconds)
    this.#count(message, outcome)
    this.#second.verdicts[outcome.verdict] = (this.#second.verdicts[outcome.verdict] ?? 0) + 1
    if (outcome.verdict === 'failed') this.failed++
    if (isWrong(message.expected, outcome.verdict)) this.#noteWrong(message, outcome)
  }

  #count({ direction, expected }: LoadMessage, { verdict, answer }: Outcome): void {
    const key = `${direction} ${expected} ${verdict} ${answer}`
    const known = this.#outcomes.get(key)
    if (known) known.messages++
    else if (this.#outcomes.size < MOST_OUTCOMES)
      this.#outcomes.set(key, { of: { direction, expected, verdict, answer }, messages: 1 })
    else
      this.#count({ direction, expected } as LoadMessage, { verdict, answer: 'others', decision: undefined })
  }

  #noteWrong({ name, direction, expected }: LoadMessage, { verdict, answer, decision }: Outcome): void {
    this.wrong++
    this.#second.wrong++
    if (this.wrongMessages.length < MOST_WRONG_SHOWN)
      this.wrongMessages.push({
        message: name,
        direction,
        expected,
        verdict,
        answer,
        decision: decision ?? null,
      })
  }

  /** Ends a second. `asked`: messages that were due so far; undefined in a closed loop. Answers with its place in `samples`. */
  endSecond({ elapsedMs, sent, answered, lost }: Progress, asked: number | undefined): number {
    const before = this.#before
    const at = (percentile: number) => msAt(this.#ofSecond, percentile)
    const samples = this.samples.push({
      at: rounded(elapsedMs / 1_000),
      asked: asked === undefined ? null : rounded(asked - before.asked),
      sent: sent - before.sent,
      answered: answered - before.answered,
      lost: lost - before.lost,
      wrong: this.#second.wrong,
      p50: at(50),
      p99: at(99),
      max: at(100),
      verdicts: this.#second.verdicts,
      cpu: null,
      memoryBytes: null,
    })
    this.#before = { sent, answered, lost, asked: asked ?? 0 }
    this.#second = { wrong: 0, verdicts: {} }
    this.#ofSecond.reset()
    return samples - 1
  }

  /** What the gateway used in a second; its answer comes after the second. */
  noteUsage(place: number, usage: GatewayUsage): void {
    const sample = this.samples[place]
    if (sample) this.samples[place] = { ...sample, ...usage }
  }

  /** p99 of the whole run so far, in milliseconds; null before the first reply. */
  get p99(): number | null {
    return msAt(this.#latency.all, 99)
  }

  latencies(): Readonly<Partial<Record<Direction | 'all', LatencyMs>>> {
    const found = Object.entries(this.#latency).filter(([, recorded]) => recorded.count > 0)
    return Object.fromEntries(found.map(([name, recorded]) => [name, latencyOf(recorded)]))
  }

  /** By direction, most frequent first. */
  outcomes(): readonly OutcomeCount[] {
    const counts = [...this.#outcomes.values()].map(({ of, messages }) => ({ ...of, messages }))
    return counts.sort((a, b) =>
      a.direction === b.direction ? b.messages - a.messages : a.direction > b.direction ? -1 : 1,
    )
  }
}

/** In nanoseconds, for more than an hour, exact to three digits: Node has HdrHistogram built in. */
function histogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: 4e12, figures: 3 })
}

function msAt(recorded: RecordableHistogram, percentile: number): number | null {
  return recorded.count === 0 ? null : rounded(recorded.percentile(percentile) / 1e6)
}

function latencyOf(recorded: RecordableHistogram): LatencyMs {
  const at = (percentile: number) => rounded(recorded.percentile(percentile) / 1e6)
  return {
    count: recorded.count,
    mean: rounded(recorded.mean / 1e6),
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p99_9: at(99.9),
    p99_99: at(99.99),
    max: at(100),
  }
}

/** To a millionth: milliseconds are recorded to the nanosecond. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
