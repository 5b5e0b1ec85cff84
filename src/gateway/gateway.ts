/**
 * The gateway of one process: a southbound and a northbound listener, and one on which it is observed.
 *
 * Cast: an `HttpServer` for each direction holds connections, `carrySouthbound` and `carryNorthbound` handle one message
 * each, `Peer`s are the far sides, `Ledger` keeps what became of every message, one `Ticker` all time-outs. Promised: a
 * message goes on byte for byte or not at all, and is acknowledged only after the far side acknowledged it. The table may
 * be swapped while messages are in flight; each is decided by one table.
 */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import type { Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { Direction, MessageFacts } from '../core/duis/facts.ts'
import { type ReadingPlan, type ReadLimits, readingPlan } from '../core/duis/reader.ts'
import type { Table } from '../core/policy/table.ts'
import type { ObservedEvent, Verdict } from '../core/policy/verdict.ts'
import type { Exchange } from '../http1/exchange.ts'
import type { HttpServer, ListenAddress } from '../http1/server.ts'
import { Ticker } from '../http1/ticker.ts'
import { WriteBatch } from '../http1/write-batch.ts'
import { type Clock, systemClock } from '../observe/clock.ts'
import type { Readiness } from '../observe/health.ts'
import type { Logger } from '../observe/log.ts'
import { Metrics } from '../observe/metrics.ts'
import type { DeviceRecords } from '../store/store.ts'
import { send } from './answer.ts'
import type { Way } from './carry.ts'
import type { DecisionId } from './decision-id.ts'
import { FarSides } from './far-sides.ts'
import { fieldsToCarry, REPLY_FIELDS, REQUEST_FIELDS } from './headers.ts'
import type { Journal } from './journal.ts'
import type { Flags } from './judge.ts'
import { enter, type Ledger } from './ledger.ts'
import { DEFAULT_GATEWAY_LIMITS, type GatewayLimits } from './limits.ts'
import { listener } from './listener.ts'
import { carryNorthbound, type Northbound } from './northbound.ts'
import { type Handled, type Outcome, Passage } from './passage.ts'
import type { SharedByConnections } from './peer.ts'
import { refused } from './refuse.ts'
import { DEFAULT_RESPONSE_CODES, type ResponseCodes } from './reject.ts'
import { routesBy } from './routes.ts'
import { SafetyCheck } from './safety-check.ts'
import { SentRequests } from './sent-requests.ts'
import { carrySouthbound, type Southbound } from './southbound.ts'
import type { TapSocket } from './tap.ts'
import { type GatewayTls, TlsSides } from './tls-sides.ts'

/** What the gateway asks of the flags beyond readings: whether it may call itself ready, and what to measure. */
export interface LiveFlags extends Flags {
  readonly isReady: boolean
  /** Number of the last flag change that is applied here. */
  readonly sequence: number
  status(): {
    readonly state: string
    readonly sequence: number
    /** Milliseconds; undefined before the first time in step. */
    readonly ageMs: number | undefined
  }
}

export interface GatewayOptions {
  readonly catalogue: Catalogue
  readonly table: Table
  /** A table that is decided by as well, and only compared; none when absent. */
  readonly shadow?: Table | undefined
  readonly flags: LiveFlags
  /** The store itself, for the second opinion on messages that went on; absent: only stopped ones get one. */
  readonly records?: Pick<DeviceRecords, 'load'>
  /** EUIs of the DCC, which are never Devices. */
  readonly dccEuis: readonly DeviceKey[]
  readonly southbound: {
    readonly listen: ListenAddress
    /** Paths served; `/api/v1/serviceT`, `serviceS` and `serviceD` when absent. */
    readonly paths?: readonly string[]
    /** The DSP; the path and query of a message follow its path. */
    readonly dspUrl: URL
  }
  readonly northbound: {
    readonly listen: ListenAddress
    /** Paths served; `/` and `/api/v1/receive` when absent. */
    readonly paths?: readonly string[]
    /** EUI of a Service User to its Receive Response URL. */
    readonly users: ReadonlyMap<DeviceKey, URL>
    /** For messages that name no User of the map. */
    readonly fallback?: URL | undefined
  }
  /** TLS of listeners and towards far sides; plain HTTP when absent. */
  readonly tls?: GatewayTls
  /** Where `/healthz`, `/readyz` and `/metrics` are served; nowhere when absent. */
  readonly observation?: ListenAddress
  /** Request fields that travel on beside `REQUEST_FIELDS`. */
  readonly requestFields?: readonly string[]
  /** Reply fields that travel back beside `REPLY_FIELDS`. */
  readonly replyFields?: readonly string[]
  readonly limits?: Partial<GatewayLimits>
  readonly reading?: Partial<ReadLimits>
  readonly responseCodes?: ResponseCodes
  readonly journal: Journal
  /**
   * Told of each message in which a row observed events, before its sender is answered: the answer waits for it. When it
   * rejects, that is logged and the answer goes out all the same, for the far side already has the message.
   */
  readonly onEvents?: (seen: ObservedMessage) => Promise<void>
  /** Where messages are watched, for a capture; nowhere when absent. */
  readonly taps?: TapSocket
  readonly log: Logger
  /** Made new when absent. */
  readonly metrics?: Metrics
  readonly clock?: Clock
}

/** A message in which rows with `observe` saw something. */
export interface ObservedMessage {
  readonly decision: DecisionId
  readonly at: Instant
  readonly direction: Direction
  readonly events: readonly ObservedEvent[]
  readonly facts: MessageFacts
  readonly outcome: Outcome
  /** Status of the far side's reply; absent when there was none. */
  readonly peerStatus: number | undefined
  /** True of the DSP's synchronous reply; `decision` is then that of the Service Request it answers. */
  readonly isReply: boolean
}

/** A message that rows may have observed something in. */
type Observable = Pick<ObservedMessage, 'direction' | 'outcome' | 'peerStatus' | 'isReply'> &
  Pick<Handled, 'facts' | 'verdict'>

export interface Gateway {
  readonly ports: {
    readonly southbound: number
    readonly northbound: number
    /** Absent when it is not observed. */
    readonly observation: number | undefined
  }
  readonly metrics: Metrics
  /** Ready, or every reason why not. */
  readiness(): Readiness
  /** Puts another table in force for the messages that are decided from now on. */
  setTable(table: Table): void
  /** Puts a table on trial beside the one in force, or none. */
  setShadow(shadow: Table | undefined): void
  /** Finishes what is in flight and ends; calling it again waits for the same end. */
  drain(): Promise<void>
}

const SOUTHBOUND_PATHS = ['/api/v1/serviceT', '/api/v1/serviceS', '/api/v1/serviceD']
const NORTHBOUND_PATHS = ['/', '/api/v1/receive']

/** Starts all listeners; rejects when one address is not to be had, with none left open. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const gateway = new RunningGateway(options)
  try {
    await gateway.listen()
  } catch (cause) {
    await gateway.drain()
    throw cause
  }
  return gateway
}

type Carry = (passage: Passage) => Promise<Handled>

class RunningGateway implements Gateway {
  readonly metrics: Metrics
  readonly #options: GatewayOptions
  readonly #limits: GatewayLimits
  readonly #clock: Clock
  readonly #ledger: Ledger
  readonly #shared: SharedByConnections = { ticker: new Ticker(), batch: new WriteBatch() }
  readonly #sent: SentRequests
  readonly #tls: TlsSides
  readonly #farSides: FarSides
  readonly #southbound: HttpServer
  readonly #northbound: HttpServer
  readonly #observation: Server | undefined
  #table: Table
  #shadow: Table | undefined
  #draining: Promise<void> | undefined

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#limits = { ...DEFAULT_GATEWAY_LIMITS, ...options.limits }
    this.#clock = options.clock ?? systemClock
    this.#table = options.table
    this.#shadow = options.shadow
    this.#sent = new SentRequests(this.#limits.inFlightRequests)
    this.metrics = options.metrics ?? new Metrics()
    const { journal, log, records } = options
    const safety = new SafetyCheck({ records, metrics: this.metrics, log, clock: this.#clock })
    this.#ledger = { journal, metrics: this.metrics, log, safety }
    this.#tls = new TlsSides({
      tls: options.tls ?? {},
      limits: this.#limits,
      log: options.log,
      metrics: this.metrics,
    })
    this.#farSides = new FarSides(this.#limits, this.#shared, this.#tls)
    const southbound = this.#southboundWay()
    const northbound = this.#northboundWay()
    this.#southbound = this.#listener('southbound', southbound, (passage) =>
      carrySouthbound(southbound, passage),
    )
    this.#northbound = this.#listener('northbound', northbound, (passage) =>
      carryNorthbound(northbound, passage),
    )
    this.#observation = options.observation && this.#tls.observationServer(() => this.readiness())
    this.#watch()
  }

  get ports(): Gateway['ports'] {
    const address = this.#observation?.address() as AddressInfo | null | undefined
    return {
      southbound: this.#southbound.port,
      northbound: this.#northbound.port,
      observation: address?.port,
    }
  }

  async listen(): Promise<void> {
    const { southbound, northbound, observation } = this.#options
    await this.#southbound.listen(southbound.listen)
    await this.#northbound.listen(northbound.listen)
    if (observation) await listenOn(this.#observation, observation)
  }

  readiness(): Readiness {
    const reasons: string[] = []
    if (this.#draining) reasons.push('draining')
    const { flags } = this.#options
    if (!flags.isReady) reasons.push(`flags are ${flags.status().state}`)
    return reasons.length === 0 ? { ready: true } : { ready: false, reasons }
  }

  setTable(table: Table): void {
    this.#table = table
    this.#sent.useTable(table)
  }

  setShadow(shadow: Table | undefined): void {
    this.#shadow = shadow
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drain()
    return this.#draining
  }

  async #drain(): Promise<void> {
    const deadline = delay(this.#limits.drainMs, undefined, { ref: false })
    this.#southbound.announceDrain()
    this.#northbound.announceDrain()
    if (this.#limits.drainNoticeMs > 0) await delay(this.#limits.drainNoticeMs)
    await Promise.all([this.#southbound.drain(deadline), this.#northbound.drain(deadline)])
    this.#farSides.close()
    this.#observation?.close()
    this.#observation?.closeAllConnections()
    await Promise.race([this.#ledger.safety.settle(), deadline])
    await this.#options.journal.close()
  }

  #way(direction: Direction): Way {
    return {
      plan: this.#plan(direction),
      limits: this.#limits,
      held: { total: 0 },
      requestFields: fieldsToCarry(REQUEST_FIELDS, this.#options.requestFields),
      table: () => this.#table,
      shadow: () => this.#shadow,
      flags: this.#options.flags,
      clock: this.#clock,
      sent: this.#sent,
      taps: this.#options.taps,
    }
  }

  #southboundWay(): Southbound {
    const { paths = SOUTHBOUND_PATHS, dspUrl } = this.#options.southbound
    return {
      ...this.#way('southbound'),
      ...this.#answering(),
      gate: this.#gateRules(paths),
      replyPlan: this.#plan('northbound'),
      objectionTo: this.#tls.objectionToOriginator,
      dsp: this.#farSides.at('dsp', dspUrl.origin),
      dspPath: dspUrl.pathname.replace(/\/$/, ''),
    }
  }

  #northboundWay(): Northbound {
    const { paths = NORTHBOUND_PATHS, users, fallback } = this.#options.northbound
    return {
      ...this.#way('northbound'),
      ...this.#answering(),
      gate: this.#gateRules(paths),
      destinationOf: routesBy({ users, fallback }, (origin) => this.#farSides.at('users', origin)),
    }
  }

  #answering() {
    return {
      catalogue: this.#options.catalogue,
      responseCodes: this.#options.responseCodes ?? DEFAULT_RESPONSE_CODES,
      replyFields: fieldsToCarry(REPLY_FIELDS, this.#options.replyFields),
      ...(this.#tls.sign && { sign: this.#tls.sign }),
    }
  }

  #plan(direction: Direction): ReadingPlan {
    const { catalogue, dccEuis, reading } = this.#options
    return readingPlan({ direction, catalogue, dccEuis, ...(reading && { limits: reading }) })
  }

  #gateRules(paths: readonly string[]) {
    return { paths: new Set(paths), maxBodyBytes: this.#limits.maxBodyBytes }
  }

  #listener(direction: Direction, way: Way, carry: Carry): HttpServer {
    const { metrics } = this
    metrics.watch('duisgate_held_bytes', [direction], () => way.held.total)
    const door = this.#tls.door(direction)
    return listener({
      limits: this.#limits,
      ...(door && { door }),
      ...this.#shared,
      handle: (exchange) => void this.#handle(direction, exchange, carry),
      onMalformed: (code) => metrics.count('duisgate_faults_total', [direction, code]),
      onConnectionRefused: () => metrics.count('duisgate_connections_refused_total', [direction]),
    })
  }

  async #handle(direction: Direction, exchange: Exchange, carry: Carry): Promise<void> {
    const passage = new Passage(direction, exchange, this.#clock)
    const applied = this.#options.flags.sequence
    const handled = await this.#carried(passage, carry)
    if (hasEvents(handled.verdict) || hasEvents(handled.reply?.verdict))
      await this.#tellEvents(passage, handled)
    send(passage, handled.answer)
    enter(this.#ledger, passage, handled, { table: this.#table, applied })
  }

  async #carried(passage: Passage, carry: Carry): Promise<Handled> {
    try {
      return await carry(passage)
    } catch (cause) {
      return this.#failed(passage, cause)
    }
  }

  async #tellEvents(
    passage: Passage,
    { facts, verdict, outcome, peerStatus, reply }: Handled,
  ): Promise<void> {
    const { direction } = passage
    await this.#tellEventsOf(passage, { direction, facts, verdict, outcome, peerStatus, isReply: false })
    if (!reply) return
    const ofReply = reply.verdict.kind === 'forward' ? 'forwarded' : 'withheld'
    const replied = { direction: 'northbound', peerStatus: undefined, isReply: true } as const
    await this.#tellEventsOf(passage, { ...replied, ...reply, outcome: ofReply })
  }

  async #tellEventsOf(passage: Passage, { facts, verdict, ...seen }: Observable): Promise<void> {
    const { onEvents, log } = this.#options
    if (!onEvents || !facts || !verdict || verdict.kind === 'refuse' || verdict.events.length === 0) return
    const { decision, arrivedAt } = passage
    const { events } = verdict
    try {
      await onEvents({ ...seen, decision, at: arrivedAt, events, facts })
    } catch (err) {
      this.metrics.count('duisgate_events_lost_total', [])
      log.error({ err, decision, events }, 'observed events could not be kept')
    }
  }

  /** What nobody planned for: the sender learns only that it failed, the log learns why. */
  #failed(passage: Passage, cause: unknown): Handled {
    passage.cause = cause instanceof Error ? cause : new Error(String(cause))
    return refused({ limits: this.#limits }, passage, 'GW_INTERNAL', {})
  }

  #watch(): void {
    const { metrics } = this
    const { flags, journal } = this.#options
    for (const [direction, listener] of [
      ['southbound', this.#southbound],
      ['northbound', this.#northbound],
    ] as const) {
      metrics.watch('duisgate_in_flight', [direction], () => listener.inFlight)
      metrics.watch('duisgate_connections', [direction], () => listener.connections)
    }
    metrics.watch('duisgate_journal_dropped_lines', [], () => journal.dropped)
    metrics.watch('duisgate_flag_in_step', [], () => (flags.status().state === 'in-step' ? 1 : 0))
    metrics.watch(
      'duisgate_flag_age_seconds',
      [],
      () => (flags.status().ageMs ?? Number.POSITIVE_INFINITY) / 1_000,
    )
    metrics.watch('duisgate_flag_sequence', [], () => flags.status().sequence)
    metrics.watch('duisgate_requests_remembered', [], () => this.#sent.size)
    metrics.watch('duisgate_requests_forgotten', [], () => this.#sent.forgotten)
    metrics.watch('duisgate_draining', [], () => (this.#draining ? 1 : 0))
  }
}

function hasEvents(verdict: Verdict | undefined): boolean {
  return verdict !== undefined && verdict.kind !== 'refuse' && verdict.events.length > 0
}

async function listenOn(server: Server | undefined, { host, port }: ListenAddress): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server?.once('error', reject).listen(port, host, resolve)
  await promise
  server?.off('error', reject)
}
