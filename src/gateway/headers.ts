/**
 * Which header fields travel on. Only fields on a list do, so that no client can forge what a proxy in front would
 * say about it (`X-Forwarded-*`, certificate fields), and hop-by-hop fields stay on their hop (RFC 9110 §7.6.1).
 */

/** Lower-case names of request fields that travel on. */
export const REQUEST_FIELDS = [
  'content-type',
  'accept',
  'accept-language',
  'user-agent',
  'authorization',
  'soapaction',
  'traceparent',
  'tracestate',
] as const

/** Lower-case names of reply fields that travel back; among them all that say what the bytes of a body are. */
export const REPLY_FIELDS = [
  'content-type',
  'content-encoding',
  'content-range',
  'content-language',
  'cache-control',
  'retry-after',
  'www-authenticate',
] as const

/** Never carried, whatever a configuration adds: each belongs to one connection or to the framing of one body. */
const HOP_BY_HOP = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The set of fields to carry: the list and what a configuration adds to it, hop-by-hop fields left out. */
export function fieldsToCarry(list: readonly string[], added: readonly string[] = []): ReadonlySet<string> {
  const names = [...list, ...added].map((name) => name.toLowerCase())
  return new Set(names.filter((name) => !HOP_BY_HOP.has(name)))
}

/**
 * The fields that travel on, as name, value, name, value; those that Connection names stay behind. `fields` has its names
 * in lower case.
 */
export function carryFields(
  fields: readonly string[],
  connection: string | undefined,
  carried: ReadonlySet<string>,
): string[] {
  const staying = namedIn(connection)
  const travelling: string[] = []
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] ?? ''
    if (carried.has(name) && !staying.has(name)) travelling.push(name, fields[i + 1] ?? '')
  }
  return travelling
}

const NOTHING: ReadonlySet<string> = new Set()

function namedIn(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined) return NOTHING
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
}
