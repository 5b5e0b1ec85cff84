/** The finite bounds that an operator may move, with the defaults of the gateway and the reader themselves. */
import { z } from 'zod'
import { HOUR_MS } from '../core/device/durations.ts'
import { DEFAULT_READ_LIMITS as READING } from '../core/duis/read-limits.ts'
import { DEFAULT_GATEWAY_LIMITS as LIMITS } from '../gateway/limits.ts'
import { bounds, KIB, MIB } from './kinds.ts'

/** Bounds of the message path; `drainMs` stands at the top level of a configuration. */
export const limitsSchema = z
  .strictObject(
    bounds(LIMITS, {
      maxBodyBytes: ['bytes', 64 * KIB, 256 * MIB, 'The largest message that is accepted.'],
      holdBytes: ['bytes', 8 * KIB, 16 * MIB, 'Messages up to this size are held whole; longer ones stream.'],
      tailBytes: ['bytes', 1, MIB, 'What a streamed message keeps back until its end is known to be good.'],
      maxHeldBytes: ['bytes', MIB, 64 * KIB * MIB, 'Bytes held for all messages of one listener together.'],
      headersMs: ['milliseconds', 100, HOUR_MS, 'Time in which the request line and headers must arrive.'],
      idleBodyMs: ['milliseconds', 100, HOUR_MS, 'The longest pause inside a body.'],
      requestMs: [
        'milliseconds',
        100,
        HOUR_MS,
        'Time in which the whole request must arrive, and time in which its answer must be taken.',
      ],
      keepAliveMs: ['milliseconds', 100, HOUR_MS, 'How long an idle connection stays open.'],
      lingerMs: [
        'milliseconds',
        0,
        60_000,
        'How long a refused connection stays so that its client can read the answer.',
      ],
      maxConnections: ['connections', 1, 100_000, 'Open connections of one listener.'],
      handshakeMs: ['milliseconds', 100, 10_000, 'Time in which a TLS handshake must be done.'],
      maxHandshakes: [
        'handshakes',
        8,
        100_000,
        'TLS handshakes under way on one listener; above it the oldest is cut.',
      ],
      maxHeaderBytes: ['bytes', KIB, MIB, 'Length of the request line and headers.'],
      maxHeaders: ['fields', 8, 2_000, 'Number of header fields.'],
      maxReplyBytes: ['bytes', 64 * KIB, 256 * MIB, 'The largest reply that is passed on.'],
      peerConnectMs: ['milliseconds', 10, HOUR_MS, 'Time in which a connection to the upstream must stand.'],
      peerReplyMs: [
        'milliseconds',
        10,
        HOUR_MS,
        'The longest wait for a reply to begin, and the longest pause inside it.',
      ],
      peerConnections: ['connections', 1, 10_000, 'Connections to one upstream.'],
      peerInFlight: ['messages', 1, 100_000, 'Messages sent or waiting to be sent to one upstream.'],
      inFlightRequests: [
        'Requests',
        1,
        100_000_000,
        'Forwarded Requests remembered for a table with `inFlight: deliver`; about 40 bytes each.',
      ],
      drainNoticeMs: [
        'milliseconds',
        0,
        HOUR_MS,
        'How long a drain says "not ready" before it stops taking connections.',
      ],
      drainIdleMs: ['milliseconds', 0, HOUR_MS, 'How long a drain leaves idle connections open.'],
      retryAfterSeconds: ['seconds', 1, 3_600, 'What Retry-After says with every 503.'],
    }),
  )
  .prefault({})

/** Bounds of one message as the reader sees it. */
export const readingSchema = z
  .strictObject(
    bounds(READING, {
      maxDepth: ['levels', 12, 256, 'Depth of XML elements.'],
      maxNameBytes: ['bytes', 64, 4 * KIB, 'Length of one XML name.'],
      maxTagBytes: ['bytes', KIB, MIB, 'Length of one start tag with its attributes.'],
      maxAttributes: ['attributes', 8, 1_024, 'Attributes of one element.'],
      maxValueBytes: ['bytes', 128, MIB, 'Length of one ID, code or reference.'],
      maxDevices: ['Devices', 50_000, 10_000_000, 'Devices that one message may name.'],
      maxClaims: ['claims', 32, 10_000, 'Kinds that one message may claim to be.'],
    }),
  )
  .prefault({})
