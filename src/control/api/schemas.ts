/** The words of the API as schemas, for more than one endpoint. */
import { z } from '@hono/zod-openapi'
import { type Instant, instantOf } from '../../core/device/device.ts'
import { type DeviceKey, parseEui64 } from '../../core/duis/eui64.ts'
import { ROLES } from '../../core/restriction/party.ts'

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

export const deviceIdSchema = z.string().openapi({ example: '00-DB-12-34-56-78-90-A0' })

const SEPARATORS = /[\s:.-]/g

/** Reads a Device ID in any spelling: hyphens, colons, spaces or nothing between the pairs, in either letter case. */
export function readDeviceId(text: string): DeviceKey | undefined {
  const digits = text.replace(SEPARATORS, '')
  return parseEui64(digits.replace(/(..)(?!$)/g, '$1-'))
}

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

/** How many items of a listing are asked for. */
export const limitSchema = z.coerce
  .number()
  .int()
  .min(1)
  .max(500)
  .default(50)
  .openapi({ type: 'integer', minimum: 1, maximum: 500, default: 50 })

export const cursorSchema = z
  .string()
  .max(2_000)
  .optional()
  .openapi({ description: 'The `next` of the page before.' })

/** An instant in an answer. */
export function timeOf(instant: Instant): string {
  return new Date(instant).toISOString()
}

/** The same where there may be none: null. */
export function timeOrNull(instant: Instant | undefined): string | null {
  return instant === undefined ? null : timeOf(instant)
}

/** The keys of a literal record as an enumeration's values. */
export function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): [Key, ...Key[]] {
  return Object.keys(record) as [Key, ...Key[]]
}
