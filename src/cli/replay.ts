/** `duisgate replay`: plays captured messages, offline or at a running gateway, and counts the outcomes. */
import { Command, Option } from 'commander'
import { Counters } from '../capture/request-counter.ts'
import { loadCatalogue } from '../config/load-catalogue.ts'
import { systemClock } from '../observe/clock.ts'
import { configOf } from './configuration.ts'
import { Examiner } from './examiner.ts'
import { HtmlFile } from './html-file.ts'
import { messageSources } from './message-sources.ts'
import { tableNamed } from './named-table.ts'
import { CAPTURE_ENDINGS } from './replay/captures.ts'
import { withComparisonOptions } from './replay/comparison-options.ts'
import { type Bench, type ReplayOptions, ReplayRun, widthOf } from './replay/replay-run.ts'
import { ResultsFile } from './replay/results.ts'
import { senderTo } from './replay/sender.ts'
import {
  collectDeviceIds,
  collectDeviceTypes,
  countOption,
  positiveOption,
  urlOption,
  withConfigOptions,
} from './shared-options.ts'
import { type Terminal, usageError } from './terminal.ts'

const EXAMPLES = `
A capture is a line of NDJSON: {"direction":"southbound","path":"/api/v1/serviceS","body":"<base64>"}.
Without --target nothing is sent: messages are read and decided on here.

Examples:
  duisgate replay captures/ --restricted 00-DB-12-34-56-78-90-A0
  duisgate replay captures/ --offline --against seed-2023-04-literal --html changes.html
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
      'a second table, also by its revision: show which verdicts change, and by which rows',
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
    .option('--baseline <file>', 'show which results are not those in this file')
    .option('--second-reader', 'read every message again with an independent reader, and list what differs')
    .option('--json', 'the summary and what changed as one JSON object')
    .addHelpText('after', EXAMPLES)
  return withConfigOptions(withComparisonOptions(command)).action(
    (paths: readonly string[], options: ReplayOptions) => replay(terminal, paths, options),
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
  const { offline, against, rate, pace, speed, baseline, results, secondReader, html } = options
  const isPaced =
    rate !== undefined || pace || options.concurrency !== undefined || options.counters === 'renumber'
  const faults: readonly (readonly [isFault: unknown, text: string])[] = [
    [isSending && offline, 'give --offline or a target, not both'],
    [isSending && against !== undefined, '--against works offline; leave the target out'],
    [isSending && secondReader, '--second-reader works offline; leave the target out'],
    [rate !== undefined && pace, 'give --rate or --pace, not both'],
    [speed !== undefined && !pace, '--speed goes with --pace'],
    [baseline !== undefined && results === undefined, '--baseline goes with --results'],
    [baseline !== undefined && against !== undefined, 'give --against or --baseline, not both'],
    [
      isSending && html !== undefined && baseline === undefined,
      'where messages are sent, --html shows what changed since --baseline; give one',
    ],
    [isPaced && !isSending, '--rate, --pace, --concurrency and --counters are about sending; give a target'],
  ]
  const found = faults.find(([isFault]) => isFault)
  if (found) throw usageError(found[1])
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
    second: { catalogue, dccEuis: new Set(config.dccEuis) },
    sender: senderTo({ southbound: options.target, northbound: options.northboundTarget }, widthOf(options)),
    counters: options.counters === 'renumber' ? new Counters(BigInt(systemClock.now()) * 1_000n) : undefined,
    catalogue,
    results: await ResultsFile.open(terminal, options.results),
    html: await HtmlFile.open(terminal, options.html),
  }
}
