/**
 * Unit tests of a table: a message as a few facts, and what the table must make of it. They say in examples what a list is
 * for, and go on holding when its rows are moved about.
 *
 * Read from YAML by `src/config/load-table-tests.ts`; decided by the `decide` that gateways use.
 */

import { type DeviceType, type FlagReading, instantOf } from '../device/device.ts'
import { MINUTE_MS } from '../device/durations.ts'
import { deviceKeyOf } from '../duis/eui64.ts'
import type {
  Claim,
  ClaimSource,
  Direction,
  LogToRead,
  MessageFacts,
  MessageKind,
  NotUnderstood,
  PaymentMode,
} from '../duis/facts.ts'
import { decide } from './decide.ts'
import type { Table, TableProblem } from './table.ts'
import type { Alarm, ObservedEvent, Verdict } from './verdict.ts'

/** How a test has the flag of the Device. `stale`: last known clear; `stale-restricted`: last known Restricted. */
export const TEST_FLAGS = ['clear', 'restricted', 'unknown', 'stale', 'stale-restricted'] as const
type TestFlag = (typeof TEST_FLAGS)[number]

/** What the message is. What is left out is the ordinary case. */
export interface GivenMessage {
  /** SRVs that the header or body claims. */
  readonly srv: readonly string[]
  /** SRVs that a Create Schedule holds. */
  readonly schedules: readonly string[]
  readonly alert: readonly string[]
  readonly dccAlert: readonly string[]
  /** Body elements that the catalogue does not know. */
  readonly element: readonly string[]
  /** Southbound for SRVs, northbound for alerts when absent. */
  readonly direction: Direction | undefined
  /** Absent: the inventory does not know it. */
  readonly deviceType: DeviceType | undefined
  readonly flag: TestFlag
  readonly paymentMode: PaymentMode | undefined
  readonly commandVariant: number | undefined
  /** Absent: the message does not say which log it is about. */
  readonly logToRead: LogToRead | 'unreadable' | undefined
  /** What in it nobody understands. */
  readonly notUnderstood: readonly NotUnderstood[]
  /** False: an acknowledgement or an error, with nothing in it. */
  readonly hasData: boolean
  /** False: the message names none. */
  readonly hasDevice: boolean
  /** True: its Request was forwarded before the flag took effect. */
  readonly isUnderWay: boolean
}

/** What a message is where its test says nothing. */
export const ORDINARY_MESSAGE: GivenMessage = {
  ...{ srv: [], schedules: [], alert: [], dccAlert: [], element: [], notUnderstood: [], flag: 'clear' },
  ...{ direction: undefined, deviceType: undefined, paymentMode: undefined, commandVariant: undefined },
  ...{ logToRead: undefined, hasData: true, hasDevice: true, isUnderWay: false },
}

export interface TableTest {
  readonly name: string
  readonly given: GivenMessage
  readonly expect: {
    readonly verdict: Exclude<Verdict['kind'], 'refuse'>
    /** Absent: whichever. */
    readonly rule: string | undefined
    readonly alarms: readonly Alarm[] | undefined
    readonly events: readonly ObservedEvent[] | undefined
  }
  /** Line in the file, from 1. */
  readonly line: number | undefined
}

/** A file of tests, or what is wrong with it. */
export type TableTestsReading =
  | { readonly ok: true; readonly tests: readonly TableTest[] }
  | { readonly ok: false; readonly problems: readonly TableProblem[] }

/** The tests that fail, each with what was decided in place of what was expected. */
export function runTableTests(table: Table, tests: readonly TableTest[]): readonly TableProblem[] {
  return tests.flatMap((test) => {
    const text = failureOf(table, test)
    if (text === undefined) return []
    return [{ where: test.name, text, ...(test.line === undefined ? {} : { line: test.line }) }]
  })
}

function failureOf(table: Table, { given, expect }: TableTest): string | undefined {
  const verdict = verdictOn(table, given)
  if (verdict.kind === 'refuse') return 'the message was refused'
  const differences = [
    difference('verdict', expect.verdict, verdict.kind),
    difference('rule', expect.rule, verdict.rule),
    difference('alarms', listed(expect.alarms), listed(verdict.alarms)),
    difference('events', listed(expect.events), listed(verdict.events)),
  ].filter((text) => text !== undefined)
  return differences.length === 0 ? undefined : `${differences.join('; ')}. ${verdict.reason}`
}

function difference(
  what: string,
  expected: string | undefined,
  found: string | undefined,
): string | undefined {
  if (expected === undefined || expected === found) return undefined
  return `expected the ${what} ${expected || 'none'}, and it is ${found || 'none'}`
}

function listed(values: readonly string[] | undefined): string | undefined {
  return values && [...values].sort().join(' ')
}

const NOW = instantOf(Date.UTC(2027, 0, 11, 12))
const DEVICE = deviceKeyOf(0x00db1234, 0x567890a0)
const USER = deviceKeyOf(0x90b3d51f, 0x30010000)
const STALE_MS = MINUTE_MS

/** What the table makes of a message of which this is known. */
export function verdictOn(table: Table, given: GivenMessage): Verdict {
  const facts = factsOf(given)
  const requestedAt = given.isUnderWay ? instantOf(NOW - STALE_MS) : undefined
  return decide(
    table,
    facts,
    facts.devices.map(() => readingOf(given)),
    NOW,
    requestedAt,
  )
}

function readingOf({ flag, deviceType: type }: GivenMessage): FlagReading {
  if (flag === 'unknown') return { state: 'unknown' }
  const isStale = flag.startsWith('stale')
  const state = flag === 'restricted' || flag === 'stale-restricted' ? 'restricted' : 'clear'
  const since = instantOf(NOW - STALE_MS / 2)
  return { state, type, version: 1, ageMs: isStale ? STALE_MS : 0, isStale, since }
}

function factsOf(given: GivenMessage): MessageFacts {
  const kind = kindOf(given)
  const isRequest = kind === 'service-request'
  const [first] = given.srv
  return {
    direction: isRequest ? 'southbound' : 'northbound',
    kind,
    schemaVersion: '5.4',
    claims: claimsOf(given),
    devices: given.hasDevice ? [DEVICE] : [],
    user: USER,
    requestId:
      isRequest || kind === 'service-response'
        ? '90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1'
        : undefined,
    responseId: undefined,
    serviceReference: first?.split('.', 2).join('.'),
    serviceReferenceVariant: first,
    commandVariant: isRequest ? (given.commandVariant ?? 1) : undefined,
    responseCode: kind === 'service-response' ? 'I0' : undefined,
    hasData: given.hasData,
    isScheduleNumber: false,
    hasUnknownField: false,
    dccAlertPayloads: [],
    home: undefined,
    isLaterBody: false,
    faultUnlessSafe: undefined,
    isScheduled: false,
    executionDateTime: undefined,
    scheduleId: undefined,
    scheduleEndDate: undefined,
    paymentMode: given.paymentMode,
    logsToRead: given.logToRead === undefined ? [] : [given.logToRead],
    gbcs: undefined,
    useCases: [],
    namesDevice: true,
    notUnderstood: given.notUnderstood,
  }
}

function kindOf({ direction, alert, dccAlert, srv }: GivenMessage): MessageKind {
  if (dccAlert.length > 0) return 'dcc-alert'
  if (alert.length > 0 && srv.length === 0) return 'device-alert'
  return direction === 'northbound' || alert.length > 0 ? 'service-response' : 'service-request'
}

function claimsOf({ srv, schedules, alert, dccAlert, element }: GivenMessage): Claim[] {
  const srvClaim =
    (source: ClaimSource) =>
    (code: string): Claim => ({ type: 'srv', srv: code, source })
  return [
    ...srv.map(srvClaim('header')),
    ...schedules.map(srvClaim('inner-header')),
    ...element.map((name): Claim => ({ type: 'element', name, source: 'body' })),
    ...dccAlert.map((code): Claim => ({ type: 'dcc-alert', code, source: 'alert' })),
    ...alert.map((code): Claim => ({ type: 'alert', code, source: 'alert' })),
  ]
}
