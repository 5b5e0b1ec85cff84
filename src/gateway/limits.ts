/**
 * Every finite bound of the message path, in one place. Defaults are chosen against the largest legal message
 * (SRV 11.1 with a full firmware image and 50,000 Devices: 14.9 MB) and against slow or endless clients.
 */

/** Bytes unless the name says otherwise; `Ms` are milliseconds. */
export interface GatewayLimits {
  /** A longer body is answered 413. */
  readonly maxBodyBytes: number
  /** Bodies up to this are held whole and go out in one write; longer ones stream. */
  readonly holdBytes: number
  /** What a streamed message always keeps back until its end is known to be good. */
  readonly tailBytes: number
  /** Bytes held for all messages of one listener together; above it new messages are answered 503. */
  readonly maxHeldBytes: number
  /** Request line and headers must have arrived after this long. */
  readonly headersMs: number
  /** Longest pause inside a body. */
  readonly idleBodyMs: number
  /** The whole request must have arrived after this long, however steadily it drips, and its answer been taken after as long. */
  readonly requestMs: number
  /** How long an idle keep-alive connection stays open. */
  readonly keepAliveMs: number
  /** How long a refused connection is kept so that its client can read the answer. */
  readonly lingerMs: number
  readonly maxConnections: number
  /** A TLS handshake must be done after this long. */
  readonly handshakeMs: number
  /** TLS handshakes under way on one listener; above it the oldest is cut. */
  readonly maxHandshakes: number
  readonly maxHeaderBytes: number
  readonly maxHeaders: number
  /** A peer's reply longer than this is not passed on. */
  readonly maxReplyBytes: number
  readonly peerConnectMs: number
  /** Longest wait for a peer's reply to begin, and longest pause inside it. */
  readonly peerReplyMs: number
  readonly peerConnections: number
  /** Messages sent or waiting to be sent to one peer; above it the answer is 503. */
  readonly peerInFlight: number
  /** Forwarded Requests remembered for a table with `inFlight: deliver`, some forty bytes each; the oldest make room. */
  readonly inFlightRequests: number
  /** What `Retry-After` says with every 503. */
  readonly retryAfterSeconds: number
  /** How long a drain says "not ready" before it stops taking connections, so that a balancer can look elsewhere. */
  readonly drainNoticeMs: number
  /** How long a drain leaves idle connections open: their next reply says `Connection: close`. */
  readonly drainIdleMs: number
  /** How long a drain waits for messages in flight, from its beginning. */
  readonly drainMs: number
}

export const DEFAULT_GATEWAY_LIMITS: GatewayLimits = {
  maxBodyBytes: 20_000_000,
  holdBytes: 262_144,
  tailBytes: 4_096,
  maxHeldBytes: 268_435_456,
  headersMs: 10_000,
  idleBodyMs: 30_000,
  requestMs: 120_000,
  keepAliveMs: 60_000,
  lingerMs: 1_000,
  maxConnections: 10_000,
  handshakeMs: 5_000,
  maxHandshakes: 512,
  maxHeaderBytes: 16_384,
  maxHeaders: 64,
  maxReplyBytes: 20_000_000,
  peerConnectMs: 5_000,
  peerReplyMs: 30_000,
  peerConnections: 256,
  peerInFlight: 1_024,
  inFlightRequests: 1_048_576,
  retryAfterSeconds: 5,
  drainNoticeMs: 0,
  drainIdleMs: 1_000,
  drainMs: 30_000,
}
