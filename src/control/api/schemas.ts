/** The words of the API as schemas, for more than one endpoint. */
import { z } from '@hono/zod-openapi'
import { instantOf } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import { type Month, parseMonth } from '../../core/report/span.ts'
import { ROLES } from '../../core/restriction/party.ts'
import { readDeviceId } from '../device-id.ts'

/** An instant as answers have it. */
export const timeSchema = z.string().openapi({ format: 'date-time', example: '2026-11-02T09:30:00.000Z' })

/**
 * A schema that has a name in the document, or null. `.nullable()` would not do: the generator then leaves the null out, or
 * puts it into the named schema for all its uses.
 */
export function orNull<Schema extends z.ZodType>(schema: Schema) {
  return z.union([schema, z.null()])
}

/** An instant in a request: ISO 8601 with a zone. */
export const givenTimeSchema = z.iso
  .datetime({ offset: true, error: 'Give a time with its zone, for example 2026-11-02T09:30:00Z.' })
  .transform((text) => instantOf(Date.parse(text)))
  .openapi({ type: 'string', format: 'date-time', example: '2026-11-02T09:30:00Z' })

export const roleSchema = z.enum(ROLES)

/** Who acted. */
export const actorSchema = z.strictObject({ party: z.string(), role: roleSchema, name: z.string() })

export const deviceIdSchema = z.string().openapi({ example: '00-DB-12-34-56-78-90-A0' })

/** A Device ID in a request. */
export const givenDeviceSchema = z
  .string()
  .max(64)
  .transform((text, issue): DeviceKey => {
    const key = readDeviceId(text)
    if (key !== undefined) return key
    issue.addIssue({ code: 'custom', message: 'Give the 16 hexadecimal digits of a Device ID.' })
    return z.NEVER
  })
  .openapi({ type: 'string', example: '00-DB-12-34-56-78-90-A0' })

/** A whole number of a query. `maximum` may be left out of the document where it is only that of the language. */
export function wholeNumberSchema(
  range: { readonly minimum: number; readonly maximum?: number; readonly default: number },
  description?: string,
) {
  return z.coerce
    .number()
    .int()
    .min(range.minimum)
    .max(range.maximum ?? Number.MAX_SAFE_INTEGER)
    .default(range.default)
    .openapi({ type: 'integer', ...range, ...(description === undefined ? {} : { description }) })
}

/** How many items of a listing are asked for. */
export const limitSchema = wholeNumberSchema({ minimum: 1, maximum: 500, default: 50 })

/** A calendar month in UTC. */
export const monthSchema = z
  .string()
  .transform((text, issue): Month => {
    const month = parseMonth(text)
    if (month) return month
    issue.addIssue({ code: 'custom', message: 'Give a year and a month, for example 2026-10.' })
    return z.NEVER
  })
  .openapi({ type: 'string', example: '2026-10', description: 'A calendar month in UTC.' })

export const countSchema = z.int().min(0)

export const cursorSchema = z
  .string()
  .max(2_000)
  .optional()
  .openapi({ description: 'The `next` of the page before.' })
