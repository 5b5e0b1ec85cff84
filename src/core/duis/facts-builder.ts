/**
 * Gathers the facts of one message while it is read: claims and Devices without repeats, and what the header says.
 */
import type { Catalogue, GbcsMessageEntry, SwapPart } from '../catalogue/catalogue.ts'
import type { DeviceKey } from './eui64.ts'
import {
  type Claim,
  type ClaimSource,
  codeOf,
  type GbcsFacts,
  type HomeFacts,
  type LogToRead,
  type MessageFacts,
  type MessageKind,
  type NotUnderstood,
  type PaymentMode,
} from './facts.ts'
import type { ReadFault } from './fault.ts'
import type { ReadingPlan } from './reading-plan.ts'
import type { RequestIdParts } from './values.ts'

/** From this many Devices or claims on, repeats are found by a set instead of a walk. */
const SMALL_SET = 12

/** Shared by all messages that have none; frozen so that nobody adds to it. */
const NONE: readonly never[] = Object.freeze([])

/** SRV of Update Payment Mode. */
const PAYMENT_MODE_CHANGE = '1.6'

const NOTHING_OF_HOME: HomeFacts = { swapped: {}, meterPoint: undefined, isRemoval: false }

export class FactsBuilder {
  readonly #plan: ReadingPlan
  readonly #catalogue: Catalogue
  readonly #claims: Claim[] = []
  #claimSet: Set<string> | undefined
  readonly #devices: DeviceKey[] = []
  #deviceSet: Set<DeviceKey> | undefined
  kind: MessageKind
  schemaVersion = ''
  requestId: string | undefined
  responseId: string | undefined
  serviceReference: string | undefined
  srv: string | undefined
  commandVariant: number | undefined
  responseCode: string | undefined
  executionDateTime: string | undefined
  hasData = false
  isScheduled = false
  isScheduleNumber = false
  scheduleId: string | undefined
  scheduleEndDate: string | undefined
  hasUnknownField = false
  isLaterBody = false
  faultUnlessSafe: ReadFault | undefined
  #user: DeviceKey | undefined
  #namesDevice = false
  #paymentMode: PaymentMode | undefined
  #gbcs: GbcsFacts | undefined
  #useCases: readonly GbcsMessageEntry[] = NONE
  #notUnderstood: readonly NotUnderstood[] = NONE
  #isModeChange = false
  #logs: MessageFacts['logsToRead'] = NONE
  /** The message has the entries of a log in clear, of whose element alone nobody can say which log it is. */
  hasClearLog = false
  #isClearLogKnown = false
  #payloads: readonly string[] = NONE
  #home: HomeFacts | undefined

  constructor(plan: ReadingPlan) {
    this.#plan = plan
    this.#catalogue = plan.catalogue
    this.kind = plan.direction === 'southbound' ? 'service-request' : 'service-response'
  }

  get claimCount(): number {
    return this.#claims.length
  }

  get deviceCount(): number {
    return this.#devices.length
  }

  get devices(): readonly DeviceKey[] {
    return this.#devices
  }

  get namesDevice(): boolean {
    return this.#namesDevice
  }

  get user(): DeviceKey | undefined {
    return this.#user
  }

  get gbcs(): GbcsFacts | undefined {
    return this.#gbcs
  }

  get home(): HomeFacts | undefined {
    return this.#home
  }

  /** A Device that stands where Devices are named. */
  addDevice(key: DeviceKey): void {
    if (this.#plan.dccEuis.has(key)) return
    this.#namesDevice = true
    this.#addConcerned(key)
  }

  /** A Device, or a party that nobody here knows. */
  addMention(key: DeviceKey): void {
    if (!this.#plan.dccEuis.has(key)) this.#addConcerned(key)
  }

  #addConcerned(key: DeviceKey): void {
    if (this.#devices.length < SMALL_SET) {
      if (!this.#devices.includes(key)) this.#devices.push(key)
      return
    }
    this.#deviceSet ??= new Set(this.#devices)
    if (this.#deviceSet.has(key)) return
    this.#deviceSet.add(key)
    this.#devices.push(key)
  }

  addClaim(claim: Claim): void {
    const code = codeOf(claim)
    if (this.#isClaimed(claim.type, code)) return
    this.#claims.push(claim)
    this.#claimSet?.add(claimKey(claim.type, code))
    if (claim.type === 'srv' && code === PAYMENT_MODE_CHANGE) this.#isModeChange = true
  }

  #isClaimed(type: Claim['type'], code: string): boolean {
    if (this.#claims.length >= SMALL_SET) {
      this.#claimSet ??= new Set(this.#claims.map((claim) => claimKey(claim.type, codeOf(claim))))
      return this.#claimSet.has(claimKey(type, code))
    }
    for (const known of this.#claims) if (known.type === type && codeOf(known) === code) return true
    return false
  }

  /** Adds the Device Alerts that an element may stand for, unless the message says which of them it is. */
  addAlerts(codes: readonly string[]): void {
    if (codes.some((code) => this.#isClaimed('alert', code))) return
    for (const code of codes) this.addClaim({ type: 'alert', code, source: 'smets1' })
  }

  /** Adds an SRV, and what its ServiceReference says when the two contradict each other. */
  addSrv(srv: string, source: ClaimSource, reference: string | undefined): void {
    this.addClaim({ type: 'srv', srv, source })
    if (reference === undefined || isOf(srv, reference)) return
    this.addReference(reference, source)
  }

  /** Adds what a ServiceReference may stand for when no variant says which. */
  addReference(reference: string, source: ClaimSource): void {
    for (const other of this.#plan.srvsByReference.get(reference) ?? [reference]) {
      this.addClaim({ type: 'srv', srv: other, source })
    }
  }

  /** Takes the IDs of a Request header: the target is the Device unless it is the DCC. */
  takeRequestId(text: string, parts: RequestIdParts): void {
    this.requestId = text
    this.#user = parts.originator
    this.addDevice(parts.target)
  }

  /** Takes the ID of a Response: its originator is the Device unless it is the DCC. */
  takeResponseId(text: string, parts: RequestIdParts): void {
    this.responseId = text
    this.#user ??= parts.target
    this.addDevice(parts.originator)
  }

  addNotUnderstood(what: NotUnderstood): void {
    if (!this.#notUnderstood.includes(what)) this.#notUnderstood = [...this.#notUnderstood, what]
  }

  /**
   * Takes what a GBCS header says. Both IDs are Devices concerned, whichever is the Device by the CRA flag: the DSP may go by
   * the other. The Service User of the message is none. Another party's EUI counts as well, which does no harm: no flag stands
   * on it, and it names no Device. Codes that may stand for several SRVs add them only when none is claimed yet.
   */
  takeGbcs(gbcs: GbcsFacts): void {
    this.takeGbcsIds(gbcs)
    this.takeMessageCode(gbcs.messageCode, 'gbcs')
  }

  /** The same without what its message code says. */
  takeGbcsIds(gbcs: GbcsFacts): void {
    this.#gbcs ??= gbcs
    this.addDevice(gbcs.device)
    if (gbcs.party !== this.#user) this.addMention(gbcs.party)
  }

  takeMessageCode(code: string, source: ClaimSource): void {
    const alert = this.#catalogue.alertByMessageCode.get(code)
    if (alert !== undefined) this.addClaim({ type: 'alert', code: alert, source })
    const entry = this.#catalogue.gbcs.get(code)
    if (!entry) return this.addNotUnderstood('unknown-message-code')
    if (!this.#useCases.includes(entry)) this.#useCases = [...this.#useCases, entry]
    if (entry.paymentMode) this.takePaymentMode(entry.paymentMode)
    if (entry.logs) this.#takeLogsOfCode(entry.logs, source)
    const isClaimed = entry.srvs.some((srv) => this.#isClaimed('srv', srv))
    if (!isClaimed) for (const srv of entry.srvs) this.addClaim({ type: 'srv', srv, source })
  }

  addDccAlertPayload(path: string): void {
    if (!this.#payloads.includes(path)) this.#payloads = [...this.#payloads, path]
  }

  takeSwapped(part: SwapPart, key: DeviceKey): void {
    const home = this.#home ?? NOTHING_OF_HOME
    this.#home = { ...home, swapped: { ...home.swapped, [part]: key } }
  }

  takeMeterPoint(meterPoint: string): void {
    this.#home = { ...(this.#home ?? NOTHING_OF_HOME), meterPoint }
  }

  takeLogRequest(request: string): void {
    this.#home = { ...(this.#home ?? NOTHING_OF_HOME), isRemoval: request === 'Remove' }
  }

  /** Prepayment wins when a message says both. */
  takePaymentMode(mode: 'credit' | 'prepayment'): void {
    if (this.#paymentMode !== 'prepayment') this.#paymentMode = mode
  }

  /** Takes one log that the message says it reads or holds. */
  takeLog(log: LogToRead | 'unreadable'): void {
    if (!this.#logs.includes(log)) this.#logs = [...this.#logs, log]
  }

  /** The code in the header of a SMETS1 answer is that of the entries in clear behind it. */
  #takeLogsOfCode(logs: readonly LogToRead[], source: ClaimSource): void {
    for (const log of logs) this.takeLog(log)
    if (source === 'smets1') this.#isClearLogKnown = true
  }

  build(): MessageFacts {
    const hasUnknownData = this.#notUnderstood.includes('unknown-data')
    return {
      direction: this.#plan.direction,
      kind: this.kind,
      schemaVersion: this.schemaVersion,
      claims: this.#claims,
      devices: this.#devices,
      namesDevice: this.#namesDevice,
      user: this.#user,
      requestId: this.requestId,
      responseId: this.responseId,
      serviceReference: this.serviceReference,
      serviceReferenceVariant: this.srv,
      commandVariant: this.commandVariant,
      responseCode: this.responseCode,
      hasData: this.hasData || hasUnknownData,
      isScheduled: this.isScheduled,
      isScheduleNumber: this.isScheduleNumber && !hasUnknownData,
      scheduleId: this.scheduleId,
      scheduleEndDate: this.scheduleEndDate,
      executionDateTime: this.executionDateTime,
      hasUnknownField: this.hasUnknownField,
      dccAlertPayloads: this.#payloads,
      home: this.#home,
      isLaterBody: this.isLaterBody,
      faultUnlessSafe: this.faultUnlessSafe,
      paymentMode: this.#modeOfChange(),
      logsToRead: this.#logsToRead(),
      gbcs: this.#gbcs,
      useCases: this.#useCases,
      notUnderstood: this.#notUnderstood,
    }
  }

  #logsToRead(): MessageFacts['logsToRead'] {
    const isHidden = this.#notUnderstood.length > 0 && this.#logs.length > 0
    const isUntold = isHidden || (this.hasClearLog && !this.#isClearLogKnown)
    return isUntold && !this.#logs.includes('unreadable') ? [...this.#logs, 'unreadable'] : this.#logs
  }

  #modeOfChange(): PaymentMode | undefined {
    if (!this.#isModeChange || this.#plan.direction !== 'southbound') return undefined
    return this.#paymentMode ?? 'unreadable'
  }
}

function claimKey(type: Claim['type'], code: string): string {
  return `${type} ${code}`
}

/** Whether an SRV is the reference itself or one of its variants, as `4.1.1` is of `4.1` and `4.10` is not. */
function isOf(srv: string, reference: string): boolean {
  return srv.startsWith(reference) && (srv.length === reference.length || srv[reference.length] === '.')
}
