/**
 * The leak check: whether what the journal says was let through, or stopped, is what the list and the flags demanded.
 *
 * It looks for the two faults that must never happen (requirements, rules 1 and 2): a message that the list blocks was let
 * through while a Device of it was Restricted, and a message that nothing blocks was stopped. It shares no code with the
 * deciding of messages: it reads the list's rows by itself and the flag from its history in the store, not from the gateway's
 * cache. What the journal does not say enough of is counted as unjudged, never as clean.
 */
import type { DeviceType } from '../device/device.ts'
import { NOT_UNDERSTOOD } from '../duis/facts.ts'
import type { JournalLine } from '../journal/journal-line.ts'
import { NEVER_BLOCK_CLASSES } from '../policy/row-class.ts'
import type { TableData, TableDefaults, TableRow } from '../policy/table.ts'

/** What the check uses of a list. */
export type ListedRules = Pick<TableData, 'rows' | 'inFlight'> & {
  readonly defaults: Pick<TableDefaults, 'unknownReadingSrv' | 'unclassifiedResponse'> &
    Partial<Pick<TableDefaults, 'unreadablePayload' | 'unknownSrv'>>
}

/** What the check asks of a Device of the message. */
export interface DeviceThen {
  readonly id: string
  /** Absent when the inventory does not know it. */
  readonly type: DeviceType | undefined
  /** Whether every gateway had to take it for Restricted when the message arrived. */
  readonly isEnforced: boolean
  /** Whether the store had it Restricted, and nothing ever confirmed that every gateway knew; absent: nobody asked. */
  readonly isUnconfirmed?: boolean
}

export type LeakFault = 'let-through-while-restricted' | 'never-block-stopped' | 'stopped-without-a-rule'

/** Why a line could not be judged. */
export type Unjudged =
  | 'list-not-at-hand'
  | 'data-not-said'
  | 'payment-mode-not-said'
  | 'command-variant-not-said'
  | 'log-not-said'
  | 'schedule-not-said'
  | 'too-many-devices'
  | 'flag-changed-since'
  /** The Device was Restricted, and it was never confirmed that every gateway knew. */
  | 'flag-never-confirmed'
  /** An 8.13 brings home a command or its outcome; the line does not say which. */
  | 'direction-not-said'

export type LeakFinding =
  | { readonly kind: 'clean' }
  | {
      readonly kind: 'fault'
      readonly fault: LeakFault
      readonly code: string
      readonly device: string | undefined
    }
  | { readonly kind: 'unjudged'; readonly why: Unjudged }

const CLEAN: LeakFinding = { kind: 'clean' }

/** What a line says of the kind of message, whoever it was about. */
type Said = Pick<JournalLine, 'direction' | 'kind' | 'codes' | 'alarms'>

/** A row, with whether it can stop anything: where its condition on the direction holds, and where it does not. */
interface ListedRow {
  readonly row: TableRow
  readonly there: 'yes' | 'no'
  readonly otherwise: 'yes' | 'no'
}

/** Whether the line says that something was let through that a flag could have stopped: only then its Devices matter. */
export function wasLetThrough({ verdict, outcome }: Pick<JournalLine, 'verdict' | 'outcome'>): boolean {
  return verdict === 'forward' && (outcome === 'forwarded' || outcome === 'upstream-failed')
}

/** Whether the line says that something was stopped. */
export function wasStopped({ verdict }: Pick<JournalLine, 'verdict'>): boolean {
  return verdict === 'reject' || verdict === 'withhold' || verdict === 'defer'
}

/** One list, ready to be asked. */
export class LeakCheck {
  readonly #rules: ListedRules
  readonly #listed: ReadonlyMap<string, ListedRow>

  constructor(rules: ListedRules) {
    this.#rules = rules
    this.#listed = new Map(
      rules.rows.flatMap((row) => {
        const listed = listedRow(row)
        return [...row.srv, ...row.alert, ...row.dccAlert].map((code) => [code, listed])
      }),
    )
  }

  /** Whether anything the line claims can be stopped for some Device: only then does a flag matter. */
  canBeStopped(line: Said): boolean {
    const isUnclassified = line.codes.length === 0 && line.kind === 'service-response'
    return (
      isUnclassified ||
      this.#isStoppedUnread(line) ||
      line.codes.some((code) => this.#canBlock(code, line) !== 'no')
    )
  }

  /** Judges what was let through. `devices` are those of the line. */
  letThrough(line: JournalLine, devices: readonly DeviceThen[]): LeakFinding {
    const restricted = devices.filter(({ isEnforced, isUnconfirmed }) => isEnforced || isUnconfirmed)
    if (restricted.length === 0) return line.deviceCount > devices.length ? this.#ofTheRest(line) : CLEAN
    if (line.kind === 'service-response' && line.hasData === false) return CLEAN
    if (line.inFlight === true && line.kind === 'service-response' && this.#rules.inFlight === 'deliver')
      return CLEAN
    return worst(
      restricted.map((device) => {
        const finding = this.#letThroughFor(line, device)
        return finding.kind === 'fault' && !device.isEnforced ? unjudged('flag-never-confirmed') : finding
      }),
    )
  }

  /** Judges what was stopped: something it claims must be one that the list can block. */
  stopped(line: Said & Pick<JournalLine, 'flagDevice'>): LeakFinding {
    const { codes } = line
    if (codes.length === 0 || codes.some((code) => this.#canBlock(code, line) === 'yes')) return CLEAN
    if (this.#isStoppedUnread(line) || this.#isStoppedUntold(line)) return CLEAN
    if (codes.some((code) => this.#canBlock(code, line) === 'open')) return unjudged('direction-not-said')
    const isNeverBlock = codes.every((code) => isNeverBlocked(this.#listed.get(code)?.row))
    const fault = isNeverBlock ? 'never-block-stopped' : 'stopped-without-a-rule'
    return { kind: 'fault', fault, code: codes.join(' '), device: line.flagDevice }
  }

  /** The journal names sixteen Devices; of the others nothing can be said unless nothing here is ever blocked. */
  #ofTheRest(line: JournalLine): LeakFinding {
    return this.canBeStopped(line) ? unjudged('too-many-devices') : CLEAN
  }

  /** Whether the default for what cannot be read stops it; lists of before that default say nothing. */
  #isStoppedUnread({ alarms = [], codes }: Said): boolean {
    const rule = this.#rules.defaults.unreadablePayload
    if (rule === undefined || !NOT_UNDERSTOOD.some((what) => alarms.includes(what))) return false
    const saysMore = codes.some((code) => !CARRIERS.includes(code))
    return (saysMore ? rule.action : rule.otherwise) === 'block'
  }

  /** Whether the default for Responses of which nothing says what they hold stops it, whatever it claims beside that. */
  #isStoppedUntold({ alarms = [] }: Said): boolean {
    return (
      this.#rules.defaults.unclassifiedResponse.action === 'block' && alarms.includes('unclassified-response')
    )
  }

  #letThroughFor(line: JournalLine, device: DeviceThen): LeakFinding {
    if (this.#isStoppedUnread(line)) return answered(line, fault(line.codes.join(' '), device))
    if (line.codes.length === 0) return this.#withoutCode(line, device)
    return worst(line.codes.map((code) => this.#codeFor(line, code, device)))
  }

  #withoutCode(line: JournalLine, device: DeviceThen): LeakFinding {
    const { unclassifiedResponse } = this.#rules.defaults
    if (line.kind !== 'service-response' || unclassifiedResponse.action === 'pass') return CLEAN
    return line.hasData === undefined ? unjudged('data-not-said') : fault('', device)
  }

  #codeFor(line: JournalLine, code: string, device: DeviceThen): LeakFinding {
    const row = this.#listed.get(code)?.row
    if (!row) return this.#isBlockedByDefault(line, code) ? answered(line, fault(code, device)) : CLEAN
    if (row.mode === 'shadow' || (row.action === 'pass' && row.otherwise !== 'block')) return CLEAN
    if (row.action === 'as-inner') return schedule(line, code, device)
    const types = typeHolds(row, line, code, device)
    const holds = types.includes(true) ? conditionsHold(row, line) : false
    if (typeof holds === 'object') return holds
    const isBlocked = types.some((type) => (holds && type ? row.action : row.otherwise) === 'block')
    return isBlocked ? answered(line, fault(code, device)) : CLEAN
  }

  /** A name that sounds like a read says something only where no SRV of another service stands beside it. */
  #isBlockedByDefault({ codes }: JournalLine, code: string): boolean {
    if (this.#rules.defaults.unknownReadingSrv.action !== 'block') return false
    if (SRV.test(code)) return code.startsWith('4.')
    const srvs = codes.filter((other) => SRV.test(other))
    return READS.test(code) && (srvs.length === 0 || srvs.some((srv) => srv.startsWith('4.')))
  }

  /** Whether any Device of any type could be stopped for this code; `open` where that turns on a direction that is not said. */
  #canBlock(code: string, line: Said): 'yes' | 'no' | 'open' {
    const listed = this.#listed.get(code)
    // Any unknown code may be that of a scheduled read, which is taken for a read whatever its number.
    if (!listed) return 'yes'
    const { row, there, otherwise } = listed
    if (there === otherwise) return there
    if (isDirectionOpen(line)) return 'open'
    return row.when.direction === line.direction ? there : otherwise
  }
}

function listedRow(row: TableRow): ListedRow {
  if (row.mode === 'shadow') return { row, there: 'no', otherwise: 'no' }
  const otherwise = row.otherwise === 'block' ? 'yes' : 'no'
  const there = row.action === 'pass' ? otherwise : 'yes'
  // Without a condition on the direction there is no elsewhere; what the other conditions come to is not known here.
  return { row, there, otherwise: row.when.direction === undefined ? there : otherwise }
}

/** A command goes south; what a Device answered to one that was delivered locally counts as going north. */
function isDirectionOpen({ codes, direction }: Said): boolean {
  return direction === 'southbound' && codes.includes('8.13')
}

/** SRVs that say that there is something else, not what: Create Schedule and Return Local Command Response. */
const CARRIERS: readonly string[] = ['5.1', '8.13']

const SRV = /^\d+(?:\.\d+)+$/

/** How DUIS names the body elements of the Reading Service. */
const READS = /^(?:DSP)?(?:Read|Retrieve)/

/** An answer is a leak only if it has data; journals of before that field cannot tell. */
function answered(line: JournalLine, finding: LeakFinding): LeakFinding {
  return line.kind === 'service-response' && line.hasData === undefined ? unjudged('data-not-said') : finding
}

/** 5.1 stands or falls with what it schedules, which is a code of its own; northbound, by itself, it may be a number only. */
function schedule(line: JournalLine, code: string, device: DeviceThen): LeakFinding {
  if (line.codes.length > 1) return CLEAN
  return line.direction === 'southbound' ? fault(code, device) : unjudged('schedule-not-said')
}

/**
 * Whether the condition on the Device's type holds, by everything that says something about the type: the inventory, and a
 * message code that stands for some types only. Both ways where nothing does.
 */
function typeHolds(
  { when: { deviceType } }: TableRow,
  { deviceTypes = {} }: JournalLine,
  code: string,
  { type }: DeviceThen,
): readonly boolean[] {
  if (deviceType === undefined) return [true]
  const said = [...(deviceTypes[code] ?? []), ...(type === undefined ? [] : [type])]
  return said.length === 0 ? [true, false] : said.map((each) => deviceType.some((one) => one === each))
}

/** The other conditions of the row; one that nobody can evaluate holds (requirements, rulings). */
function conditionsHold({ when }: TableRow, line: JournalLine): boolean | LeakFinding {
  const { direction, paymentMode, commandVariant, logToRead } = when
  const isOpen = direction !== undefined && isDirectionOpen(line)
  if (!isOpen && direction !== undefined && direction !== line.direction) return false
  if (commandVariant !== undefined) return unjudged('command-variant-not-said')
  if (paymentMode !== undefined && line.paymentMode === undefined) return unjudged('payment-mode-not-said')
  if (!isMode(line.paymentMode, paymentMode)) return false
  if (logToRead !== undefined && line.logsToRead === undefined) return unjudged('log-not-said')
  if (!isLog(line.logsToRead, logToRead)) return false
  return isOpen ? unjudged('direction-not-said') : true
}

function isMode(mode: string | undefined, modes: TableRow['when']['paymentMode']): boolean {
  return modes === undefined || mode === 'unreadable' || modes.some((each) => each === mode)
}

/** Whether any log that the line is about is among those; one that cannot be told is. */
function isLog(logs: JournalLine['logsToRead'], accepted: TableRow['when']['logToRead']): boolean {
  if (accepted === undefined || logs === undefined || logs.length === 0) return true
  return logs.some((log) => log === 'unreadable' || accepted.some((each) => each === log))
}

function isNeverBlocked(row: TableRow | undefined): boolean {
  return row !== undefined && NEVER_BLOCK_CLASSES.some((name) => name === row.class)
}

function fault(code: string, { id }: DeviceThen): LeakFinding {
  return { kind: 'fault', fault: 'let-through-while-restricted', code, device: id }
}

function unjudged(why: Unjudged): LeakFinding {
  return { kind: 'unjudged', why }
}

function worst(findings: readonly LeakFinding[]): LeakFinding {
  return (
    findings.find(({ kind }) => kind === 'fault') ?? findings.find(({ kind }) => kind === 'unjudged') ?? CLEAN
  )
}
