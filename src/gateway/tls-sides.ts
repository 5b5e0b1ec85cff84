/**
 * TLS of the gateway's sides: the doors of its listeners, the connections to its upstreams, whose messages a caller may
 * send, and what `/metrics` says of the files.
 */
import type { X509Certificate } from 'node:crypto'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { Direction, MessageFacts } from '../core/duis/facts.ts'
import { observationServer, type Readiness } from '../observe/health.ts'
import type { Logger } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { TlsDialer } from '../tls/dialer.ts'
import { type HandshakeLimits, TlsDoor } from '../tls/door.ts'
import { httpsServer } from '../tls/https-server.ts'
import type { TlsMaterial } from '../tls/material.ts'
import type { NobodysReason } from '../tls/reasons.ts'
import { ResponseSigner } from '../tls/response-signer.ts'
import type { GatewayFaultCode } from './faults.ts'
import type { MessageContext } from './message-context.ts'

/** Whom a certificate stands for. */
export interface Caller {
  /** ID of the party; for the log. */
  readonly party: string
  /** EUI-64s in whose name it may send Service Requests. */
  readonly euis: ReadonlySet<DeviceKey>
}

export interface ListenerTls {
  readonly material: TlsMaterial
  /** Whom a certificate stands for, or why for nobody who may connect. */
  readonly callerOf: (certificate: X509Certificate) => Caller | NobodysReason
}

/** Each side that is absent speaks plain HTTP. */
export interface GatewayTls {
  readonly southbound?: ListenerTls | undefined
  readonly northbound?: ListenerTls | undefined
  readonly dsp?: TlsMaterial | undefined
  readonly users?: TlsMaterial | undefined
  readonly observation?: TlsMaterial | undefined
  /** Certificate and key that sign the Responses of the gateway; unsigned when absent. */
  readonly signing?: TlsMaterial | undefined
}

/** The DSP, or the Receive Response Services of the Users. */
export type UpstreamSide = 'dsp' | 'users'

interface TlsSidesOptions {
  readonly tls: GatewayTls
  readonly limits: HandshakeLimits
  readonly log: Logger
  readonly metrics: Metrics
}

export class TlsSides {
  readonly #options: TlsSidesOptions
  readonly #signer: ResponseSigner | undefined
  readonly #doors: Readonly<Record<Direction, TlsDoor<Caller> | undefined>>
  readonly #dialers: Readonly<Record<UpstreamSide, TlsDialer | undefined>>

  constructor(options: TlsSidesOptions) {
    const { tls, log, metrics } = options
    this.#options = options
    const doorTo = (side: ListenerTls | undefined) => side && new TlsDoor({ ...options, ...side })
    const dialerOf = (material: TlsMaterial | undefined) =>
      material && new TlsDialer({ material, log, metrics })
    this.#doors = { southbound: doorTo(tls.southbound), northbound: doorTo(tls.northbound) }
    this.#dialers = { dsp: dialerOf(tls.dsp), users: dialerOf(tls.users) }
    const { southbound, northbound, dsp, users, observation, signing } = tls
    const materials = [southbound?.material, northbound?.material, dsp, users, observation, signing]
    this.#signer = signing && new ResponseSigner(signing, log)
    for (const material of materials) if (material) watchFiles(metrics, material)
  }

  /** Signs a Response; undefined where they go out unsigned. */
  get sign(): ((document: string) => string) | undefined {
    return this.#signer?.sign
  }

  /** What stands before the connections of a listener; nothing where it speaks plain HTTP. */
  door(direction: Direction): TlsDoor<Caller> | undefined {
    return this.#doors[direction]
  }

  /** How connections to an origin are opened; undefined for plain TCP. Throws for https without CAs. */
  opener(side: UpstreamSide, origin: URL): ((onOpen: () => void) => Socket) | undefined {
    if (origin.protocol !== 'https:') return undefined
    const dialer = this.#dialers[side]
    if (!dialer) throw new Error(`${origin.origin} is https, and no CAs are configured for it`)
    return dialer.to(origin)
  }

  /** Where health and metrics are served. */
  observationServer(readiness: () => Readiness): Server {
    const { tls, log, metrics } = this.#options
    const { observation: material } = tls
    if (!material) return observationServer({ metrics, readiness })
    return observationServer({ metrics, readiness }, (options, listener) =>
      httpsServer({ material, log, metrics }, options, listener),
    )
  }

  /** A Service Request names its originator; with TLS that must be one of the caller's own EUI-64s. */
  readonly objectionToOriginator = (
    context: MessageContext,
    facts: MessageFacts,
  ): GatewayFaultCode | undefined => {
    const door = this.#doors.southbound
    if (!door) return undefined
    const caller = door.callerOf(context.exchange.socket)
    const isOwn = facts.requestId !== undefined && facts.user !== undefined && caller?.euis.has(facts.user)
    if (isOwn) return undefined
    const { decision } = context
    this.#options.log.warn(
      { decision, party: caller?.party },
      'a certificate does not stand for the originator of a message',
    )
    return 'GW_ORIGINATOR'
  }
}

/** Seconds, as the metrics have them. */
function secondsUntil(atMs: number | undefined): number {
  return atMs === undefined ? Number.POSITIVE_INFINITY : (atMs - Date.now()) / 1_000
}

function watchFiles(metrics: Metrics, material: TlsMaterial): void {
  const { side } = material
  metrics.watch('duisgate_tls_files_ok', [side], () => (material.faults.length === 0 ? 1 : 0))
  metrics.watch('duisgate_tls_certificate_seconds', [side], () => secondsUntil(material.certificateEndMs))
  metrics.watch('duisgate_crl_next_update_seconds', [side], () => secondsUntil(material.crlEndMs))
}
