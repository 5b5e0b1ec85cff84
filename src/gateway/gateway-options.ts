/** What a gateway is started with. */
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { ReadLimits } from '../core/duis/read-limits.ts'
import type { Table } from '../core/policy/table.ts'
import type { ListenAddress } from '../http1/server.ts'
import type { Journal } from '../journal/file-journal.ts'
import type { Clock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Flags } from './judge.ts'
import type { MarkupOptions } from './known-markup.ts'
import type { GatewayLimits } from './limits.ts'
import type { ObservedMessage, SwapWatch } from './observed-events.ts'
import type { ResponseCodes } from './reject.ts'
import type { SafetyRecords } from './safety-check.ts'
import type { TapSocket } from './tap.ts'
import type { GatewayTls } from './tls-sides.ts'

/** What the gateway asks of the flags beyond readings: whether it may call itself ready, and what to measure. */
interface LiveFlags extends Flags {
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
  /** The store itself, for the safety check of messages that went on; absent: only stopped ones are checked. */
  readonly records?: SafetyRecords
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
  /** TLS of listeners and towards upstreams; plain HTTP when absent. */
  readonly tls?: GatewayTls
  /** Where `/healthz`, `/readyz` and `/metrics` are served; nowhere when absent. */
  readonly observation?: ListenAddress
  /** Request fields that travel on beside `REQUEST_FIELDS`. */
  readonly requestFields?: readonly string[]
  /** Reply fields that travel back beside `REPLY_FIELDS`. */
  readonly replyFields?: readonly string[]
  readonly limits?: Partial<GatewayLimits>
  readonly reading?: Partial<ReadLimits>
  /** Absent: markup is learned, and no message is checked. */
  readonly markup?: MarkupOptions
  readonly responseCodes?: ResponseCodes
  readonly journal: Journal
  /**
   * Told of each message in which a row observed events, before its sender is answered: the answer waits for it. When it
   * rejects, that is logged and the answer goes out all the same, for the upstream already has the message.
   */
  readonly onEvents?: (seen: ObservedMessage) => Promise<void>
  /** Told of every message before it goes on; nobody when absent. */
  readonly swaps?: SwapWatch | undefined
  /** Where messages are watched, for a capture; nowhere when absent. */
  readonly taps?: TapSocket
  readonly log: Logger
  /** Made new when absent. */
  readonly metrics?: Metrics
  readonly clock?: Clock
}
