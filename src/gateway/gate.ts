/**
 * The strict gate in front of everything else: what may not even be read as a message.
 *
 * The server has already judged the form of the head (`head.objection`); this adds what only the gateway knows: its
 * paths, its limits, and that bodies come whole, uncompressed and with one type, in no charset but that of their reader.
 * The last (`objectToContent`) holds for the DSP's replies as well: they are read like messages.
 */
import type { HeadObjection, RequestHead } from '../http1/request-head.ts'
import type { GatewayFaultCode } from './faults.ts'

export interface GateRules {
  /** Paths without query, compared as they are written. */
  readonly paths: ReadonlySet<string>
  readonly maxBodyBytes: number
}

const OBJECTIONS: Readonly<Record<HeadObjection, GatewayFaultCode>> = {
  version: 'GW_HTTP_VERSION',
  fields: 'GW_HTTP_HEADERS',
  host: 'GW_HTTP_HOST',
  method: 'GW_HTTP_METHOD',
  target: 'GW_HTTP_PATH',
  upgrade: 'GW_HTTP_UPGRADE',
  expectation: 'GW_HTTP_EXPECT',
  length: 'GW_HTTP_LENGTH',
  framing: 'GW_HTTP_FRAMING',
}

/** The first objection, or undefined when the body may be read. */
export function gate(head: RequestHead, rules: GateRules): GatewayFaultCode | undefined {
  if (head.objection) return OBJECTIONS[head.objection]
  if (!rules.paths.has(pathOf(head.target))) return 'GW_HTTP_PATH'
  if ((head.contentLength ?? 0) > rules.maxBodyBytes) return 'GW_TOO_LARGE'
  return objectToContent(head.fields)
}

/** The target up to its query. Escapes stay as they are: `/%61pi` is not `/api`. */
export function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

/** What speaks against reading a body by the fields that say what it is; undefined when nothing does. */
export function objectToContent(fields: readonly string[]): GatewayFaultCode | undefined {
  let types = 0
  for (let i = 0; i < fields.length; i += 2) {
    const value = fields[i + 1] ?? ''
    switch (fields[i]) {
      case 'content-type':
        types++
        if (mayReadOtherwise(value)) return 'GW_HTTP_TYPE'
        break
      case 'content-encoding':
        if (value.toLowerCase() !== 'identity') return 'GW_HTTP_ENCODING'
        break
      case 'content-range':
        return 'GW_HTTP_ENCODING'
    }
  }
  return types > 1 ? 'GW_HTTP_FRAMING' : undefined
}

/**
 * Whether an upstream that goes by this Content-Type may see another message than the gateway. A multipart body has its
 * message in a part, which may stand in what is a comment to others. A charset outranks what the document says of itself
 * (RFC 7303 §3), and what is a comment in UTF-8 may be a Service Request in UTF-7: charsets in which every ASCII byte is
 * itself show the same markup, anything else that speaks of one is in doubt.
 */
function mayReadOtherwise(contentType: string): boolean {
  if (/multipart\//i.test(contentType)) return true
  return /charset/i.test(contentType) && !SAME_MARKUP.test(contentType)
}

const ASCII_CHARSETS = String.raw`(?:utf-?8|(?:us-)?ascii|iso-8859-\d{1,2}|windows-125\d)`

/** Names of charsets in which every ASCII byte is itself. */
export const IS_ASCII_CHARSET = new RegExp(`^${ASCII_CHARSETS}$`, 'i')

/** One charset parameter, and no other mention of one. */
const SAME_MARKUP = new RegExp(
  String.raw`^(?:(?!charset)[^"])*;[ \t]*charset=("?)${ASCII_CHARSETS}\1[ \t]*(?:;(?!.*charset).*)?$`,
  'i',
)
