/**
 * A message as its journal record tells it, made into facts again, so that another table can be asked about it. A journal has
 * no payload: what it leaves out is unknown here, and a condition on it counts as met, as for any message.
 */
import { DEVICE_TYPES, type DeviceType, type FlagReading, type Instant, instantOf } from '../device/device.ts'
import { parseEui64 } from '../duis/eui64.ts'
import {
  type Claim,
  type ClaimSource,
  LOGS_TO_READ,
  type MessageFacts,
  type MessageKind,
  NOT_UNDERSTOOD,
  type PaymentMode,
} from '../duis/facts.ts'
import { arrivalOf, type JournalLine } from '../journal/journal-line.ts'
import { ANSWER_WITHOUT_DATA, decide } from './decide.ts'
import { mayBeUnderWay } from './in-flight.ts'
import { survey } from './survey.ts'
import type { Table } from './table.ts'
import type { Verdict } from './verdict.ts'

const KINDS: readonly string[] = ['service-request', 'service-response', 'device-alert', 'dcc-alert']

/** What is known of the Devices of a record beside it. */
export interface KnownThen {
  /** Absent when the inventory does not say. */
  readonly typeOf: (device: string) => DeviceType | undefined
  /** Whether the Device was Restricted when the message arrived. */
  readonly wasRestricted: (device: string) => boolean
}

/** What another table would have done. */
export interface OtherVerdict {
  readonly kind: Exclude<Verdict['kind'], 'refuse'>
  readonly rule: string
  /** True when it rests on something that the journal and the inventory do not tell, and that was counted as met. */
  readonly isUndecidable: boolean
}

/** The facts of the message; undefined for a record of one that could not be read, or that was not decided on. */
export function factsOfLine(line: JournalLine): MessageFacts | undefined {
  if (!KINDS.includes(line.kind) || line.verdict === undefined) return undefined
  const isResponse = line.kind === 'service-response'
  return {
    direction: line.direction,
    kind: line.kind as MessageKind,
    schemaVersion: '',
    claims: claimsOf(line),
    devices: line.devices.flatMap((device) => parseEui64(device) ?? []),
    user: parseEui64(line.user ?? ''),
    requestId: isResponse || line.kind === 'service-request' ? (line.requestId ?? undefined) : undefined,
    responseId: undefined,
    serviceReference: undefined,
    serviceReferenceVariant: undefined,
    commandVariant: undefined,
    responseCode: line.responseCode,
    hasData: line.hasData ?? line.rule !== ANSWER_WITHOUT_DATA,
    // The plain answer to 5.1 is told from any other by how it was decided on: nothing was asked about it.
    isScheduleNumber: isResponse && line.codes.join() === '5.1' && line.flag === 'not-needed',
    isScheduled: false,
    scheduleId: undefined,
    scheduleEndDate: undefined,
    executionDateTime: undefined,
    hasUnknownField: false,
    dccAlertPayloads: [],
    home: undefined,
    isLaterBody: false,
    faultUnlessSafe: undefined,
    paymentMode: line.paymentMode as PaymentMode | undefined,
    logsToRead: logsOf(line),
    gbcs: undefined,
    useCases: useCasesOf(line),
    namesDevice: line.deviceCount > 0,
    notUnderstood: NOT_UNDERSTOOD.filter((what) => line.alarms?.includes(what)),
  }
}

/** As much of the use cases as decides: the claimed code, and the Device types that settle its conditions. */
function useCasesOf({ deviceTypes = {} }: JournalLine): MessageFacts['useCases'] {
  return Object.entries(deviceTypes).map(([code, types]) => ({
    ...{ code, name: code, srvs: [code], kinds: ['alert'] },
    deviceTypes: DEVICE_TYPES.filter((type) => types.includes(type)),
  }))
}

/** A record of before logs were kept leaves them open. */
function logsOf({ logsToRead = [] }: JournalLine): MessageFacts['logsToRead'] {
  return logsToRead.map((name) => LOGS_TO_READ.find((log) => log === name) ?? 'unreadable')
}

/** Decides on the message of a record by another table, with the flags as they were. */
export function decideAgain(
  table: Table,
  line: JournalLine,
  facts: MessageFacts,
  known: KnownThen,
): OtherVerdict {
  const at = arrivalOf(line)
  const readings = line.devices.map((device) => readingThen(line, device, known))
  const requestedAt = line.inFlight ? instantOf(at - 1) : undefined
  const verdict = decide(table, facts, readings, at, requestedAt)
  if (verdict.kind === 'refuse') return { kind: 'forward', rule: '', isUndecidable: true }
  const isUndecidable = hasOpenCondition(table, facts, line, known) || mayHaveBeenUnderWay(table, facts, line)
  return { kind: verdict.kind, rule: verdict.rule, isUndecidable }
}

/**
 * What the gateway knew of the flag, where it asked; else what the history of the flag says. A gateway that did not know
 * would not have known for another table either.
 */
function readingThen(line: JournalLine, device: string, { typeOf, wasRestricted }: KnownThen): FlagReading {
  if (line.flag === 'unknown') return { state: 'unknown' }
  const at: Instant = arrivalOf(line)
  const isRestricted =
    line.flag === 'not-needed' || line.flag === 'stale' ? wasRestricted(device) : isNamed(line, device)
  return {
    state: isRestricted ? 'restricted' : 'clear',
    type: typeOf(device),
    version: 0,
    ageMs: 0,
    isStale: line.flag === 'stale',
    since: at,
  }
}

function isNamed({ flag, flagDevice }: JournalLine, device: string): boolean {
  return flag === 'restricted' && flagDevice === device
}

/** Whether a rule that stops Restricted Devices asks something that is not known, where the flag gave it any say. */
function hasOpenCondition(table: Table, facts: MessageFacts, line: JournalLine, known: KnownThen): boolean {
  const stops = survey(table, facts).stops.filter(({ rule }) => rule.mode === 'enforce')
  const isTypeKnown = line.devices.every((device) => known.typeOf(device) !== undefined)
  return stops.some(
    ({ rule, truth }) => truth === 'open' || (rule.when.deviceType !== undefined && !isTypeKnown),
  )
}

/** Whether the table would deliver what was under way, and nobody noted whether this was. */
function mayHaveBeenUnderWay({ deliverInFlightMs }: Table, facts: MessageFacts, line: JournalLine): boolean {
  return deliverInFlightMs > 0 && line.verdict === 'withhold' && mayBeUnderWay(facts)
}

/** `4.8.1`, `N24`, `8F0A`, or the name of an element: the four look nothing alike. */
function claimsOf({ codes, kind, direction }: JournalLine): readonly Claim[] {
  const isSchedule = direction === 'southbound' && codes.includes('5.1')
  return codes.map((code) => {
    if (/^\d+(?:\.\d+)+$/.test(code)) {
      const source: ClaimSource = isSchedule && code !== '5.1' ? 'inner-header' : 'header'
      return { type: 'srv', srv: code, source }
    }
    if (/^(?:N|AD)\d+$/.test(code)) return { type: 'dcc-alert', code, source: 'alert' }
    const isAlert = kind !== 'service-request' && /^[0-9A-F]{4,}$/.test(code)
    return isAlert
      ? { type: 'alert', code, source: 'alert' }
      : { type: 'element', name: code, source: 'body' }
  })
}
