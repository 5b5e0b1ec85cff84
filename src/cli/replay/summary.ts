/** What a replay counts: verdicts and rules offline, answers and their times when sent. */
import { createHistogram } from 'node:perf_hooks'
import type { CaptureLine } from '../../capture/capture-line.ts'
import { countOf } from '../../config/configuration-fault.ts'
import type { Examination } from '../examiner.ts'
import { NameCounts } from '../name-counts.ts'
import type { ReplayMode } from './results.ts'
import type { SendOutcome } from './sender.ts'

/** `forward supply-status`: a verdict with its rule, or with the fault of a message that could not be read. */
function verdictLabel(examination: Examination): string {
  return `${examination.verdict.kind} ${ruleOf(examination)}`
}

/** The row or default that decided, or the fault of a message that could not be read. */
export function ruleOf({ verdict }: Examination): string {
  return verdict.kind === 'refuse' ? verdict.fault.code : verdict.rule
}

export class Summary {
  failures = 0
  /** Messages that nothing could be read of, though the gateway that captured them did not say so. */
  unreadable = 0
  /** Messages that the second reader reads otherwise. */
  readingsDiffer = 0
  /** Messages that were read again. */
  #readAgain = 0
  readonly #mode: ReplayMode
  readonly #verdicts = new NameCounts()
  readonly #rules = new NameCounts()
  readonly #answers = new NameCounts()
  #notRenumbered = 0
  /** Microseconds from when a message was due to the end of its answer. */
  readonly #latencies = createHistogram()
  #seconds = 0

  constructor(mode: ReplayMode) {
    this.#mode = mode
  }

  get messages(): number {
    return this.#mode === 'sent' ? this.#answers.total : this.#verdicts.total
  }

  /** `recorded`: the verdict of the gateway that captured it; undefined where nothing says. */
  decided(examination: Examination, recorded: CaptureLine['verdict']): void {
    const { kind } = examination.verdict
    if (kind === 'refuse' && recorded !== kind) this.unreadable++
    this.#verdicts.add(kind)
    this.#rules.add(verdictLabel(examination))
  }

  readAgain(differs: boolean): void {
    this.#readAgain++
    if (differs) this.readingsDiffer++
  }

  answered({ label, isFailure }: SendOutcome, ms: number): void {
    this.#answers.add(label)
    if (isFailure) this.failures++
    this.#latencies.record(Math.max(1, Math.round(ms * 1_000)))
  }

  /** A message kept its counter although all were to get another. */
  keptCounter(): void {
    this.#notRenumbered++
  }

  /** How long it took in all. */
  took(ms: number): void {
    this.#seconds = ms / 1_000
  }

  json(): object {
    const counts = Object.entries(this.#tallies()).map(([name, tally]) => [name, tally.counts])
    return {
      mode: this.#mode,
      messages: this.messages,
      ...Object.fromEntries(counts),
      ...(this.#readAgain > 0 && { readAgain: { messages: this.#readAgain, differ: this.readingsDiffer } }),
      ...(this.#mode === 'sent' && this.#sentJson()),
    }
  }

  lines(): string[] {
    const { messages } = this
    return [
      ...Object.values(this.#tallies()).flatMap((tally) => tally.lines()),
      ...(this.unreadable > 0
        ? [`${countOf(this.unreadable, 'message')} cannot be read; duisgate explain FILE says why and where`]
        : []),
      ...(this.#readAgain > 0
        ? [`${this.readingsDiffer} of ${this.#readAgain} messages are read otherwise by the second reader`]
        : []),
      ...(this.#mode === 'sent' && messages > 0 ? this.#sentLines() : []),
      countOf(messages, 'message'),
    ]
  }

  #tallies(): Readonly<Record<string, NameCounts>> {
    return this.#mode === 'sent'
      ? { answers: this.#answers }
      : { verdicts: this.#verdicts, rules: this.#rules }
  }

  #sentJson() {
    const rate = this.messages / this.#seconds
    return {
      failures: this.failures,
      notRenumbered: this.#notRenumbered,
      seconds: this.#seconds,
      rate: Number.isFinite(rate) ? rate : 0,
      latencyMs: this.#latencyMs(),
    }
  }

  #latencyMs() {
    const at = (microseconds: number) => microseconds / 1_000
    if (this.messages === 0) return { p50: 0, p99: 0, max: 0 }
    const latencies = this.#latencies
    return { p50: at(latencies.percentile(50)), p99: at(latencies.percentile(99)), max: at(latencies.max) }
  }

  #sentLines(): string[] {
    const { p50, p99, max } = this.#latencyMs()
    const { rate, seconds } = this.#sentJson()
    return [
      ...(this.#notRenumbered > 0 ? [`${this.#notRenumbered} kept their counter`] : []),
      `answers took ${p50.toFixed(1)} ms (p50), ${p99.toFixed(1)} ms (p99), ${max.toFixed(1)} ms at most`,
      `${rate.toFixed(1)} messages/s for ${seconds.toFixed(1)} s, ${countOf(this.failures, 'failure')}`,
    ]
  }
}
