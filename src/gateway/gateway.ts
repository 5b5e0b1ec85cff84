/**
 * The gateway of one process: a southbound and a northbound listener, and one on which it is observed.
 *
 * Cast: an `HttpServer` for each direction holds connections, `carrySouthbound` and `carryNorthbound` handle one message
 * each, `Upstreams` has whom messages go to, `OutcomeRecorders` keeps what became of every message, one `Ticker` all time-outs. Promised: a
 * message goes on byte for byte or not at all, and is acknowledged only after the upstream acknowledged it. The table may
 * be swapped while messages are in flight; each is decided by one table.
 */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Direction } from '../core/duis/facts.ts'
import { type ReadingPlan, readingPlan } from '../core/duis/reader.ts'
import type { Table } from '../core/policy/table.ts'
import type { Exchange } from '../http1/exchange.ts'
import type { HttpServer, ListenAddress } from '../http1/server.ts'
import { Ticker } from '../http1/ticker.ts'
import { WriteBatch } from '../http1/write-batch.ts'
import { type Clock, systemClock } from '../observe/clock.ts'
import type { Readiness } from '../observe/health.ts'
import { Metrics } from '../observe/metrics.ts'
import { RareLine } from '../observe/rare-line.ts'
import { send } from './answer.ts'
import type { DirectionSetup } from './carry.ts'
import {
  type BothDirections,
  carryNorthbound,
  carrySouthbound,
  type Northbound,
  type Southbound,
} from './directions.ts'
import { FrequentAlerts } from './frequent-alerts.ts'
import type { GatewayOptions } from './gateway-options.ts'
import { fieldsToCarry, REPLY_FIELDS, REQUEST_FIELDS } from './headers.ts'
import { DEFAULT_MARKUP, KnownMarkups } from './known-markup.ts'
import { DEFAULT_GATEWAY_LIMITS, type GatewayLimits } from './limits.ts'
import { listener } from './listener.ts'
import { MessageContext, type MessageResult } from './message-context.ts'
import { type EventOutlet, hasObserved, reportEvents } from './observed-events.ts'
import { OutcomeKinds } from './outcome-kinds.ts'
import { type OutcomeRecorders, recordOutcome } from './outcome-recorders.ts'
import { refused } from './refuse.ts'
import { DEFAULT_RESPONSE_CODES } from './reject.ts'
import { SafetyCheck } from './safety-check.ts'
import { SentRequests } from './sent-requests.ts'
import { type ListenerTls, TlsSides } from './tls-sides.ts'
import type { SharedByConnections } from './upstream.ts'
import { type RouteMap, routesBy, Upstreams } from './upstreams.ts'

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
  /**
   * Sends what goes north to these addresses from now on; what is under way ends where it was going. Throws when a
   * connection to one cannot be made as the gateway was started (https without CAs), and changes nothing.
   */
  setRoutes(routes: RouteMap): void
  /** Lets these callers in on the southbound side from now on, and cuts connections of all others. Without TLS nothing. */
  setCallers(callerOf: ListenerTls['callerOf']): void
  /** Reads every message strictly from now on: learned markup was found to be wrong, here or in another process. */
  readStrictly(): void
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

type Carry = (context: MessageContext) => Promise<MessageResult>

/**
 * It must have traffic: the store is away from all gateways alike, and what keeps meters safe passes as before. What a flag may stop is
 * put off or stopped, as each row says.
 */
const PAST_ITS_LEASE: Readiness = { ready: true, degraded: ['flags are behind'] }

class RunningGateway implements Gateway {
  readonly metrics: Metrics
  readonly #options: GatewayOptions
  readonly #limits: GatewayLimits
  readonly #clock: Clock
  readonly #recorders: OutcomeRecorders
  readonly #outlet: EventOutlet
  readonly #shared: SharedByConnections = { ticker: new Ticker(), batch: new WriteBatch() }
  readonly #sent: SentRequests
  readonly #markups: KnownMarkups
  readonly #tls: TlsSides
  readonly #upstreams: Upstreams
  readonly #southbound: HttpServer
  readonly #northbound: HttpServer
  readonly #observation: Server | undefined
  #table: Table
  #shadow: Table | undefined
  #destinationOf: Northbound['destinationOf']
  #draining: Promise<void> | undefined

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#limits = { ...DEFAULT_GATEWAY_LIMITS, ...options.limits }
    this.#clock = options.clock ?? systemClock
    this.#table = options.table
    this.#shadow = options.shadow
    this.#sent = new SentRequests(this.#limits.inFlightRequests)
    this.metrics = options.metrics ?? new Metrics()
    const { journal, log, records, onEvents, markup = DEFAULT_MARKUP } = options
    this.#markups = new KnownMarkups(markup, { metrics: this.metrics, log })
    this.#outlet = { onEvents, metrics: this.metrics, log, late: new RareLine(this.#clock) }
    const safety = new SafetyCheck({ records, metrics: this.metrics, log, clock: this.#clock })
    const frequent = new FrequentAlerts(options.flags, this.#clock)
    const kinds = new OutcomeKinds(this.metrics)
    this.#recorders = { journal, metrics: this.metrics, kinds, log, safety, frequent }
    this.#tls = new TlsSides({
      tls: options.tls ?? {},
      limits: this.#limits,
      log: options.log,
      metrics: this.metrics,
    })
    this.#upstreams = new Upstreams(this.#limits, this.#shared, this.#tls)
    this.#destinationOf = this.#destinationsBy(options.northbound)
    const southbound = this.#southboundSetup()
    const northbound = this.#northboundSetup()
    this.#southbound = this.#listener('southbound', southbound, (context) =>
      carrySouthbound(southbound, context),
    )
    this.#northbound = this.#listener('northbound', northbound, (context) =>
      carryNorthbound(northbound, context),
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
    if (observation && this.#observation) await listenOn(this.#observation, observation)
  }

  readiness(): Readiness {
    const reasons: string[] = []
    if (this.#draining) reasons.push('draining')
    const { flags } = this.#options
    const { state } = flags.status()
    if (!flags.isReady) reasons.push(`flags are ${state}`)
    if (reasons.length > 0) return { ready: false, reasons }
    return state === 'behind' ? PAST_ITS_LEASE : { ready: true }
  }

  setTable(table: Table): void {
    this.#table = table
    this.#sent.useTable(table)
    this.#markups.forget()
  }

  setShadow(shadow: Table | undefined): void {
    this.#shadow = shadow
  }

  setRoutes(routes: RouteMap): void {
    this.#destinationOf = this.#destinationsBy(routes)
  }

  setCallers(callerOf: ListenerTls['callerOf']): void {
    this.#tls.door('southbound')?.setCallers(callerOf)
  }

  readStrictly(): void {
    this.#markups.readStrictly()
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
    this.#upstreams.close()
    this.#observation?.close()
    this.#observation?.closeAllConnections()
    await Promise.race([this.#recorders.safety.settle(), deadline])
    await this.#closeJournal()
  }

  async #closeJournal(): Promise<void> {
    const { journal, log } = this.#options
    await journal.close()
    if (journal.dropped > 0)
      log.error({ lostLines: journal.dropped }, 'the journal lacks lines since the start')
  }

  #setup(direction: Direction, paths: readonly string[]): BothDirections {
    const { catalogue, flags, swaps, taps, requestFields, replyFields, responseCodes } = this.#options
    return {
      ...{ catalogue, flags, swaps, taps },
      markup: this.#markups.on(direction, this.#plan(direction)),
      limits: this.#limits,
      gate: { paths: new Set(paths), maxBodyBytes: this.#limits.maxBodyBytes },
      held: { total: 0 },
      requestFields: fieldsToCarry(REQUEST_FIELDS, requestFields),
      replyFields: fieldsToCarry(REPLY_FIELDS, replyFields),
      responseCodes: responseCodes ?? DEFAULT_RESPONSE_CODES,
      table: () => this.#table,
      shadow: () => this.#shadow,
      clock: this.#clock,
      sent: this.#sent,
      ...(this.#tls.sign && { sign: this.#tls.sign }),
    }
  }

  #southboundSetup(): Southbound {
    const { paths = SOUTHBOUND_PATHS, dspUrl } = this.#options.southbound
    return {
      ...this.#setup('southbound', paths),
      replyMarkup: this.#markups.on('reply', this.#plan('northbound')),
      objectionTo: this.#tls.objectionToOriginator,
      dsp: this.#upstreams.at('dsp', dspUrl.origin),
      dspPath: dspUrl.pathname.replace(/\/$/, ''),
    }
  }

  #northboundSetup(): Northbound {
    const { paths = NORTHBOUND_PATHS } = this.#options.northbound
    return { ...this.#setup('northbound', paths), destinationOf: (facts) => this.#destinationOf(facts) }
  }

  #destinationsBy(routes: RouteMap): Northbound['destinationOf'] {
    return routesBy(routes, (origin) => this.#upstreams.at('users', origin))
  }

  #plan(direction: Direction): ReadingPlan {
    const { catalogue, dccEuis, reading } = this.#options
    return readingPlan({ direction, catalogue, dccEuis, ...(reading && { limits: reading }) })
  }

  #listener(direction: Direction, setup: DirectionSetup, carry: Carry): HttpServer {
    const { metrics } = this
    metrics.watch('duisgate_held_bytes', [direction], () => setup.held.total)
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
    const context = new MessageContext(direction, exchange, this.#clock)
    const applied = this.#options.flags.sequence
    let result: MessageResult
    try {
      result = await carry(context)
    } catch (cause) {
      result = this.#failed(context, cause)
    }
    if (hasObserved(result)) await reportEvents(this.#outlet, context, result)
    this.#options.swaps?.handled(context.decision)
    send(context, result.answer)
    recordOutcome(this.#recorders, context, result, { table: this.#table, applied })
  }

  /** What nobody planned for: the sender learns only that it failed, the log learns why. */
  #failed(context: MessageContext, cause: unknown): MessageResult {
    context.cause = cause instanceof Error ? cause : new Error(String(cause))
    return refused({ limits: this.#limits }, context, 'GW_INTERNAL', {})
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
    metrics.watch('duisgate_journal_waiting_bytes', [], () => journal.waitingBytes)
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

async function listenOn(server: Server, { host, port }: ListenAddress): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject).listen(port, host, resolve)
  await promise
  server.off('error', reject)
}
