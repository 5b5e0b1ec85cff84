/**
 * The configuration of a gateway: every setting, its default, and what it accepts.
 *
 * This schema is the only list there is. `settings.ts` derives names and environment variables from it, `read-config.ts`
 * reads text into it, `schemas/config.schema.json` and docs/config.md are tested against it.
 */
import { z } from 'zod'
import { type DeviceKey, parseEui64 } from '../core/duis/eui64.ts'

/** Where a listener stands. Port 0 lets the system choose. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** What `accepts` says must read on after "give …". */
interface SettingMeta {
  readonly description: string
  readonly accepts: string
  /** As text, the way `--set` and the environment take it. */
  readonly example: string
  /** A file or folder: relative text counts from the config file, else from the working folder. */
  readonly isPath?: boolean
}

const listen = (fallback: string, description: string) =>
  z
    .string()
    .regex(/^\S+:\d{1,5}$/)
    .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535)
    .transform(listenAddressOf)
    .prefault(fallback)
    .meta(says({ description, accepts: 'HOST:PORT, port 0 to 65535', example: fallback }))

function listenAddressOf(text: string): ListenAddress {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}

const httpUrl = z
  .string()
  .refine(isHttpUrl)
  .transform((text) => new URL(text))

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.hash === ''
}

const euiText = z.string().regex(/^[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){7}$/)

const eui = euiText.transform((text, context): DeviceKey => {
  const key = parseEui64(text)
  if (key !== undefined) return key
  context.addIssue('not an EUI-64')
  return z.NEVER
})

/** URLs by the key of an EUI-64: letter case does not matter. */
function byKey(urls: Readonly<Record<string, URL>>): ReadonlyMap<DeviceKey, URL> {
  return new Map(
    Object.entries(urls).flatMap(([text, url]) => {
      const key = parseEui64(text)
      return key === undefined ? [] : [[key, url] as const]
    }),
  )
}

const whole = (unit: string, least: number, most: number, fallback: number, description: string) =>
  z
    .int()
    .min(least)
    .max(most)
    .default(fallback)
    .meta(
      says({
        description,
        accepts: `a whole number of ${unit} from ${least} to ${most}`,
        example: `${fallback}`,
      }),
    )

const responseCode = z.string().regex(/^[EW]\d{1,6}$/)

/** Keeps the entries of every setting's description of one form. */
function says(meta: SettingMeta): SettingMeta & Record<string, unknown> {
  return { ...meta }
}

const KIB = 1024
const MIB = 1024 * KIB
const HOUR_MS = 3_600_000

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
        maxMessageBytes: whole('bytes', 64 * KIB, 256 * MIB, 16 * MIB, 'The largest message that is read.'),
        maxHeldBytes: whole(
          'bytes',
          16 * KIB,
          16 * MIB,
          256 * KIB,
          'Messages up to this size are held whole.',
        ),
        maxDepth: whole('levels', 12, 256, 32, 'Depth of XML elements.'),
        maxNameBytes: whole('bytes', 64, 4 * KIB, 256, 'Length of one XML name.'),
        maxTagBytes: whole('bytes', KIB, MIB, 16 * KIB, 'Length of one start tag with its attributes.'),
        maxAttributes: whole('attributes', 8, 1_024, 64, 'Attributes of one element.'),
        maxValueBytes: whole('bytes', 128, MIB, 4 * KIB, 'Length of one ID, code or reference.'),
        maxConnections: whole('connections', 1, 100_000, 4_096, 'Open connections of each listener.'),
        idleTimeoutMs: whole(
          'milliseconds',
          100,
          HOUR_MS,
          30_000,
          'Time without a byte before a sender is cut off.',
        ),
        farSideTimeoutMs: whole('milliseconds', 100, HOUR_MS, 30_000, 'Time the far side has to answer.'),
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
    drainMs: whole('milliseconds', 0, HOUR_MS, 10_000, 'Time that open requests have to end after SIGTERM.'),
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
