/**
 * What the journal is given of a message. The line of most messages is written straight from what is known of them; one that has
 * anything rare to say is written from its record (`record.ts`), which is also what every line equals.
 */
import { claimedCodes, type MessageFacts } from '../core/duis/facts.ts'
import { BYTES_A_UNIT, type JournalEntry, membersOf, writeRecord } from '../core/journal/journal-entry.ts'
import type { JournalRecord } from '../core/journal/journal-record.ts'
import {
  NUMBER_ROOM,
  putBytes,
  putEui64,
  putNumber,
  putText,
  putTime,
  roomFor,
} from '../core/journal/json-bytes.ts'
import type { Table } from '../core/policy/table.ts'
import type { Alarm, Grounds } from '../core/policy/verdict.ts'
import type { MessageResult } from './message-context.ts'
import type { OutcomeKind } from './outcome-kinds.ts'
import {
  differingTrial,
  flagAgeOf,
  groundsOf,
  logsOf,
  MAX_DEVICES,
  type MessageFigures,
  recordOf,
  replyCodeOf,
  settledTypesOf,
} from './record.ts'
import type { Recorded } from './safety-check.ts'

/** How a message ended, and by what it was decided. */
export interface Ending {
  readonly result: MessageResult
  readonly kind: OutcomeKind
  readonly table: Table
  /** Beside those of the verdict. */
  readonly moreAlarms: readonly Alarm[]
}

export class MessageEntry implements JournalEntry, Recorded {
  readonly spentMs: MessageFigures['spentMs']
  readonly #figures: MessageFigures
  readonly #ending: Ending
  #record: JournalRecord | undefined
  #codes: readonly string[] | undefined

  constructor(figures: MessageFigures, ending: Ending) {
    this.spentMs = figures.spentMs
    this.#figures = figures
    this.#ending = ending
  }

  get record(): JournalRecord {
    this.#record ??= this.#createRecord()
    return this.#record
  }

  /** The codes of the record. */
  get codes(): readonly string[] {
    const { facts } = this.#ending.result
    this.#codes ??= facts ? claimedCodes(facts) : []
    return this.#codes
  }

  get direction(): JournalRecord['direction'] {
    return this.#figures.direction
  }

  get kind(): JournalRecord['kind'] {
    return this.#ending.kind.marks.kind
  }

  get verdict(): JournalRecord['verdict'] {
    return this.#ending.kind.marks.verdict
  }

  get outcome(): JournalRecord['outcome'] {
    return this.#ending.result.outcome
  }

  get tableRevision(): JournalRecord['tableRevision'] {
    return this.#ending.kind.marks.tableRevision
  }

  get alarms(): JournalRecord['alarms'] {
    const { result, moreAlarms } = this.#ending
    const alarms = groundsOf(result.verdict)?.alarms ?? NO_ALARMS
    return moreAlarms.length === 0 ? alarms : [...alarms, ...moreAlarms]
  }

  write(bytes: Buffer, at: number): number {
    const { facts, verdict } = this.#ending.result
    const grounds = groundsOf(verdict)
    if (!facts || !grounds || this.#saysMore(grounds)) return writeRecord(bytes, at, this.record)
    const { traceparent } = this.#figures
    const details = detailsOf(facts)
    const observed = this.#observed(grounds)
    const room = this.#roomFor(facts, traceparent) + (details.length + observed.length) * BYTES_A_UNIT
    if (at + room > bytes.length) return at + room
    let next = this.#writeFacts(bytes, at, facts, traceparent)
    next = this.#writeGrounds(bytes, writeMembers(bytes, next, details), grounds)
    next =
      observed === '' ? putBytes(bytes, next, NAMES.nothingObserved) : writeMembers(bytes, next, observed)
    return this.#writeEnd(bytes, next)
  }

  #createRecord(): JournalRecord {
    const { decision, arrivedAt, direction, traceparent, bytes } = this.#figures
    const { result, table } = this.#ending
    const figures = { decision, arrivedAt, direction, traceparent, bytes, spentMs: this.spentMs }
    return { ...recordOf(figures, result, table), alarms: this.alarms }
  }

  /** Whether the record has a member that is not written below. */
  #saysMore(grounds: Grounds): boolean {
    const { verdict, code, substitute } = this.#ending.result
    return (
      grounds.isInFlight ||
      grounds.shadow !== undefined ||
      differingTrial(grounds, verdict?.kind) !== undefined ||
      code !== undefined ||
      substitute !== undefined
    )
  }

  /** Events and alarms as members; empty where there are none. */
  #observed({ events }: Grounds): string {
    const { alarms } = this
    return events.length + alarms.length === 0 ? '' : membersOf({ events, alarms })
  }

  #roomFor({ requestId = '', responseCode = '' }: MessageFacts, traceparent = ''): number {
    const { untilCodes, grounds, untilTotal } = this.#ending.kind.pieces
    const { decision } = this.#figures
    const replyCode = replyCodeOf(this.#ending.result) ?? ''
    let room = FIXED_ROOM + untilCodes.length + grounds.length + untilTotal.length
    for (const code of this.codes) room += roomFor(code) + 1
    room += roomFor(decision) + roomFor(requestId) + roomFor(traceparent)
    return room + roomFor(responseCode) + roomFor(replyCode)
  }

  #writeFacts(bytes: Buffer, at: number, facts: MessageFacts, traceparent: string | undefined): number {
    const { decision, arrivedAt } = this.#figures
    let next = putText(bytes, putBytes(bytes, at, NAMES.decision), decision)
    next = putTime(bytes, putBytes(bytes, next, NAMES.time), arrivedAt)
    next = putBytes(bytes, next, this.#ending.kind.pieces.untilCodes)
    next = this.#writeCodes(bytes, next)
    next = writeDevices(bytes, putBytes(bytes, next, NAMES.devices), facts)
    if (facts.user !== undefined) next = putEui64(bytes, putBytes(bytes, next, NAMES.user), facts.user)
    next = writeText(bytes, next, NAMES.requestId, facts.requestId)
    next = writeText(bytes, next, NAMES.traceparent, traceparent)
    next = writeText(bytes, next, NAMES.responseCode, facts.responseCode)
    next = writeText(bytes, next, NAMES.replyCode, replyCodeOf(this.#ending.result))
    if (facts.kind !== 'service-response') return next
    return putBytes(bytes, next, facts.hasData ? NAMES.withData : NAMES.withoutData)
  }

  #writeCodes(bytes: Buffer, at: number): number {
    let next = at
    for (const code of this.codes) {
      if (next > at) next = putBytes(bytes, next, NAMES.comma)
      next = putText(bytes, next, code)
    }
    return next
  }

  #writeGrounds(bytes: Buffer, at: number, grounds: Grounds): number {
    const { device, flagVersion } = grounds
    const flagAgeMs = flagAgeOf(grounds)
    let next = putBytes(bytes, at, this.#ending.kind.pieces.grounds)
    if (device !== undefined) next = putEui64(bytes, putBytes(bytes, next, NAMES.flagDevice), device)
    if (flagVersion !== undefined)
      next = putNumber(bytes, putBytes(bytes, next, NAMES.flagVersion), flagVersion)
    if (flagAgeMs !== undefined) next = putNumber(bytes, putBytes(bytes, next, NAMES.flagAgeMs), flagAgeMs)
    return next
  }

  #writeEnd(bytes: Buffer, at: number): number {
    const { total, hold, decide, peer } = this.spentMs
    let next = putNumber(bytes, putBytes(bytes, at, NAMES.bytes), this.#figures.bytes)
    next = putNumber(bytes, putBytes(bytes, next, this.#ending.kind.pieces.untilTotal), total)
    next = putNumber(bytes, putBytes(bytes, next, NAMES.hold), hold)
    next = putNumber(bytes, putBytes(bytes, next, NAMES.decide), decide)
    next = putNumber(bytes, putBytes(bytes, next, NAMES.peer), peer)
    return putBytes(bytes, next, NAMES.end)
  }
}

function writeDevices(bytes: Buffer, at: number, { devices }: MessageFacts): number {
  let next = at
  for (let index = 0; index < devices.length && index < MAX_DEVICES; index++) {
    if (index > 0) next = putBytes(bytes, next, NAMES.comma)
    const device = devices[index]
    if (device !== undefined) next = putEui64(bytes, next, device)
  }
  return putNumber(bytes, putBytes(bytes, next, NAMES.deviceCount), devices.length)
}

/** What few messages say beside who and what, as members; empty where there is nothing. */
function detailsOf(facts: MessageFacts): string {
  const { paymentMode } = facts
  const logsToRead = logsOf(facts)
  const deviceTypes = settledTypesOf(facts)
  if (paymentMode === undefined && logsToRead === undefined && deviceTypes === undefined) return ''
  return membersOf({ paymentMode, logsToRead, deviceTypes })
}

/** Members with the comma before them. */
function writeMembers(bytes: Buffer, at: number, members: string): number {
  if (members === '') return at
  return at + 1 + bytes.write(members, putBytes(bytes, at, NAMES.comma))
}

function writeText(bytes: Buffer, at: number, name: Uint8Array, text: string | undefined): number {
  return text === undefined ? at : putText(bytes, putBytes(bytes, at, name), text)
}

/** Names of members, with what stands before them. */
const NAMES = {
  decision: Buffer.from('{"decision":'),
  time: Buffer.from(',"time":'),
  devices: Buffer.from('],"devices":['),
  deviceCount: Buffer.from('],"deviceCount":'),
  user: Buffer.from(',"user":'),
  requestId: Buffer.from(',"requestId":'),
  traceparent: Buffer.from(',"traceparent":'),
  responseCode: Buffer.from(',"responseCode":'),
  replyCode: Buffer.from(',"replyCode":'),
  withData: Buffer.from(',"hasData":true'),
  withoutData: Buffer.from(',"hasData":false'),
  flagDevice: Buffer.from(',"flagDevice":'),
  flagVersion: Buffer.from(',"flagVersion":'),
  flagAgeMs: Buffer.from(',"flagAgeMs":'),
  nothingObserved: Buffer.from(',"events":[],"alarms":[]'),
  bytes: Buffer.from(',"bytes":'),
  hold: Buffer.from(',"hold":'),
  decide: Buffer.from(',"decide":'),
  peer: Buffer.from(',"peer":'),
  end: Buffer.from('}}'),
  comma: Buffer.from(','),
} as const

const NO_ALARMS: readonly Alarm[] = []

const EUI_ROOM = 25
const NUMBERS = 8

/** All names, two Device IDs and those of the list, the time, and all numbers. */
const FIXED_ROOM =
  Object.values(NAMES).reduce((sum, { length }) => sum + length, 0) +
  (MAX_DEVICES + 2) * (EUI_ROOM + 1) +
  NUMBERS * NUMBER_ROOM +
  64
