/**
 * `duisgate capture`: orders a running gateway to capture messages, and watches until it is done.
 *
 * The gateway itself writes the files and keeps the limits; this command may end or die meanwhile. The order is a file in the
 * gateway's journal folder, so whoever may give it may already write what the gateway keeps.
 */
import { randomBytes } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Command, Option } from 'commander'
import {
  CAPTURE_FOLDER,
  type CaptureRequest,
  type CaptureStatus,
  LEFT_OUT,
  type LeftOutReason,
  MAX_CAPTURE_BYTES,
  MAX_CAPTURE_MS,
  readRequest,
  readStatus,
  removeRequest,
  writeRequest,
} from '../capture/capture-request.ts'
import { countOf } from '../config/configuration-fault.ts'
import { fileFaultText } from '../config/text-file.ts'
import type { Direction } from '../core/duis/facts.ts'
import { type ConfigOptions, configOf } from './configuration.ts'
import { NameCounts } from './name-counts.ts'
import {
  directionOption,
  durationOption,
  positiveOption,
  sizeOption,
  withConfigOptions,
} from './shared-options.ts'
import { CommandError, EXIT, type Terminal, usageError } from './terminal.ts'

interface CaptureOptions extends ConfigOptions {
  readonly out: string
  readonly for: number
  readonly sample: number
  readonly maxBytes: number
  readonly direction?: Direction
  readonly keepPayload?: true
  readonly json?: true
}

const EXAMPLES = `
Run it as the gateway's user or as root, on the gateway's machine, with the gateway's configuration. Payloads, signatures and
whatever else is not an ID, a reference or a code are blanked: docs/capture-and-replay.md. Ctrl+C ends the capture early.

Examples:
  duisgate capture --out /var/lib/duisgate/captures --config duisgate.yaml
  duisgate capture --out captures --for 10m --sample 1 --max-bytes 1GB --direction southbound
  duisgate replay captures/

Exit code 3: no gateway took up the order, or it could not carry it out.`

export function captureCommand(terminal: Terminal): Command {
  const command = new Command('capture')
    .requiredOption('--out <folder>', 'the folder for the files; the gateway writes there')
    .addOption(
      new Option('--for <time>', 'how long, at most 24h').argParser(durationOption).default(60_000, '60s'),
    )
    .addOption(
      new Option('--sample <share>', 'the share of messages to take, up to 1')
        .argParser(positiveOption(1))
        .default(0.01, '0.01'),
    )
    .addOption(
      new Option('--max-bytes <size>', 'for all files together, at most 10GB')
        .argParser(sizeOption)
        .default(100_000_000, '100MB'),
    )
    .option('--direction <direction>', 'southbound or northbound; default: both', directionOption)
    .option('--keep-payload', 'keep payloads of messages that went on and concern no Restricted Device')
    .option('--json', 'the summary as one JSON object')
    .addHelpText('after', EXAMPLES)
  return withConfigOptions(command).action((options: CaptureOptions) => capture(terminal, options))
}

async function capture(terminal: Terminal, options: CaptureOptions): Promise<void> {
  const config = await configOf(terminal, options)
  const folder = join(config.journal.folder, CAPTURE_FOLDER)
  const request = requestOf(terminal, options)
  if (options.maxBytes > MAX_CAPTURE_BYTES || options.for > MAX_CAPTURE_MS)
    throw usageError('a capture takes 24h and 10GB at most; give less with --for or --max-bytes')
  await mustBeFree(folder)
  const withdraw = () => void removeRequest(folder)
  terminal.onSignal('SIGINT', withdraw)
  terminal.onSignal('SIGTERM', withdraw)
  await writeRequest(folder, request).catch((error: unknown) => {
    throw failure(
      `the order cannot be written to ${folder} (${fileFaultText(error)}); run as the gateway's user`,
    )
  })
  terminal.note(`capturing to ${request.out} until ${new Date(request.until).toISOString()}`)
  try {
    show(terminal, await watched(terminal, folder, request), options)
  } finally {
    await removeRequest(folder)
  }
}

function requestOf(terminal: Terminal, options: CaptureOptions): CaptureRequest {
  const { out, sample, maxBytes, direction, keepPayload = false } = options
  const now = Date.now()
  return {
    id: `${new Date(now).toISOString().replace(/[-:]|\..*/g, '')}-${randomBytes(4).toString('hex')}`,
    out: resolve(terminal.workingFolder, out),
    until: now + options.for,
    sample,
    maxBytes,
    ...(direction && { direction }),
    keepPayload,
  }
}

async function mustBeFree(folder: string): Promise<void> {
  await access(folder).catch((error: unknown) => {
    throw failure(
      `no gateway takes orders in ${folder} (${fileFaultText(error)}); give the configuration that the gateway runs on`,
    )
  })
  const found = await readRequest(folder)
  if (found.kind === 'found' && found.request.until > Date.now())
    throw failure(`a capture is under way until ${new Date(found.request.until).toISOString()}`)
}

const LOOK_MS = 200
/** Gateways look for orders each second. */
const PATIENCE_MS = 10_000

/** What each worker did in the end. Where one does not say, the command fails: it cannot know. */
async function watched(
  terminal: Terminal,
  folder: string,
  request: CaptureRequest,
): Promise<readonly CaptureStatus[]> {
  const takenUpBy = Date.now() + PATIENCE_MS
  for (;;) {
    const statuses = await statusesOf(folder, request)
    const [first] = statuses
    if (first && statuses.length === first.of && statuses.every(({ state }) => state === 'over'))
      return statuses
    if (!first && Date.now() > takenUpBy)
      throw failure(
        `no gateway took the order up in ${folder}; is it running on this configuration? Its log says when it refuses one`,
      )
    if (Date.now() > request.until + PATIENCE_MS)
      throw failure('the gateway does not tell the end of the capture; see its log')
    if (first && terminal.isInteractive) terminal.overwrite(sentence(statuses))
    await delay(LOOK_MS)
  }
}

async function statusesOf(folder: string, { id }: CaptureRequest): Promise<CaptureStatus[]> {
  const first = await readStatus(folder, 1)
  const others = Array.from({ length: (first?.of ?? 1) - 1 }, (_, index) => readStatus(folder, index + 2))
  return [first, ...(await Promise.all(others))].flatMap((status) => (status?.id === id ? [status] : []))
}

function show(terminal: Terminal, statuses: readonly CaptureStatus[], options: CaptureOptions): void {
  const failed = statuses.flatMap(({ error }) => error ?? [])
  const files = statuses.map(({ file }) => file)
  const leftOut = leftOutOf(statuses)
  if (terminal.isInteractive) terminal.overwrite('')
  if (options.json) {
    const [captured, bytes] = [sum(statuses, 'captured'), sum(statuses, 'bytes')]
    terminal.print(JSON.stringify({ files, captured, bytes, leftOut: leftOut.counts, errors: failed }))
  } else {
    for (const file of files) terminal.print(file)
    for (const line of leftOut.lines()) terminal.print(line)
    terminal.print(sentence(statuses))
  }
  if (failed.length > 0) throw failure(failed.join('\n'))
}

function sentence(statuses: readonly CaptureStatus[]): string {
  const reasons = new Set(statuses.flatMap(({ reason }) => reason ?? []))
  const end = reasons.size === 0 ? '' : `, over by ${[...reasons].join(' and ')}`
  return `${countOf(sum(statuses, 'captured'), 'message')} captured, ${countOf(sum(statuses, 'bytes'), 'byte')}${end}`
}

function sum(statuses: readonly CaptureStatus[], what: 'captured' | 'bytes'): number {
  return statuses.reduce((total, status) => total + status[what], 0)
}

function leftOutOf(statuses: readonly CaptureStatus[]): NameCounts {
  const tally = new NameCounts()
  for (const { leftOut } of statuses)
    for (const [reason, count] of Object.entries(leftOut))
      tally.add(`left out: ${LEFT_OUT[reason as LeftOutReason]}`, count)
  return tally
}

function failure(message: string): CommandError {
  return new CommandError(EXIT.failure, message)
}
