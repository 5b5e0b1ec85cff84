/**
 * The configuration of a gateway: every setting, its default, and what it accepts.
 *
 * This schema is the only list there is. `settings.ts` derives names and environment variables from it, `read-config.ts`
 * reads text into it, `schemas/config.schema.json` and docs/config.md are tested against it.
 */
import { z } from 'zod'
import { HOUR_MS } from '../core/device/durations.ts'
import { DEFAULT_FLAG_LIMITS as FLAGS } from '../flags/flag-limits.ts'
import { DEFAULT_GATEWAY_LIMITS } from '../gateway/limits.ts'
import { auditSchema, controlPlaneSchema, reportsSchema, retentionSchema } from './control-plane.ts'
import {
  BASE_URL,
  baseUrl,
  bounds,
  byKey,
  eui,
  euiText,
  HTTP_URL,
  httpUrl,
  KIB,
  listen,
  MIB,
  pathList,
  responseCode,
  setting,
  whole,
  yesOrNo,
} from './kinds.ts'
import { limitsSchema, readingSchema } from './limits.ts'
import { noticeProblems, noticesSchema } from './notices.ts'
import { credentialsSchema, partiesSchema, partyProblems } from './parties.ts'
import { rulesSchema } from './rules.ts'
import { signInProblems } from './sign-in.ts'
import { storeSchema } from './store.ts'
import {
  clientTlsSchema,
  northboundTlsSchema,
  serverTlsSchema,
  signingSchema,
  southboundTlsSchema,
  tlsProblems,
} from './tls.ts'

export const configSchema = z
  .strictObject({
    store: storeSchema,
    gatewayId: setting(z.string().min(1).max(100).optional(), {
      description:
        'The name under which this gateway reports to the store; absent: host name and southbound port. No two may share one. Each of several workers adds its number.',
      accepts: 'a name of up to 100 characters',
      example: 'gateway-a',
    }),
    workers: setting(
      z
        .union([z.int().min(1).max(64), z.string().regex(/^(?:auto|[1-9]|[1-5]\d|6[0-4])$/)])
        .transform((given) => (given === 'auto' ? given : Number(given)))
        .prefault(1),
      {
        description:
          'Processes that share the listeners; auto: one for each core. With one for each core or more, each collects garbage by itself: docs/scaling.md.',
        accepts: 'a whole number of processes from 1 to 64, or auto',
        example: 'auto',
      },
    ),
    table: setting(z.string().min(1).default('recommended'), {
      description:
        'The restricted-SR table: a name under policy/, a YAML file, or `store` for the one that two people put in force there.',
      accepts: 'store, the name of a shipped table or the path of a .yaml file',
      example: 'recommended',
      isPath: true,
    }),
    shadowTable: setting(z.string().min(1).optional(), {
      description:
        'A second table on trial: decided by as well, compared and counted, never acted on. With `table: store` proposals name it.',
      accepts: 'the name of a shipped table or the path of a .yaml file',
      example: 'seed-2023-04-literal',
      isPath: true,
    }),
    dccEuis: setting(z.array(eui).min(1).prefault(['90-B3-D5-1F-30-00-00-02']), {
      description: 'EUI-64s of the DCC as business target or originator; never taken for a Device.',
      accepts: 'a list of EUI-64s',
      example: '90-B3-D5-1F-30-00-00-02',
    }),
    southbound: z
      .strictObject({
        listen: listen('127.0.0.1:8600', 'Where Service Users send Service Requests.'),
        dspUrl: setting(baseUrl.prefault('http://127.0.0.1:8079'), {
          description: 'The DSP adapter; path and query of a request are put behind it.',
          accepts: BASE_URL,
          example: 'http://dsp-adapter:8079',
        }),
        paths: pathList(
          ['/api/v1/serviceT', '/api/v1/serviceS', '/api/v1/serviceD'],
          'Paths that are served: Transform, Send Command, Non-Device.',
        ),
        tls: southboundTlsSchema,
        dspTls: clientTlsSchema,
      })
      .prefault({}),
    northbound: z
      .strictObject({
        listen: listen('127.0.0.1:8601', 'Where the DSP adapter delivers Responses and Alerts.'),
        paths: pathList(['/', '/api/v1/receive'], 'Paths that are served.'),
        users: setting(z.record(euiText, httpUrl).transform(byKey).prefault({}), {
          description: 'The Receive Response URL of each Service User, by EUI-64.',
          accepts: `EUI-64 to ${HTTP_URL.replace('an ', '')}`,
          example: '90-B3-D5-1F-30-01-00-00=http://supplier:9000/receive',
        }),
        fallback: setting(httpUrl.optional(), {
          description:
            'The URL for Service Users that `users` does not name; absent: such messages are refused.',
          accepts: HTTP_URL,
          example: 'http://receive:9000/',
        }),
        tls: northboundTlsSchema,
        usersTls: clientTlsSchema,
      })
      .prefault({}),
    control: z
      .strictObject({
        listen: listen('127.0.0.1:8602', 'Where /healthz, /readyz and /metrics are served.'),
        tls: serverTlsSchema,
      })
      .prefault({}),
    signing: signingSchema,
    controlPlane: controlPlaneSchema,
    parties: partiesSchema,
    credentials: credentialsSchema,
    notices: noticesSchema,
    audit: auditSchema,
    limits: limitsSchema,
    reading: readingSchema,
    markup: z
      .strictObject({
        learn: yesOrNo(
          true,
          'Whether the markup of messages is learned, so that those of the same markup need not be read again.',
        ),
        checkOneIn: whole(
          'messages',
          0,
          1_000_000,
          1_000,
          'Of so many messages of known markup one is read all the same, afterwards, and compared. 0: none.',
        ),
      })
      .prefault({}),
    secondReader: z
      .strictObject({
        oneIn: whole(
          'messages',
          0,
          1_000_000,
          1_000,
          'Of so many messages one is read again after its verdict, by a reader that shares nothing with the first, and compared; at most 20 a second. 0: none.',
        ),
      })
      .prefault({}),
    flags: z
      .strictObject({
        ...bounds(FLAGS, {
          maxEntries: ['Devices', 1, 50_000_000, 'Device records kept in memory.'],
          maxStalenessMs: [
            'milliseconds',
            50,
            HOUR_MS,
            'The lease: past it a flag is stale and `onStale` counts.',
          ],
          maxClockBehindMs: [
            'milliseconds',
            100,
            HOUR_MS,
            "How far this machine's clock may be behind the store's; past it the gateway is waited for and nothing is called in force.",
          ],
          lookupTimeoutMs: ['milliseconds', 1, 60_000, 'Time a look-up has before the flag is unknown.'],
          pollMs: ['milliseconds', 10, 60_000, 'How often the store is asked what has changed.'],
        }),
        index: yesOrNo(
          true,
          'Whether all Devices with a flag are kept in an index, so that a clear one needs no look-up.',
        ),
        ...bounds(FLAGS, {
          maxIndexed: [
            'Devices',
            1,
            50_000_000,
            'With more flags than this in the store there is no index: about 100 MB at the default.',
          ],
        }),
      })
      .prefault({}),
    journal: z
      .strictObject({
        folder: setting(z.string().min(1).default('data/journal'), {
          description: 'The folder of the decision journal (metadata only, never a payload).',
          accepts: 'the path of a folder',
          example: '/var/lib/duisgate/journal',
          isPath: true,
        }),
        rotateBytes: whole(
          'bytes',
          64 * KIB,
          16 * KIB * MIB,
          64 * MIB,
          'Size at which a new journal file begins.',
        ),
        compress: yesOrNo(
          false,
          'Whether a journal file is compressed with zstd once another has begun; reports read both.',
        ),
      })
      .prefault({}),
    rules: rulesSchema,
    reports: reportsSchema,
    retention: retentionSchema,
    reject: z
      .strictObject({
        code: setting(responseCode.default('E5'), {
          description: 'ResponseCode of a rejection.',
          accepts: 'a DUIS ResponseCode: E or W and one to six digits',
          example: 'E5',
        }),
        codes: setting(z.record(z.string().regex(/^\d{1,3}(?:\.\d{1,3})?$/), responseCode).default({}), {
          description: 'ResponseCodes by schemaVersion of the request, where they differ from `code`.',
          accepts: 'schema version to DUIS ResponseCode',
          example: '5.4=E5',
        }),
      })
      .prefault({}),
    drainMs: whole(
      'milliseconds',
      0,
      HOUR_MS,
      DEFAULT_GATEWAY_LIMITS.drainMs,
      'Time that open requests have to end after SIGTERM.',
    ),
    log: z
      .strictObject({
        level: setting(
          z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
          {
            description: 'The least severe log line that is written.',
            accepts: 'fatal, error, warn, info, debug, trace or silent',
            example: 'info',
          },
        ),
      })
      .prefault({}),
  })
  .superRefine(({ parties, credentials, notices }, context) => {
    const problems = [...partyProblems(parties, credentials), ...noticeProblems(parties, notices)]
    for (const { path, text } of problems)
      context.addIssue({ code: 'custom', path: [...path], message: text })
  })
  .superRefine((config, context) => {
    for (const { path, text } of [...tlsProblems(config), ...signInProblems(config)])
      context.addIssue({ code: 'custom', path: [...path], message: text, params: { isWhole: true } })
  })
  .meta({ title: 'duisgate configuration' })

/** What a gateway runs by; frozen once read. */
export type Config = z.output<typeof configSchema>
