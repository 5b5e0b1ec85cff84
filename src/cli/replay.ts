/** `duisgate replay`: plays captured messages, offline or at a running gateway, and counts the outcomes. */
import { Command, Option } from 'commander'
import { Counters, withCounter } from '../capture/request-counter.ts'
import { countOf } from '../config/configuration-fault.ts'
import { loadCatalogue } from '../config/load-catalogue.ts'
import type { DeviceType } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { Table } from '../core/policy/table.ts'
import { systemClock } from '../observe/clock.ts'
import { compared } from '../second-reader/differences.ts'
import type { SecondReaderOptions } from '../second-reader/findings.ts'
import { type ConfigOptions, configOf } from './configuration.ts'
import { Examiner, type Reading } from './examiner.ts'
import { type MessageSource, messageSources } from './message-sources.ts'
import { tableNamed } from './named-table.ts'
import { Progress } from './progress.ts'
import { CAPTURE_ENDINGS, type Capture, capturesByTime, capturesInTurn } from './replay/captures.ts'
import { atPace, atRate, type DueTimes, replayClock, runDue, unhurried } from './replay/pace.ts'
import { ResultsFile, showChanges } from './replay/results.ts'
import { pathFor, type Sender, type Sending, senderTo } from './replay/sender.ts'
import { ruleOf, Summary, verdictLabel } from './replay/summary.ts'
import {
  collectDeviceIds,
  collectDeviceTypes,
  countOption,
  positiveOption,
  urlOption,
  withConfigOptions,
} from './shared-options.ts'
import { EXIT, type Terminal, usageError } from './terminal.ts'

interface ReplayOptions extends ConfigOptions {
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
  readonly json?: true
}

const EXAMPLES = `
A capture is a line of NDJSON: {"direction":"southbound","path":"/api/v1/serviceS","body":"<base64>"}.
Without --target nothing is sent: messages are read and decided on here.

Examples:
  duisgate replay captures/ --restricted 00-DB-12-34-56-78-90-A0
  duisgate replay captures/ --offline --against seed-2023-04-literal
  duisgate replay captures/ --table store --against df347613e92e --config duisgate.yaml
  duisgate replay day.ndjson --target http://127.0.0.1:8600
  duisgate replay day.ndjson --target http://127.0.0.1:8600 --rate 500 --counters renumber --results after.ndjson

Exit code 1: --against or --baseline found a change, --second-reader a difference, a message cannot be read, or the target did not answer one or failed.`

export function replayCommand(terminal: Terminal): Command {
  const command = new Command('replay')
    .argument('<path...>', 'folders, messages (*.xml), captures (*.ndjson), or - for one message')
    .option('--target <url>', 'send Service Requests to this gateway', urlOption)
    .option('--northbound-target <url>', 'send Responses and Alerts to this listener', urlOption)
    .option('--offline', 'decide here and send nothing (the default without a target)')
    .option('--table <file>', 'the table to decide by; default: as configured')
    .option(
      '--against <table>',
      'a second table, also by its revision: list the messages whose verdict changes',
    )
    .option('--restricted <id>', 'suppose this Device Restricted; may be repeated', collectDeviceIds)
    .option('--device <id=type>', 'suppose the type of a Device; may be repeated', collectDeviceTypes)
    .option(
      '--rate <number>',
      'send so many messages a second, whatever the answers',
      positiveOption(100_000),
    )
    .option('--pace', 'send as the messages came in, by the times in the captures')
    .option('--speed <factor>', 'so many times the pace', positiveOption(1_000))
    .option(
      '--concurrency <number>',
      'messages under way at once; default: 1, or 64 at a rate or pace',
      countOption(1_024),
    )
    .addOption(
      new Option(
        '--counters <policy>',
        'renumber: give each Service Request a new counter, which breaks its signature',
      )
        .choices(['keep', 'renumber'])
        .default('keep'),
    )
    .option('--results <file>', 'write what became of each message, for compare')
    .option('--baseline <file>', 'list the messages whose result is not the one in this file')
    .option('--second-reader', 'read every message again with an independent reader, and list what differs')
    .option('--json', 'the summary as one JSON object')
    .addHelpText('after', EXAMPLES)
  return withConfigOptions(command).action((paths: readonly string[], options: ReplayOptions) =>
    replay(terminal, paths, options),
  )
}

async function replay(terminal: Terminal, paths: readonly string[], options: ReplayOptions): Promise<void> {
  const isSending = options.target !== undefined || options.northboundTarget !== undefined
  mustFit(options, isSending)
  const sources = await messageSources(terminal, paths, CAPTURE_ENDINGS)
  const bench = await benchOf(terminal, options)
  const run = new ReplayRun(terminal, bench, options, isSending)
  await run.play(sources)
}

/** Options that exclude each other, or that say nothing where they stand. */
function mustFit(options: ReplayOptions, isSending: boolean): void {
  const { offline, against, rate, pace, speed, json, baseline, results, secondReader } = options
  const isPaced =
    rate !== undefined || pace || options.concurrency !== undefined || options.counters === 'renumber'
  const faults: readonly (readonly [isFault: unknown, text: string])[] = [
    [isSending && offline, 'give --offline or a target, not both'],
    [isSending && against !== undefined, '--against works offline; leave the target out'],
    [isSending && secondReader, '--second-reader works offline; leave the target out'],
    [rate !== undefined && pace, 'give --rate or --pace, not both'],
    [speed !== undefined && !pace, '--speed goes with --pace'],
    [baseline !== undefined && results === undefined, '--baseline goes with --results'],
    [baseline !== undefined && json, '--baseline lists changes as text; leave --json out'],
    [isPaced && !isSending, '--rate, --pace, --concurrency and --counters are about sending; give a target'],
  ]
  const found = faults.find(([isFault]) => isFault)
  if (found) throw usageError(found[1])
}

/** What both ways of replaying need. */
interface Bench {
  readonly examinerFor: (capture: Capture) => Examiner
  readonly table: Table
  readonly against: Table | undefined
  readonly second: SecondReaderOptions
  readonly sender: Sender
  /** Undefined: counters stay. */
  readonly counters: Counters | undefined
  readonly results: ResultsFile
}

/** Messages under way where their times are fixed. */
const PACED_WIDTH = 64

async function benchOf(terminal: Terminal, options: ReplayOptions): Promise<Bench> {
  const config = await configOf(terminal, options)
  const catalogue = await loadCatalogue()
  const named = (name: string) => tableNamed(terminal, options, name, catalogue)
  const flags = { restricted: new Set(options.restricted), types: options.device ?? new Map() }
  const base = { catalogue, dccEuis: config.dccEuis, flags }
  const examiners = {
    southbound: new Examiner({ ...base, direction: 'southbound' }),
    northbound: new Examiner({ ...base, direction: 'northbound' }),
    guessed: new Examiner(base),
  }
  return {
    examinerFor: ({ direction }) => examiners[direction ?? 'guessed'],
    table: await named(options.table ?? config.table),
    against: options.against === undefined ? undefined : await named(options.against),
    second: { catalogue, dccEuis: new Set(config.dccEuis) },
    sender: senderTo({ southbound: options.target, northbound: options.northboundTarget }, widthOf(options)),
    counters: options.counters === 'renumber' ? new Counters(BigInt(systemClock.now()) * 1_000n) : undefined,
    results: await ResultsFile.open(terminal, options.results),
  }
}

function widthOf({ rate, pace, concurrency }: ReplayOptions): number {
  return concurrency ?? (rate !== undefined || pace ? PACED_WIDTH : 1)
}

function dueTimesOf({ rate, pace, speed = 1 }: ReplayOptions): DueTimes {
  if (pace) return atPace(speed)
  return rate === undefined ? unhurried : atRate(rate)
}

/** One replay from its first message to its summary. */
class ReplayRun {
  readonly #terminal: Terminal
  readonly #bench: Bench
  readonly #options: ReplayOptions
  readonly #isSending: boolean
  readonly #summary: Summary

  constructor(terminal: Terminal, bench: Bench, options: ReplayOptions, isSending: boolean) {
    this.#terminal = terminal
    this.#bench = bench
    this.#options = options
    this.#isSending = isSending
    this.#summary = new Summary(isSending ? 'sent' : 'offline')
  }

  async play(sources: readonly MessageSource[]): Promise<void> {
    const start = replayClock.now()
    const progress = new Progress(this.#terminal, 'messages played', () => this.#standing(start))
    const captures = this.#options.pace ? capturesByTime(sources) : capturesInTurn(sources)
    const loop = { dueTimes: dueTimesOf(this.#options), width: widthOf(this.#options), clock: replayClock }
    try {
      await runDue(captures, loop, async (capture, dueAt) => {
        await (this.#isSending ? this.#send(capture, dueAt) : this.#decide(capture))
        progress.tick()
      })
    } finally {
      progress.done()
      await this.#bench.sender.close()
    }
    this.#summary.took(replayClock.now() - start)
    await this.#end()
  }

  /** `480.0/s, 2 failures` */
  #standing(start: number): string {
    const { messages, failures } = this.#summary
    const rate = (messages * 1_000) / (replayClock.now() - start)
    return `${rate.toFixed(1)}/s${this.#isSending ? `, ${countOf(failures, 'failure')}` : ''}`
  }

  async #decide(capture: Capture): Promise<void> {
    const { table, against, results } = this.#bench
    const examiner = this.#bench.examinerFor(capture)
    const reading = await examiner.read([capture.body])
    const now = systemClock.now()
    const before = examiner.decide(reading, table, now)
    this.#summary.decided(before, capture.verdict)
    await results.add({ ...keyOf(capture), result: verdictLabel(before) })
    if (this.#options.secondReader) this.#readAgain(capture, reading)
    if (!against) return
    const after = examiner.decide(reading, against, now)
    if (before.verdict.kind === after.verdict.kind) return
    this.#summary.changes++
    if (this.#options.json) return
    this.#terminal.print(
      `${capture.name}: ${before.verdict.kind} (${ruleOf(before)}) becomes ${after.verdict.kind} (${ruleOf(after)})`,
    )
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
    const { sender, results } = this.#bench
    const outcome = await sender.send(await this.#sendingOf(capture))
    this.#summary.answered(outcome, replayClock.now() - dueAt)
    await results.add({ ...keyOf(capture), result: outcome.label })
  }

  /** A message is read only where it does not say itself where it goes, or where its counter changes. */
  async #sendingOf(capture: Capture): Promise<Sending> {
    const { direction, path, body } = capture
    const { counters } = this.#bench
    if (!counters && direction && path) return { direction, path, body }
    const reading = await this.#bench.examinerFor(capture).read([body])
    const facts = reading.result.ok ? reading.result.facts : undefined
    return {
      direction: reading.direction,
      path: path ?? pathFor(reading.direction, facts),
      body:
        counters && reading.direction === 'southbound'
          ? this.#renumbered(counters, body, facts?.requestId)
          : body,
    }
  }

  #renumbered(counters: Counters, body: Buffer, requestId: string | undefined): Buffer {
    const counter = requestId === undefined ? undefined : counters.after(requestId)
    const changed =
      requestId === undefined || counter === undefined ? undefined : withCounter(body, requestId, counter)
    if (!changed) this.#summary.keptCounter()
    return changed ?? body
  }

  async #end(): Promise<void> {
    const { against, baseline, results, json } = this.#options
    const isTried = against !== undefined
    const summary = this.#summary.json(isTried)
    await this.#bench.results.end(summary)
    if (json) this.#terminal.print(JSON.stringify(summary))
    else for (const line of this.#summary.lines(isTried)) this.#terminal.print(line)
    const isOther =
      baseline !== undefined &&
      results !== undefined &&
      (await showChanges(this.#terminal, baseline, results))
    const { changes, failures, readingsDiffer, unreadable } = this.#summary
    if (isOther || changes + failures + readingsDiffer + unreadable > 0) this.#terminal.exitWith(EXIT.no)
  }
}

function keyOf({ name, decision }: Capture) {
  return { name, ...(decision !== undefined && { decision }) }
}
