/** One replay from its first message to its summary: decides on messages here or sends them, and tells what changed. */
import { type Counters, withCounter } from '../../capture/request-counter.ts'
import { countOf } from '../../config/configuration-fault.ts'
import type { Catalogue } from '../../core/catalogue/catalogue.ts'
import type { DeviceType } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { Table } from '../../core/policy/table.ts'
import { systemClock } from '../../observe/clock.ts'
import { compared } from '../../second-reader/differences.ts'
import type { SecondReaderOptions } from '../../second-reader/findings.ts'
import type { ConfigOptions } from '../configuration.ts'
import type { Examination, Examiner, Reading } from '../examiner.ts'
import type { HtmlFile } from '../html-file.ts'
import type { MessageSource } from '../message-sources.ts'
import { Progress } from '../progress.ts'
import { EXIT, type Terminal } from '../terminal.ts'
import { type Capture, capturesByTime, capturesInTurn } from './captures.ts'
import { Comparison, type Outcome, sideOf } from './comparison.ts'
import { comparisonPage } from './comparison-page.ts'
import { comparisonLines, totalsLine } from './comparison-text.ts'
import { descriptionOf } from './message-kind.ts'
import { atPace, atRate, type DueTimes, replayClock, runDue, unhurried } from './pace.ts'
import { compareResults, type ResultsFile } from './results.ts'
import { pathFor, type Sender, type Sending } from './sender.ts'
import { ruleOf, Summary } from './summary.ts'
import { bytesOfAll, timeLeft } from './time-left.ts'

/** What `duisgate replay` was asked for. */
export interface ReplayOptions extends ConfigOptions {
  readonly target?: URL
  readonly northboundTarget?: URL
  readonly offline?: true
  readonly table?: string
  readonly against?: string
  readonly restricted?: readonly DeviceKey[]
  readonly device?: ReadonlyMap<DeviceKey, DeviceType>
  readonly rate?: number
  readonly pace?: true
  readonly speed?: number
  readonly concurrency?: number
  readonly counters: 'keep' | 'renumber'
  readonly results?: string
  readonly baseline?: string
  readonly secondReader?: true
  readonly examples: number
  readonly html?: string
  readonly json?: true
}

/** What both ways of replaying need. */
export interface Bench {
  readonly examinerFor: (capture: Capture) => Examiner
  readonly table: Table
  readonly against: Table | undefined
  readonly second: SecondReaderOptions
  readonly sender: Sender
  /** Undefined: counters stay. */
  readonly counters: Counters | undefined
  readonly catalogue: Catalogue
  readonly results: ResultsFile
  readonly html: HtmlFile
}

function dueTimesOf({ rate, pace, speed = 1 }: ReplayOptions): DueTimes {
  if (pace) return atPace(speed)
  return rate === undefined ? unhurried : atRate(rate)
}

/** Messages under way where their times are fixed. */
const PACED_WIDTH = 64

/** How many messages may be under way at once. */
export function widthOf({ rate, pace, concurrency }: ReplayOptions): number {
  return concurrency ?? (rate !== undefined || pace ? PACED_WIDTH : 1)
}

/** One replay from its first message to its summary. */
export class ReplayRun {
  readonly #terminal: Terminal
  readonly #bench: Bench
  readonly #options: ReplayOptions
  readonly #isSending: boolean
  readonly #summary: Summary
  /** Offline: by two tables, or as captured and by the one table. */
  readonly #comparison: Comparison | undefined
  /** Of the files, played so far. */
  #bytes = 0

  constructor(terminal: Terminal, bench: Bench, options: ReplayOptions, isSending: boolean) {
    this.#terminal = terminal
    this.#bench = bench
    this.#options = options
    this.#isSending = isSending
    this.#summary = new Summary(isSending ? 'sent' : 'offline')
    this.#comparison = isSending ? undefined : offlineComparison(bench, options)
  }

  async play(sources: readonly MessageSource[]): Promise<void> {
    const bytes = await bytesOfAll(sources)
    const start = replayClock.now()
    const progress = new Progress(this.#terminal, 'messages played', () => this.#standing(start, bytes))
    const captures = this.#options.pace ? capturesByTime(sources) : capturesInTurn(sources)
    const loop = { dueTimes: dueTimesOf(this.#options), width: widthOf(this.#options), clock: replayClock }
    try {
      await runDue(captures, loop, async (capture, dueAt) => {
        await (this.#isSending ? this.#send(capture, dueAt) : this.#decide(capture))
        this.#bytes += capture.bytes
        progress.tick()
      })
    } finally {
      progress.done()
      await this.#bench.sender.close()
    }
    this.#summary.took(replayClock.now() - start)
    await this.#end()
  }

  /** `480.0/s, 2 failures, 3 min 20 s left` */
  #standing(start: number, bytes: number | undefined): string {
    const { messages, failures } = this.#summary
    const elapsed = replayClock.now() - start
    return [
      `${((messages * 1_000) / elapsed).toFixed(1)}/s`,
      ...(this.#isSending ? [countOf(failures, 'failure')] : []),
      ...[timeLeft(elapsed, this.#bytes, bytes)].filter((text) => text !== undefined),
    ].join(', ')
  }

  async #decide(capture: Capture): Promise<void> {
    const { table, against, results, catalogue } = this.#bench
    const examiner = this.#bench.examinerFor(capture)
    const reading = await examiner.read([capture.body])
    const now = systemClock.now()
    const examination = examiner.decide(reading, table, now)
    const outcome = outcomeOf(examination)
    const message = { ...placeOf(capture), ...descriptionOf(reading, catalogue) }
    this.#summary.decided(examination, capture.verdict)
    await results.add(message, outcome)
    if (this.#options.secondReader) this.#readAgain(capture, reading)
    if (against) this.#comparison?.add(message, outcome, outcomeOf(examiner.decide(reading, against, now)))
    else if (capture.verdict !== undefined)
      this.#comparison?.add(message, { result: capture.verdict, rule: capture.rule }, outcome)
  }

  /** What cannot be read by the gateway's own reader is not compared. */
  #readAgain({ name, body }: Capture, { result }: Reading): void {
    if (!result.ok) return
    const differences = compared(result.facts, body, this.#bench.second)
    this.#summary.readAgain(differences.length > 0)
    if (this.#options.json) return
    for (const line of differences) this.#terminal.print(`${name}: readers differ: ${line}`)
  }

  async #send(capture: Capture, dueAt: number): Promise<void> {
    const { sender, results, catalogue } = this.#bench
    const { sending, reading } = await this.#sendingOf(capture)
    const outcome = await sender.send(sending)
    this.#summary.answered(outcome, replayClock.now() - dueAt)
    if (!reading) return
    const message = { ...placeOf(capture), ...descriptionOf(reading, catalogue) }
    await results.add(message, { result: outcome.label, decision: outcome.decision })
  }

  /**
   * A message is read only where it does not say itself where it goes, where its counter changes, or where results are kept, which
   * say what it is.
   */
  async #sendingOf(capture: Capture): Promise<{ sending: Sending; reading: Reading | undefined }> {
    const { direction, path, body } = capture
    const { counters, results } = this.#bench
    if (!counters && !results.isKept && direction && path)
      return { sending: { direction, path, body }, reading: undefined }
    const reading = await this.#bench.examinerFor(capture).read([body])
    const facts = reading.result.ok ? reading.result.facts : undefined
    const isRenumbered = counters && reading.direction === 'southbound'
    const sending = {
      direction: reading.direction,
      path: path ?? pathFor(reading.direction, facts),
      body: isRenumbered ? this.#renumbered(counters, body, facts?.requestId) : body,
    }
    return { sending, reading }
  }

  #renumbered(counters: Counters, body: Buffer, requestId: string | undefined): Buffer {
    const counter = requestId === undefined ? undefined : counters.after(requestId)
    const changed =
      requestId === undefined || counter === undefined ? undefined : withCounter(body, requestId, counter)
    if (!changed) this.#summary.keptCounter()
    return changed ?? body
  }

  async #end(): Promise<void> {
    const { against, baseline, results, examples } = this.#options
    const { table, html } = this.#bench
    await this.#bench.results.end(this.#summary.json(), this.#isSending ? undefined : sideOf(table))
    const isRun = baseline !== undefined && results !== undefined
    const comparison = isRun
      ? await compareResults(this.#terminal, [baseline, results], examples)
      : this.#comparison
    if (comparison) await html.write(REPLAY_TITLE, () => comparisonPage(comparison))
    this.#print(comparison)
    const { failures, readingsDiffer, unreadable } = this.#summary
    const isOther = isRun ? comparison?.isDifferent : against !== undefined && (comparison?.changed ?? 0) > 0
    if (isOther || failures + readingsDiffer + unreadable > 0) this.#terminal.exitWith(EXIT.no)
  }

  #print(comparison: Comparison | undefined): void {
    const shown = comparison && comparison.messages > 0 ? comparison : undefined
    if (this.#options.json) {
      const summary = { ...this.#summary.json(), ...(shown && { comparison: shown.json() }) }
      return this.#terminal.print(JSON.stringify(summary))
    }
    const lines = [
      ...(shown ? comparisonLines(shown) : []),
      ...this.#summary.lines(),
      ...(shown ? [totalsLine(shown)] : []),
    ]
    for (const line of lines) this.#terminal.print(line)
  }
}

/** The heading of the page. */
export const REPLAY_TITLE = 'Replay: what changed'

function offlineComparison({ table, against }: Bench, { examples }: ReplayOptions): Comparison {
  if (against) return new Comparison(sideOf(table), sideOf(against), examples)
  return new Comparison({ title: 'as captured', rows: new Map() }, sideOf(table), examples)
}

function outcomeOf(examination: Examination): Outcome {
  const { verdict } = examination
  return {
    result: verdict.kind,
    rule: ruleOf(examination),
    ...(verdict.kind !== 'refuse' && { flag: verdict.flag }),
  }
}

function placeOf({ name, decision }: Capture) {
  return { name, ...(decision !== undefined && { decision }) }
}
