/** `duisgate explain`: what messages say, which rule meets them, and the verdict; or a decision of the past. */

import { Command } from 'commander'
import { loadCatalogue } from '../config/load-catalogue.ts'
import { rowTextOf } from '../config/row-text.ts'
import { type DeviceType, type Instant, instantOf } from '../core/device/device.ts'
import { DAY_MS } from '../core/device/durations.ts'
import { type DeviceKey, formatEui64 } from '../core/duis/eui64.ts'
import { claimedCodes, type Direction, type MessageFacts } from '../core/duis/facts.ts'
import type { Alarm } from '../core/policy/verdict.ts'
import type { DecisionBook, ExplainedRecord } from '../journal/decision-book.ts'
import type { WholeRecord } from '../journal/find-lines.ts'
import { systemClock } from '../observe/clock.ts'
import type { SecondReaderOptions } from '../second-reader/findings.ts'
import { configOf, type StoreOptions, withStore } from './configuration.ts'
import { type Examination, Examiner } from './examiner.ts'
import { bytesOf, messageSources } from './message-sources.ts'
import { tableNamed } from './named-table.ts'
import {
  collectDeviceIds,
  collectDeviceTypes,
  collectText,
  directionOption,
  instantOption,
  withStoreOptions,
} from './shared-options.ts'
import { CommandError, EXIT, type Terminal, usageError } from './terminal.ts'

interface DecisionOptions extends StoreOptions {
  readonly decision?: string
  readonly requestId?: string
  /** When the 24 hours begin in which the message arrived; with `requestId`. */
  readonly from?: Instant
  readonly journal?: readonly string[]
  readonly json?: true
}

interface ExplainOptions extends DecisionOptions {
  readonly direction?: Direction
  readonly restricted?: readonly DeviceKey[]
  readonly device?: ReadonlyMap<DeviceKey, DeviceType>
  readonly table?: string
  readonly secondReader?: true
}

const EXAMPLES = `
Examples:
  duisgate explain fixtures/southbound --restricted 00-DB-12-34-56-78-90-A0
  duisgate explain - --json < message.xml
  duisgate explain read.xml --restricted 00-db-12-34-56-78-90-a1 --device 00-DB-12-34-56-78-90-A1=GPF
  duisgate explain --decision AZr0eKsbQ0c1n4v2m8x7kA --config duisgate.yaml
  duisgate explain --request-id 90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000 --from 2027-01-31T00:00:00Z

Exit code 0: every message is forwarded. 1: at least one is not, the two readers differ, or no journal has the decision. 2: a path cannot be read.`

export function explainCommand(terminal: Terminal): Command {
  const command = new Command('explain')
    .argument('[file...]', 'messages, folders of *.xml, or - for standard input')
    .option('--decision <id>', 'a decision by the ID that its answer carried in Duisgate-Decision')
    .option('--request-id <id>', 'decisions on messages with this RequestID; needs --from')
    .option('--from <time>', 'with --request-id: when its 24 hours begin', instantOption)
    .option(
      '--journal <folder>',
      'with --decision or --request-id: where to look; may be repeated',
      collectText,
    )
    .option(
      '--direction <direction>',
      'southbound or northbound; default: by the root element',
      directionOption,
    )
    .option('--restricted <id>', 'suppose this Device Restricted; may be repeated', collectDeviceIds)
    .option(
      '--device <id=type>',
      'suppose the type of a Device, for rows that ask; may be repeated',
      collectDeviceTypes,
    )
    .option('--table <table>', 'the restricted-SR table: a shipped name, a YAML file, a revision or store')
    .option('--second-reader', 'read every message again with an independent reader, and show what differs')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', EXAMPLES)
  return withStoreOptions(command).action((files: readonly string[], options: ExplainOptions) => {
    const asksForThePast = options.decision !== undefined || options.requestId !== undefined
    demandOneOf(files, options, asksForThePast)
    return asksForThePast ? explainDecision(terminal, options) : explain(terminal, files, options)
  })
}

function demandOneOf(files: readonly string[], options: ExplainOptions, asksForThePast: boolean): void {
  if (asksForThePast === files.length > 0) throw usageError('give messages, or --decision, or --request-id')
  if (options.requestId !== undefined && options.from === undefined)
    throw usageError('--request-id needs --from: the time at which the 24 hours begin in which it arrived')
}

async function explain(terminal: Terminal, files: readonly string[], options: ExplainOptions): Promise<void> {
  const config = await configOf(terminal, options)
  const catalogue = await loadCatalogue()
  const table = await tableNamed(terminal, options, options.table ?? config.table, catalogue)
  const flags = { restricted: new Set(options.restricted), types: options.device ?? new Map() }
  const examiner = new Examiner({ catalogue, dccEuis: config.dccEuis, flags, direction: options.direction })
  const readAgain =
    options.secondReader && (await secondReader({ catalogue, dccEuis: new Set(config.dccEuis) }))
  let isGood = true
  for (const source of await messageSources(terminal, files)) {
    const bytes = readAgain && (await bytesOf(source))
    const reading = await examiner.read(bytes ? [bytes] : source.open())
    const explanation = {
      ...explanationOf(source.name, examiner.decide(reading, table, systemClock.now())),
      ...(bytes && reading.result.ok && { differences: readAgain(reading.result.facts, bytes) }),
    }
    terminal.print(options.json ? JSON.stringify(explanation) : inWords(explanation))
    isGood &&= explanation.verdict === 'forward' && (explanation.differences ?? []).length === 0
  }
  if (!isGood) terminal.exitWith(EXIT.no)
}

/** What the second reader reads otherwise than these facts say; it is loaded where it is asked. */
async function secondReader(options: SecondReaderOptions) {
  const { compared } = await import('../second-reader/differences.ts')
  return (facts: MessageFacts, message: Uint8Array) => compared(facts, message, options)
}

/** One line of `explain --json`. */
interface Explanation {
  readonly source: string
  readonly direction: Direction
  readonly kind: MessageFacts['kind'] | 'unreadable'
  readonly codes: readonly string[]
  /** Upper case, sorted. */
  readonly devices: readonly string[]
  readonly verdict: Examination['verdict']['kind']
  /** Null for a message that could not be read. */
  readonly rule: string | null
  readonly reason: string
  /** Present where there are any. */
  readonly alarms?: readonly Alarm[]
  /** Present exactly where the verdict is `refuse`. */
  readonly fault?: { readonly code: string; readonly message: string; readonly offset: number }
  /** What the second reader reads otherwise; present where it was asked and the message can be read. */
  readonly differences?: readonly string[]
}

function explanationOf(source: string, { direction, facts, verdict }: Examination): Explanation {
  if (!facts) {
    const { code, text, offset } = verdict.fault
    const isEmpty = code === 'XML_INCOMPLETE' && offset === 0
    const message = isEmpty ? 'it is empty; give a file that holds one message' : text
    const fault = { code, message, offset }
    const nothing = { kind: 'unreadable', codes: [], devices: [], rule: null } as const
    return { source, direction, ...nothing, verdict: 'refuse', reason: `${code}: ${message}`, fault }
  }
  return {
    source,
    direction,
    kind: facts.kind,
    codes: claimedCodes(facts),
    devices: facts.devices.map(formatEui64).sort(),
    verdict: verdict.kind,
    rule: verdict.rule,
    reason: verdict.reason,
    ...(verdict.alarms.length > 0 && { alarms: verdict.alarms }),
  }
}

/** A message may name 50,000 Devices; a person wants the first few. */
const SHOWN_DEVICES = 4

function inWords({
  source,
  direction,
  kind,
  codes,
  devices,
  verdict,
  rule,
  reason,
  alarms = [],
  fault,
  differences,
}: Explanation): string {
  if (fault) return `${source}: refuse\n  ${direction}, unreadable at byte ${fault.offset}\n  ${reason}`
  const more = devices.length - SHOWN_DEVICES
  const named = `${devices.slice(0, SHOWN_DEVICES).join(', ') || 'no Device'}${more > 0 ? ` and ${more} more` : ''}`
  const lines = [
    `${source}: ${verdict}`,
    `${direction} ${kind} ${codes.join(', ') || 'without code'}, ${named}`,
    `${rule}: ${reason}`,
    ...(alarms.length > 0 ? [`alarms: ${alarms.join(', ')}`] : []),
    ...secondInWords(differences),
  ]
  return lines.join('\n  ')
}

function secondInWords(differences: readonly string[] | undefined): string[] {
  if (!differences) return []
  return differences.length === 0
    ? ['the second reader reads the same']
    : differences.map((line) => `readers differ: ${line}`)
}

/** Prints every record found; a planned end with exit code 1 where there is none. */
async function explainDecision(terminal: Terminal, options: DecisionOptions): Promise<void> {
  const { DecisionBook } = await import('../journal/decision-book.ts')
  const folders = options.journal ?? [(await configOf(terminal, options)).journal.folder]
  await withStore(terminal, options, async (store) => {
    const book = new DecisionBook({ folders, store, rowText: rowTextOf })
    const found = await recordsAsked(book, options)
    if (found.length === 0) throw new CommandError(EXIT.no, `no journal in ${folders.join(', ')} has it`)
    for (const one of found) terminal.print(options.json ? JSON.stringify(one) : decisionInWords(one))
  })
}

function recordsAsked(book: DecisionBook, { decision, requestId, from }: DecisionOptions) {
  if (decision !== undefined) return book.find(decision)
  if (requestId !== undefined && from !== undefined)
    return book.findByRequest(requestId, { from, until: instantOf(from + DAY_MS) })
  return Promise.resolve([])
}

function decisionInWords({ record, row }: ExplainedRecord): string {
  const { decision, time, direction, part, kind, codes, user, outcome, tableRevision } = record
  const lines = [
    `${decision}: ${verdictOf(record)}, ${outcome}`,
    `  ${time} ${direction} ${part === 'reply' ? 'reply to a ' : ''}${kind} ${codes.join(', ') || 'without code'}, User ${user ?? 'unknown'}`,
    `  ${flagOf(record)}`,
    `  table ${tableRevision ?? 'none'}${row ? ` (${row.table})` : ', whose text is not kept'}`,
    ...(row?.text?.split('\n').map((line) => `    ${line}`) ?? []),
  ]
  return lines.join('\n')
}

function verdictOf({ verdict, rule, fault }: WholeRecord): string {
  if (verdict === undefined) return `not decided on (${String(fault ?? 'no fault')})`
  return typeof rule === 'string' ? `${verdict} by ${rule}` : verdict
}

function ageOf(ms: unknown): string {
  return typeof ms === 'number' ? `${Math.round(ms)} ms old` : 'of unknown age'
}

function flagOf({ flag, flagDevice, flagVersion, flagAgeMs, devices }: WholeRecord): string {
  if (flag === undefined || flag === 'not-needed') return 'no row asked for the flag'
  const known = flagVersion === undefined ? '' : `, version ${String(flagVersion)}, ${ageOf(flagAgeMs)}`
  return `flag ${flag} of ${flagDevice ?? (devices.join(', ') || 'no Device')}${known}`
}
