/** The kinds of value that settings take: addresses, URLs, EUI-64s, whole numbers, each with what it accepts. */

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
  /** No message shows its value. */
  readonly isSecret?: boolean
}

/** A host, a colon, and a port up to 65535. */
const ADDRESS = /^\S+:(?:\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/

const address = z.string().regex(ADDRESS).transform(listenAddressOf)

/** `HOST:PORT`, an IPv6 host in brackets. */
export const listen = (fallback: string, description: string) =>
  setting(address.prefault(fallback), {
    description,
    accepts: 'HOST:PORT, port 0 to 65535',
    example: fallback,
  })

/** The address of a listener that need not be. */
export const optionalListen = (description: string, example: string) =>
  setting(address.optional(), {
    description,
    accepts: 'HOST:PORT, port 0 to 65535',
    example,
  })

function listenAddressOf(text: string): ListenAddress {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}

/** Paths of a listener, compared as they are written. */
export const pathList = (fallback: readonly string[], description: string) =>
  setting(
    z
      .array(z.string().regex(/^\/[^\s?#]*$/))
      .min(1)
      .default([...fallback]),
    { description, accepts: 'a list of paths that begin with /', example: fallback.join(',') },
  )

/** Parts of a URL beyond scheme, host and port. */
type UrlPart = 'path' | 'query'

/** A URL that is used as it is written: one with a part that would be left out is refused, user and password always. */
function urlOf(parts: readonly UrlPart[]) {
  const isUsedWhole = ({ protocol, username, password, pathname, search, hash }: URL) =>
    /^https?:$/.test(protocol) &&
    `${username}${password}${hash}` === '' &&
    (pathname === '/' || parts.includes('path')) &&
    (search === '' || parts.includes('query'))
  return z
    .string()
    .refine((text) => {
      const url = URL.parse(text)
      return url !== null && isUsedWhole(url)
    })
    .transform((text) => new URL(text))
}

/** With path and query. */
export const httpUrl = urlOf(['path', 'query'])
export const HTTP_URL = 'an http or https URL, with path and query where needed, without user and password'

/** What a path is put behind. */
export const baseUrl = urlOf(['path'])
export const BASE_URL = 'an http or https URL, with a path where needed, without query, user and password'

/** Scheme, host and port alone. */
export const originUrl = urlOf([])
export const ORIGIN_URL = 'an http or https URL of scheme, host and port alone'

/** An EUI-64 in either letter case, still as text. What is none is not looked at any further, for it never becomes a key. */
export const euiText = z.string().regex(/^[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){7}$/, {
  abort: true,
  error: 'give an EUI-64: eight pairs of hexadecimal digits with hyphens between',
})

/** An EUI-64 as its 64-bit key. */
export const eui = euiText.transform((text, context): DeviceKey => {
  const key = parseEui64(text)
  if (key !== undefined) return key
  context.addIssue('not an EUI-64')
  return z.NEVER
})

/** URLs by the key of an EUI-64: letter case does not matter. */
export function byKey(urls: Readonly<Record<string, URL>>): ReadonlyMap<DeviceKey, URL> {
  return new Map(
    Object.entries(urls).flatMap(([text, url]) => {
      const key = parseEui64(text)
      return key === undefined ? [] : [[key, url] as const]
    }),
  )
}

/** A whole number within a range, with its default. */
export const whole = (unit: string, least: number, most: number, fallback: number, description: string) =>
  setting(z.int().min(least).max(most).default(fallback), {
    description,
    accepts: `a whole number of ${unit} from ${least} to ${most}`,
    example: `${fallback}`,
  })

type Bound = readonly [unit: string, least: number, most: number, description: string]

/** Whole numbers whose defaults stand elsewhere under the same names. */
export function bounds<const Bounds extends Readonly<Record<string, Bound>>>(
  defaults: Readonly<Record<keyof Bounds, number>>,
  all: Bounds,
) {
  const entries = Object.entries(all).map(([name, [unit, least, most, description]]) => [
    name,
    whole(unit, least, most, defaults[name as keyof Bounds], description),
  ])
  return Object.fromEntries(entries) as Readonly<Record<keyof Bounds, ReturnType<typeof whole>>>
}

/** A switch, with where it stands by itself. */
export const yesOrNo = (fallback: boolean, description: string) =>
  setting(z.boolean().default(fallback), { description, accepts: 'true or false', example: `${fallback}` })

/** A file that is named, with its name when it is not. */
export const filePath = (fallback: string, description: string) =>
  setting(z.string().min(1).default(fallback), {
    description,
    accepts: 'the path of a file',
    example: fallback,
    isPath: true,
  })

/** The shape of DUIS ResponseCodes that refuse or warn; success codes cannot reject anything. */
export const responseCode = z.string().regex(/^[EW]\d{1,6}$/)

/** A setting: its schema, with what documents and problems say of it. */
export function setting<Schema extends z.ZodType>(schema: Schema, meta: SettingMeta): Schema {
  return schema.meta({ ...meta })
}

/** Bytes. */
export const KIB = 1024
/** Bytes. */
export const MIB = 1024 * KIB
