/** The finite bounds that an operator may move, with the defaults of the gateway and the reader themselves. */
import { z } from 'zod'
import { HOUR_MS } from '../core/device/durations.ts'
import { DEFAULT_READ_LIMITS as READING } from '../core/duis/reader.ts'
import { DEFAULT_GATEWAY_LIMITS as LIMITS } from '../gateway/limits.ts'
import { KIB, MIB, whole } from './kinds.ts'

/** Bounds of the message path; `drainMs` stands at the top level of a configuration. */
export const limitsSchema = z
  .strictObject({
    maxBodyBytes: whole(
      'bytes',
      64 * KIB,
      256 * MIB,
      LIMITS.maxBodyBytes,
      'The largest message that is accepted.',
    ),
    holdBytes: whole(
      'bytes',
      8 * KIB,
      16 * MIB,
      LIMITS.holdBytes,
      'Messages up to this size are held whole; longer ones stream.',
    ),
    tailBytes: whole(
      'bytes',
      1,
      MIB,
      LIMITS.tailBytes,
      'What a streamed message keeps back until its end is known to be good.',
    ),
    maxHeldBytes: whole(
      'bytes',
      MIB,
      64 * KIB * MIB,
      LIMITS.maxHeldBytes,
      'Bytes held for all messages of one listener together.',
    ),
    headersMs: whole(
      'milliseconds',
      100,
      HOUR_MS,
      LIMITS.headersMs,
      'Time in which the request line and headers must arrive.',
    ),
    idleBodyMs: whole('milliseconds', 100, HOUR_MS, LIMITS.idleBodyMs, 'The longest pause inside a body.'),
    requestMs: whole(
      'milliseconds',
      100,
      HOUR_MS,
      LIMITS.requestMs,
      'Time in which the whole request must arrive, and time in which its answer must be taken.',
    ),
    keepAliveMs: whole(
      'milliseconds',
      100,
      HOUR_MS,
      LIMITS.keepAliveMs,
      'How long an idle connection stays open.',
    ),
    lingerMs: whole(
      'milliseconds',
      0,
      60_000,
      LIMITS.lingerMs,
      'How long a refused connection stays so that its client can read the answer.',
    ),
    maxConnections: whole(
      'connections',
      1,
      100_000,
      LIMITS.maxConnections,
      'Open connections of one listener.',
    ),
    handshakeMs: whole(
      'milliseconds',
      100,
      10_000,
      LIMITS.handshakeMs,
      'Time in which a TLS handshake must be done.',
    ),
    maxHandshakes: whole(
      'handshakes',
      8,
      100_000,
      LIMITS.maxHandshakes,
      'TLS handshakes under way on one listener; above it the oldest is cut.',
    ),
    maxHeaderBytes: whole(
      'bytes',
      KIB,
      MIB,
      LIMITS.maxHeaderBytes,
      'Length of the request line and headers.',
    ),
    maxHeaders: whole('fields', 8, 2_000, LIMITS.maxHeaders, 'Number of header fields.'),
    maxReplyBytes: whole(
      'bytes',
      64 * KIB,
      256 * MIB,
      LIMITS.maxReplyBytes,
      'The largest reply that is passed on.',
    ),
    peerConnectMs: whole(
      'milliseconds',
      10,
      HOUR_MS,
      LIMITS.peerConnectMs,
      'Time in which a connection to the upstream must stand.',
    ),
    peerReplyMs: whole(
      'milliseconds',
      10,
      HOUR_MS,
      LIMITS.peerReplyMs,
      'The longest wait for a reply to begin, and the longest pause inside it.',
    ),
    peerConnections: whole('connections', 1, 10_000, LIMITS.peerConnections, 'Connections to one upstream.'),
    peerInFlight: whole(
      'messages',
      1,
      100_000,
      LIMITS.peerInFlight,
      'Messages sent or waiting to be sent to one upstream.',
    ),
    inFlightRequests: whole(
      'Requests',
      1,
      100_000_000,
      LIMITS.inFlightRequests,
      'Forwarded Requests remembered for a table with `inFlight: deliver`; about 40 bytes each.',
    ),
    drainNoticeMs: whole(
      'milliseconds',
      0,
      HOUR_MS,
      LIMITS.drainNoticeMs,
      'How long a drain says "not ready" before it stops taking connections.',
    ),
    drainIdleMs: whole(
      'milliseconds',
      0,
      HOUR_MS,
      LIMITS.drainIdleMs,
      'How long a drain leaves idle connections open.',
    ),
    retryAfterSeconds: whole(
      'seconds',
      1,
      3_600,
      LIMITS.retryAfterSeconds,
      'What Retry-After says with every 503.',
    ),
  })
  .prefault({})

/** Bounds of one message as the reader sees it. */
export const readingSchema = z
  .strictObject({
    maxDepth: whole('levels', 12, 256, READING.maxDepth, 'Depth of XML elements.'),
    maxNameBytes: whole('bytes', 64, 4 * KIB, READING.maxNameBytes, 'Length of one XML name.'),
    maxTagBytes: whole(
      'bytes',
      KIB,
      MIB,
      READING.maxTagBytes,
      'Length of one start tag with its attributes.',
    ),
    maxAttributes: whole('attributes', 8, 1_024, READING.maxAttributes, 'Attributes of one element.'),
    maxValueBytes: whole('bytes', 128, MIB, READING.maxValueBytes, 'Length of one ID, code or reference.'),
    maxDevices: whole(
      'Devices',
      50_000,
      10_000_000,
      READING.maxDevices,
      'Devices that one message may name.',
    ),
    maxClaims: whole('claims', 32, 10_000, READING.maxClaims, 'Kinds that one message may claim to be.'),
  })
  .prefault({})
