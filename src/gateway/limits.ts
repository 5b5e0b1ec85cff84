/**
 * Every finite bound of the message path, in one place. Defaults are chosen against the largest legal message
 * (SRV 11.1 with a full firmware image and 50,000 Devices: 14.9 MB) and against slow or endless clients.
 */

/** Bytes unless the name says otherwise; `Ms` are milliseconds. */
export const DEFAULT_GATEWAY_LIMITS = {
  /** A longer body is answered 413. */
  maxBodyBytes: 20_000_000,
  /** Bodies up to this are held whole and go out in one write; longer ones stream. */
  holdBytes: 262_144,
  /** What a streamed message always keeps back until its end is known to be good. */
  tailBytes: 4_096,
  /** Bytes held for all messages of one listener together; above it new messages are answered 503. */
  maxHeldBytes: 268_435_456,
  /** Request line and headers must have arrived after this long. */
  headersMs: 10_000,
  /** Longest pause inside a body. */
  idleBodyMs: 30_000,
  /** The whole request must have arrived after this long, however steadily it drips, and its answer been taken after as long. */
  requestMs: 120_000,
  /** How long an idle keep-alive connection stays open. */
  keepAliveMs: 60_000,
  /** How long a refused connection is kept so that its client can read the answer. */
  lingerMs: 1_000,
  maxConnections: 10_000,
  /** A TLS handshake must be done after this long. */
  handshakeMs: 5_000,
  /** TLS handshakes under way on one listener; above it the oldest is cut. */
  maxHandshakes: 512,
  maxHeaderBytes: 16_384,
  maxHeaders: 64,
  /** An upstream's reply longer than this is not passed on. */
  maxReplyBytes: 20_000_000,
  peerConnectMs: 5_000,
  /** Longest wait for an upstream's reply to begin, and longest pause inside it. */
  peerReplyMs: 30_000,
  peerConnections: 256,
  /** Messages sent or waiting to be sent to one upstream; above it the answer is 503. */
  peerInFlight: 1_024,
  /** Forwarded Requests remembered for a table with `inFlight: deliver`, some forty bytes each; the oldest make room. */
  inFlightRequests: 1_048_576,
  /** What `Retry-After` says with every 503. */
  retryAfterSeconds: 5,
  /** How long a drain says "not ready" before it stops taking connections, so that a balancer can look elsewhere. */
  drainNoticeMs: 0,
  /** How long a drain leaves idle connections open: their next reply says `Connection: close`. */
  drainIdleMs: 1_000,
  /** How long a drain waits for messages in flight, from its beginning. */
  drainMs: 30_000,
}
export type GatewayLimits = Readonly<typeof DEFAULT_GATEWAY_LIMITS>
