/**
 * The configuration of a gateway: every setting, its default, and what it accepts.
 *
 * This schema is the only list there is. `settings.ts` derives names and environment variables from it, `read-config.ts`
 * reads text into it, `schemas/config.schema.json` and docs/config.md are tested against it.
 */
import { z } from 'zod'
import { DEFAULT_READ_LIMITS as READING } from '../core/duis/reader.ts'
import { DEFAULT_GATEWAY_LIMITS as LIMITS } from '../gateway/limits.ts'
import {
  byKey,
  eui,
  euiText,
  HOUR_MS,
  httpUrl,
  KIB,
  listen,
  MIB,
  responseCode,
  says,
  whole,
} from './kinds.ts'

export const configSchema = z
  .strictObject({
    store: z
      .string()
      .min(1)
      .default('data/duisgate.db')
      .meta(
        says({
          description: 'The SQLite file that holds Devices and their Restricted flags.',
          accepts: 'the path of a file',
          example: '/var/lib/duisgate/duisgate.db',
          isPath: true,
        }),
      ),
    table: z
      .string()
      .min(1)
      .default('recommended')
      .meta(
        says({
          description: 'The restricted-SR table: a name under policy/, or a YAML file.',
          accepts: 'the name of a shipped table or the path of a .yaml file',
          example: 'recommended',
          isPath: true,
        }),
      ),
    dccEuis: z
      .array(eui)
      .min(1)
      .prefault(['90-B3-D5-1F-30-00-00-02'])
      .meta(
        says({
          description: 'EUI-64s of the DCC as business target or originator; never taken for a Device.',
          accepts: 'a list of EUI-64s',
          example: '90-B3-D5-1F-30-00-00-02',
        }),
      ),
    southbound: z
      .strictObject({
        listen: listen('127.0.0.1:8600', 'Where Service Users send Service Requests.'),
        dspUrl: httpUrl.prefault('http://127.0.0.1:8079').meta(
          says({
            description: 'The DSP adapter; the path of a request is kept.',
            accepts: 'an http or https URL',
            example: 'http://dsp-adapter:8079',
          }),
        ),
        paths: z
          .array(z.string().regex(/^\/[^\s?#]*$/))
          .min(1)
          .default(['/api/v1/serviceT', '/api/v1/serviceS', '/api/v1/serviceD'])
          .meta(
            says({
              description: 'Paths that are served: Transform, Send Command, Non-Device.',
              accepts: 'a list of paths that begin with /',
              example: '/api/v1/serviceT,/api/v1/serviceS,/api/v1/serviceD',
            }),
          ),
      })
      .prefault({}),
    northbound: z
      .strictObject({
        listen: listen('127.0.0.1:8601', 'Where the DSP adapter delivers Responses and Alerts.'),
        users: z
          .record(euiText, httpUrl)
          .transform(byKey)
          .prefault({})
          .meta(
            says({
              description: 'The Receive Response URL of each Service User, by EUI-64.',
              accepts: 'EUI-64 to http or https URL',
              example: '90-B3-D5-1F-30-01-00-00=http://supplier:9000/receive',
            }),
          ),
        fallback: httpUrl.optional().meta(
          says({
            description:
              'The URL for Service Users that `users` does not name; absent: such messages are refused.',
            accepts: 'an http or https URL',
            example: 'http://receive:9000/',
          }),
        ),
      })
      .prefault({}),
    control: z
      .strictObject({ listen: listen('127.0.0.1:8602', 'Where /healthz, /readyz and /metrics are served.') })
      .prefault({}),
    limits: z
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
        idleBodyMs: whole(
          'milliseconds',
          100,
          HOUR_MS,
          LIMITS.idleBodyMs,
          'The longest pause inside a body.',
        ),
        requestMs: whole(
          'milliseconds',
          100,
          HOUR_MS,
          LIMITS.requestMs,
          'Time in which the whole request must arrive.',
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
          'Time in which a connection to the far side must stand.',
        ),
        peerReplyMs: whole(
          'milliseconds',
          10,
          HOUR_MS,
          LIMITS.peerReplyMs,
          'The longest wait for a reply to begin, and the longest pause inside it.',
        ),
        peerConnections: whole(
          'connections',
          1,
          10_000,
          LIMITS.peerConnections,
          'Connections to one far side.',
        ),
        peerInFlight: whole(
          'messages',
          1,
          100_000,
          LIMITS.peerInFlight,
          'Messages sent or waiting to be sent to one far side.',
        ),
        retryAfterSeconds: whole(
          'seconds',
          1,
          3_600,
          LIMITS.retryAfterSeconds,
          'What Retry-After says with every 503.',
        ),
      })
      .prefault({}),
    reading: z
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
        maxValueBytes: whole(
          'bytes',
          128,
          MIB,
          READING.maxValueBytes,
          'Length of one ID, code or reference.',
        ),
      })
      .prefault({}),
    flags: z
      .strictObject({
        maxEntries: whole('Devices', 1, 50_000_000, 200_000, 'Device records kept in memory.'),
        maxStalenessMs: whole(
          'milliseconds',
          50,
          HOUR_MS,
          2_000,
          'The lease: past it a flag is stale and `onStale` counts.',
        ),
        lookupTimeoutMs: whole(
          'milliseconds',
          1,
          60_000,
          200,
          'Time a look-up has before the flag is unknown.',
        ),
        pollMs: whole('milliseconds', 10, 60_000, 250, 'How often the store is asked what has changed.'),
      })
      .prefault({}),
    journal: z
      .strictObject({
        folder: z
          .string()
          .min(1)
          .default('data/journal')
          .meta(
            says({
              description: 'The folder of the decision journal (metadata only, never a payload).',
              accepts: 'the path of a folder',
              example: '/var/lib/duisgate/journal',
              isPath: true,
            }),
          ),
        rotateBytes: whole(
          'bytes',
          64 * KIB,
          16 * KIB * MIB,
          64 * MIB,
          'Size at which a new journal file begins.',
        ),
      })
      .prefault({}),
    reject: z
      .strictObject({
        code: responseCode.default('E5').meta(
          says({
            description: 'ResponseCode of a rejection.',
            accepts: 'a DUIS ResponseCode: E or W and one to six digits',
            example: 'E5',
          }),
        ),
        codes: z
          .record(z.string().regex(/^\d{1,3}(?:\.\d{1,3})?$/), responseCode)
          .default({})
          .meta(
            says({
              description: 'ResponseCodes by schemaVersion of the request, where they differ from `code`.',
              accepts: 'schema version to DUIS ResponseCode',
              example: '5.4=E5',
            }),
          ),
      })
      .prefault({}),
    drainMs: whole(
      'milliseconds',
      0,
      HOUR_MS,
      LIMITS.drainMs,
      'Time that open requests have to end after SIGTERM.',
    ),
    log: z
      .strictObject({
        level: z
          .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
          .default('info')
          .meta(
            says({
              description: 'The least severe log line that is written.',
              accepts: 'fatal, error, warn, info, debug, trace or silent',
              example: 'info',
            }),
          ),
      })
      .prefault({}),
  })
  .meta({ title: 'duisgate configuration' })

/** What a gateway runs by; frozen once read. */
export type Config = z.output<typeof configSchema>
