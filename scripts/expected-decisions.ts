/**
 * Writes `policy/expected-decisions.txt`: what each shipped table decides on every kind of message, kinds down and flag
 * states across, so that a change of table shows as a diff of its decisions.
 *
 *     node scripts/expected-decisions.ts
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadCatalogue } from '../src/config/load-catalogue.ts'
import { readTable } from '../src/config/load-table.ts'
import type { Catalogue } from '../src/core/catalogue/catalogue.ts'
import { type DeviceType, type FlagReading, type Instant, instantOf } from '../src/core/device/device.ts'
import { deviceKeyOf } from '../src/core/duis/eui64.ts'
import { type Claim, LOGS_TO_READ, type LogToRead, type MessageFacts } from '../src/core/duis/facts.ts'
import { decide } from '../src/core/policy/decide.ts'
import type { Table } from '../src/core/policy/table.ts'
import type { Verdict } from '../src/core/policy/verdict.ts'

const GRID = new URL('../policy/expected-decisions.txt', import.meta.url)
const TABLES = ['recommended', 'seed-2023-04-literal']

/** One line of the grid: a kind of message, and the type of the Device it concerns. */
interface Sample {
  readonly code: string
  readonly name: string
  readonly facts: MessageFacts
  readonly deviceType?: DeviceType
  /** When the gateway forwarded the Request that a Response answers. */
  readonly requestedAt?: Instant
}

/** The grid of every shipped table as text. */
export function expectedDecisions(): string {
  const catalogue = loadCatalogue()
  return TABLES.map((name) => gridOf(shippedTable(name, catalogue), catalogue)).join('\n')
}

function shippedTable(name: string, catalogue: Catalogue): Table {
  const text = readFileSync(new URL(`../policy/${name}.yaml`, import.meta.url), 'utf8')
  const compiled = readTable(text, catalogue)
  if (!compiled.ok) throw new Error(`${name}: ${compiled.problems.map((problem) => problem.text).join('; ')}`)
  return compiled.table
}

/** One cell of the grid: a message, and what is decided on it. */
export interface GoldenVerdict {
  readonly facts: MessageFacts
  readonly verdict: Verdict
}

/** Every cell of the recommended table's grid. */
export function goldenVerdicts(): GoldenVerdict[] {
  const catalogue = loadCatalogue()
  const table = shippedTable('recommended', catalogue)
  return sectionsOf(table, catalogue).flatMap(([, samples]) =>
    samples.flatMap((sample) =>
      flagStates(sample.deviceType).map((flag) => ({
        facts: sample.facts,
        verdict: verdictOn(table, sample, flag),
      })),
    ),
  )
}

function gridOf(table: Table, catalogue: Catalogue): string {
  const title = `table ${table.name}\n${'='.repeat(6 + table.name.length)}\n`
  const sections = sectionsOf(table, catalogue)
  const delivering = { ...table, deliverInFlightMs: DAY_MS }
  const underWay = section(delivering, 'Responses under way, with inFlight: deliver', responsesUnderWay())
  return `${title}${sections.map(([heading, samples]) => section(table, heading, samples)).join('')}${underWay}`
}

function sectionsOf(table: Table, catalogue: Catalogue): [heading: string, samples: Sample[]][] {
  return [
    ['Service Requests, southbound', catalogue.data.serviceRequests.map(requestOf)],
    ['Service Responses that are not the mirror of their Request', unlikeTheirRequest(table, catalogue)],
    ['Create Schedule, by what it schedules', schedules(catalogue)],
    ['Conditional rows', conditional()],
    ['Device Alerts', catalogue.data.deviceAlerts.map(({ code, name }) => deviceAlert(code, name))],
    ['DCC Alerts', catalogue.data.dccAlerts.map(({ code, name }) => dccAlert(code, name))],
    ['What no row names, and the rulings', unnamed()],
  ]
}

function section(table: Table, heading: string, samples: readonly Sample[]): string {
  const head = line(heading, '', ['clear', 'restricted', 'unknown', 'stale'], 'rule').trimEnd()
  return `\n${head}\n${samples.map((sample) => lineOf(table, sample)).join('')}`
}

function lineOf(table: Table, sample: Sample): string {
  const verdicts = flagStates(sample.deviceType).map((flag) => verdictOn(table, sample, flag))
  const { rule, alarms } = groundsOf(verdicts[0])
  const rest = [rule, ...alarms.map((alarm) => `!${alarm}`)].join(' ')
  return line(
    sample.code,
    sample.name,
    verdicts.map((verdict) => verdict.kind),
    rest,
  )
}

function line(code: string, name: string, cells: readonly string[], rest: string): string {
  const label = code.length > CODE_WIDTH ? code : code.padEnd(CODE_WIDTH) + name.slice(0, NAME_WIDTH - 1)
  return `${label.padEnd(CODE_WIDTH + NAME_WIDTH)}${cells.map((cell) => cell.padEnd(12)).join('')}${rest}\n`
}

const NOW = instantOf(0)
const DAY_MS = 86_400_000

const CODE_WIDTH = 8
const NAME_WIDTH = 56

function verdictOn(table: Table, { facts, requestedAt }: Sample, flag: FlagReading): Verdict {
  return decide(
    table,
    facts,
    facts.devices.map(() => flag),
    NOW,
    requestedAt,
  )
}

function groundsOf(verdict: Verdict | undefined) {
  if (verdict === undefined || verdict.kind === 'refuse') throw new Error('decide refuses nothing')
  return verdict
}

/** Stale: last known clear, so that only the row's onStale can stop the message. */
function flagStates(type: DeviceType | undefined): FlagReading[] {
  const known = { type, version: 1, ageMs: 0, isStale: false, since: instantOf(NOW - 60_000) }
  return [
    { ...known, state: 'clear' },
    { ...known, state: 'restricted' },
    { state: 'unknown' },
    { ...known, state: 'clear', ageMs: 60_000, isStale: true },
  ]
}

function requestOf({ srv, name }: { readonly srv: string; readonly name: string }): Sample {
  return { code: srv, name, facts: requestFacts({ claims: [srvClaim(srv)] }) }
}

function responseOf({ srv, name }: { readonly srv: string; readonly name: string }): Sample {
  return {
    code: srv,
    name,
    facts: responseFacts({ claims: [srvClaim(srv)], isScheduleNumber: srv === '5.1' }),
  }
}

function unlikeTheirRequest(table: Table, catalogue: Catalogue): Sample[] {
  const mirrored = (sample: Sample) => lineOf(table, sample).replaceAll('withhold', 'reject  ')
  return catalogue.data.serviceRequests
    .filter((entry) => mirrored(requestOf(entry)) !== mirrored(responseOf(entry)))
    .map(responseOf)
}

function schedules(catalogue: Catalogue): Sample[] {
  return catalogue.data.serviceRequests
    .filter((entry) => entry.scheduleElement !== undefined)
    .map(({ srv, name }) => schedule(srv, `schedules ${srv} ${name}`))
    .concat(
      schedule('4.10', 'schedules 4.10 on an ESME', 'ESME'),
      schedule('4.99', 'schedules an unknown SRV'),
    )
}

function schedule(srv: string, name: string, deviceType?: DeviceType): Sample {
  const claims: Claim[] = [srvClaim('5.1'), { type: 'srv', srv, source: 'inner-header' }]
  return { code: '5.1', name, facts: requestFacts({ claims }), ...(deviceType && { deviceType }) }
}

function conditional(): Sample[] {
  const networkData = { claims: [srvClaim('4.10')] }
  const modes = ['credit', 'prepayment', 'unreadable'] as const
  const types: DeviceType[] = ['ESME', 'GSME', 'GPF']
  return [
    ...LOGS_TO_READ.flatMap(readsOfLog),
    readOfLog('Event', 'CHF'),
    {
      code: '6.13',
      name: 'answer that does not say which log',
      facts: responseFacts({ claims: [srvClaim('6.13')] }),
    },
    ...modes.map((paymentMode) => ({
      code: '1.6',
      name: `to ${paymentMode} mode`,
      facts: requestFacts({ claims: [srvClaim('1.6')], paymentMode }),
    })),
    ...types.flatMap((deviceType) => [
      { code: '4.10', name: `to a ${deviceType}`, facts: requestFacts(networkData), deviceType },
      { code: '4.10', name: `from a ${deviceType}`, facts: responseFacts(networkData), deviceType },
    ]),
  ]
}

function readsOfLog(log: LogToRead): Sample[] {
  const claims = [srvClaim('6.13')]
  const name = `answer with the log ${log}`
  return [readOfLog(log, 'ESME'), { code: '6.13', name, facts: responseFacts({ claims, logsToRead: [log] }) }]
}

function readOfLog(log: LogToRead, deviceType: DeviceType): Sample {
  const facts = requestFacts({ claims: [srvClaim('6.13')], logsToRead: [log] })
  return { code: '6.13', name: `log ${log} of a ${deviceType}`, facts, deviceType }
}

/** The flag has been in force for a minute. */
function responsesUnderWay(): Sample[] {
  const minutesAgo = (minutes: number) => instantOf(NOW - minutes * 60_000)
  const sample = (name: string, requestedAt?: Instant, given: Partial<MessageFacts> = {}): Sample => ({
    code: '4.8.1',
    name,
    facts: responseFacts({ claims: [srvClaim('4.8.1')], ...given }),
    ...(requestedAt !== undefined && { requestedAt }),
  })
  const billing: Claim = { type: 'alert', code: '8F0A', source: 'alert' }
  return [
    sample('Request forwarded before the flag', minutesAgo(2)),
    sample('Request forwarded after the flag', minutesAgo(0.5)),
    sample('Request forwarded a day ago', minutesAgo(24 * 60)),
    sample('no such Request is known'),
    sample('of a schedule', minutesAgo(2), { isScheduled: true }),
    { ...sample('an alert', minutesAgo(2), { kind: 'device-alert', claims: [billing] }), code: '8F0A' },
  ]
}

function deviceAlert(code: string, name: string): Sample {
  const claims: Claim[] = [{ type: 'alert', code, source: 'alert' }]
  return { code, name, facts: responseFacts({ kind: 'device-alert', claims, requestId: undefined }) }
}

function dccAlert(code: string, name: string): Sample {
  const claims: Claim[] = [{ type: 'dcc-alert', code, source: 'alert' }]
  return { code, name, facts: responseFacts({ kind: 'dcc-alert', claims, requestId: undefined }) }
}

function unnamed(): Sample[] {
  const billing: Claim = { type: 'alert', code: '8F0A', source: 'alert' }
  const element: Claim = { type: 'element', name: 'UpdateSomethingNew', source: 'body' }
  const reading: Claim = { type: 'element', name: 'ReadSomethingNew', source: 'body' }
  const profile = [srvClaim('4.8.1')]
  return [
    requestOf({ srv: '4.99', name: 'an unknown SRV of the Reading Service' }),
    requestOf({ srv: '9.99', name: 'any other unknown SRV' }),
    { code: '', name: 'an unknown body element that reads', facts: requestFacts({ claims: [reading] }) },
    { code: '', name: 'any other unknown body element', facts: requestFacts({ claims: [element] }) },
    {
      code: '5.1',
      name: 'an answer to 5.1 with other data',
      facts: responseFacts({ claims: [srvClaim('5.1')] }),
    },
    deviceAlert('7FFF', 'an unknown Device Alert'),
    {
      code: '',
      name: 'a Device Alert without a code',
      facts: responseFacts({ kind: 'device-alert', claims: [] }),
    },
    dccAlert('N998', 'an unknown DCC Alert'),
    { code: 'N54', name: 'a DCC Alert that wraps 8F0A', facts: wrapping(billing) },
    { code: '', name: 'a Response with data that says not what it is', facts: responseFacts({ claims: [] }) },
    {
      code: '8.13',
      name: 'brings home what cannot be read',
      facts: requestFacts({ claims: [srvClaim('8.13')], notUnderstood: ['unreadable-payload'] }),
    },
    {
      code: '11.2',
      name: 'an answer that cannot be read',
      facts: responseFacts({ claims: [srvClaim('11.2')], notUnderstood: ['unreadable-payload'] }),
    },
    {
      code: '',
      name: 'a Device Alert without a code that cannot be read',
      facts: responseFacts({ kind: 'device-alert', claims: [], notUnderstood: ['unreadable-payload'] }),
    },
    {
      code: '4.8.1',
      name: 'an answer without data',
      facts: responseFacts({ claims: profile, hasData: false }),
    },
    { code: '4.8.1', name: 'names no Device', facts: requestFacts({ claims: profile, devices: [] }) },
    {
      code: '11.1',
      name: 'names no Device',
      facts: requestFacts({ claims: [srvClaim('11.1')], devices: [] }),
    },
    { code: '11.1', name: 'with the body of 4.8.1', facts: requestFacts({ claims: twoFaced() }) },
  ]
}

function wrapping(alert: Claim): MessageFacts {
  return responseFacts({
    kind: 'dcc-alert',
    claims: [{ type: 'dcc-alert', code: 'N54', source: 'alert' }, alert],
  })
}

function twoFaced(): Claim[] {
  return [srvClaim('11.1'), { type: 'srv', srv: '4.8.1', source: 'body' }]
}

function srvClaim(srv: string): Claim {
  return { type: 'srv', srv, source: 'header' }
}

function requestFacts(given: Partial<MessageFacts>): MessageFacts {
  return { ...ANY_MESSAGE, direction: 'southbound', kind: 'service-request', commandVariant: 1, ...given }
}

function responseFacts(given: Partial<MessageFacts>): MessageFacts {
  return { ...ANY_MESSAGE, direction: 'northbound', kind: 'service-response', responseCode: 'I0', ...given }
}

const ANY_MESSAGE = {
  claims: [],
  schemaVersion: '5.4',
  devices: [deviceKeyOf(0x00db1234, 0x567890a0)],
  user: deviceKeyOf(0x90b3d51f, 0x30010000),
  requestId: '90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1',
  responseId: undefined,
  serviceReference: undefined,
  serviceReferenceVariant: undefined,
  commandVariant: undefined,
  responseCode: undefined,
  hasData: true,
  isScheduled: false,
  isScheduleNumber: false,
  hasUnknownField: false,
  dccAlertPayloads: [],
  home: undefined,
  isLaterBody: false,
  faultUnlessSafe: undefined,
  executionDateTime: undefined,
  scheduleId: undefined,
  scheduleEndDate: undefined,
  paymentMode: undefined,
  logsToRead: [],
  gbcs: undefined,
  useCases: [],
  namesDevice: true,
  notUnderstood: [],
} satisfies Partial<MessageFacts>

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(GRID, expectedDecisions())
