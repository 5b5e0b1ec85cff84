/** `duisgate replay`: plays captured messages, offline or at a running gateway, and counts the outcomes. */
import { Command } from 'commander'
import { loadCatalogue } from '../config/load-catalogue.ts'
import type { DeviceType } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { Table } from '../core/policy/table.ts'
import { systemClock } from '../observe/clock.ts'
import { CAPTURE_ENDINGS, type Capture, capturesIn } from './captures.ts'
import { type ConfigOptions, configOf, countOf } from './configuration.ts'
import { type Examination, Examiner } from './examiner.ts'
import { messageSources } from './message-sources.ts'
import { tableNamed } from './named-table.ts'
import { Progress } from './progress.ts'
import { type Sender, senderTo } from './sender.ts'
import { collectDeviceIds, collectDeviceTypes, urlOption, withConfigOptions } from './shared-options.ts'
import { Tally } from './tally.ts'
import { EXIT, type Terminal, usageError } from './terminal.ts'

interface ReplayOptions extends ConfigOptions {
  readonly target?: URL
  readonly northboundTarget?: URL
  readonly offline?: true
  readonly table?: string
  readonly against?: string
  readonly restricted?: readonly DeviceKey[]
  readonly device?: ReadonlyMap<DeviceKey, DeviceType>
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

Exit code 1: --against found a change, or the target did not answer a message or failed.`

export function replayCommand(terminal: Terminal): Command {
  const command = new Command('replay')
    .description('Play captured messages and summarise the verdicts.')
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
    .option('--json', 'the summary as one JSON object')
    .addHelpText('after', EXAMPLES)
  return withConfigOptions(command).action((paths: readonly string[], options: ReplayOptions) =>
    replay(terminal, paths, options),
  )
}

async function replay(terminal: Terminal, paths: readonly string[], options: ReplayOptions): Promise<void> {
  const isSending = options.target !== undefined || options.northboundTarget !== undefined
  if (isSending && options.offline) throw usageError('give --offline or a target, not both')
  if (isSending && options.against !== undefined)
    throw usageError('--against works offline; leave the target out')
  const bench = await benchOf(terminal, options)
  const sources = await messageSources(terminal, paths, CAPTURE_ENDINGS)
  const progress = new Progress(terminal, 'messages played')
  const summary = new Summary()
  for (const source of sources) {
    for await (const capture of capturesIn(source)) {
      await (isSending
        ? sendOne(bench, capture, summary)
        : decideOne(terminal, bench, capture, summary, options))
      progress.tick()
    }
  }
  progress.done()
  await bench.sender.close()
  summary.show(terminal, options, isSending)
  if (summary.changes > 0 || summary.failures > 0) terminal.exitWith(EXIT.no)
}

interface Bench {
  readonly examinerFor: (capture: Capture) => Examiner
  readonly table: Table
  readonly against: Table | undefined
  readonly sender: Sender
}

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
    sender: senderTo({ southbound: options.target, northbound: options.northboundTarget }),
  }
}

async function decideOne(
  terminal: Terminal,
  bench: Bench,
  capture: Capture,
  summary: Summary,
  options: ReplayOptions,
): Promise<void> {
  const examiner = bench.examinerFor(capture)
  const reading = await examiner.read([capture.body])
  const now = systemClock.now()
  const examination = examiner.decide(reading, bench.table, now)
  summary.decided(examination)
  if (!bench.against) return
  const [before, after] = [examination, examiner.decide(reading, bench.against, now)]
  if (before.verdict.kind === after.verdict.kind) return
  summary.changes++
  if (!options.json) {
    terminal.print(
      `${capture.name}: ${before.verdict.kind} (${ruleOf(before)}) becomes ${after.verdict.kind} (${ruleOf(after)})`,
    )
  }
}

async function sendOne(bench: Bench, capture: Capture, summary: Summary): Promise<void> {
  const reading = await bench.examinerFor(capture).read([capture.body])
  const outcome = await bench.sender.send(capture, reading)
  summary.answered(outcome.label, outcome.isFailure)
}

function ruleOf({ verdict }: Examination): string {
  return verdict.kind === 'refuse' ? verdict.fault.code : verdict.rule
}

/** Counts by verdict and by rule, or by answer when messages are sent. */
class Summary {
  changes = 0
  failures = 0
  readonly #verdicts = new Tally()
  readonly #rules = new Tally()
  readonly #answers = new Tally()

  decided(examination: Examination): void {
    this.#verdicts.add(examination.verdict.kind)
    this.#rules.add(`${examination.verdict.kind} ${ruleOf(examination)}`)
  }

  answered(label: string, isFailure: boolean): void {
    this.#answers.add(label)
    if (isFailure) this.failures++
  }

  show(terminal: Terminal, options: ReplayOptions, isSending: boolean): void {
    const counts = isSending ? { answers: this.#answers } : { verdicts: this.#verdicts, rules: this.#rules }
    const [first] = Object.values(counts)
    const messages = first?.total ?? 0
    const changes = options.against === undefined ? {} : { changes: this.changes }
    if (options.json) {
      const tables = Object.entries(counts).map(([name, tally]) => [name, tally.counts])
      terminal.print(JSON.stringify({ messages, ...Object.fromEntries(tables), ...changes }))
      return
    }
    for (const tally of Object.values(counts)) for (const line of tally.lines()) terminal.print(line)
    if (options.against !== undefined) terminal.print(`${countOf(this.changes, 'verdict')} would change`)
    terminal.print(countOf(messages, 'message'))
  }
}
