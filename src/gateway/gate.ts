/**
 * The strict gate in front of everything else: what may not even be read as a message.
 *
 * Node's parser already refuses the worst framings. It still lets through HTTP/0.9 and 1.0, a second Host, any
 * method, absolute-form targets and Upgrade; two readers of such a request may see two different ones, so they
 * end here (RFC 9112 §11.2).
 */
import type { IncomingMessage } from 'node:http'
import type { GatewayFaultCode } from './faults.ts'

export interface GateRules {
  /** Paths without query, compared as they are written. */
  readonly paths: ReadonlySet<string>
  readonly maxBodyBytes: number
  readonly maxHeaders: number
}

/** The first objection, or undefined when the body may be read. */
export function gate(incoming: IncomingMessage, rules: GateRules): GatewayFaultCode | undefined {
  if (incoming.httpVersion !== '1.1') return 'GW_HTTP_VERSION'
  if (incoming.rawHeaders.length > 2 * rules.maxHeaders) return 'GW_HTTP_HEADERS'
  const counts = countFields(incoming.rawHeaders)
  if (counts.host !== 1 || !incoming.headers.host) return 'GW_HTTP_HOST'
  if (incoming.method !== 'POST') return 'GW_HTTP_METHOD'
  if (!rules.paths.has(pathOf(incoming.url ?? ''))) return 'GW_HTTP_PATH'
  if (incoming.headers.upgrade !== undefined) return 'GW_HTTP_UPGRADE'
  return objectToBody(incoming, counts, rules)
}

/** The target up to its query. Escapes stay as they are: `/%61pi` is not `/api`. */
export function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

/** Whether the client waits for `100 Continue` before it sends the body. */
export function expectsContinue(incoming: IncomingMessage): boolean {
  return incoming.headers.expect?.toLowerCase() === '100-continue'
}

interface FieldCounts {
  host: number
  length: number
  transfer: number
  type: number
}

/** Node joins or drops repeated fields in `headers`; only the raw list shows them. */
function countFields(rawHeaders: readonly string[]): FieldCounts {
  const counts = { host: 0, length: 0, transfer: 0, type: 0 }
  for (let i = 0; i < rawHeaders.length; i += 2) {
    switch (rawHeaders[i]?.toLowerCase()) {
      case 'host':
        counts.host++
        break
      case 'content-length':
        counts.length++
        break
      case 'transfer-encoding':
        counts.transfer++
        break
      case 'content-type':
        counts.type++
        break
    }
  }
  return counts
}

function objectToBody(
  incoming: IncomingMessage,
  counts: FieldCounts,
  rules: GateRules,
): GatewayFaultCode | undefined {
  const { headers } = incoming
  if (headers.expect !== undefined && !expectsContinue(incoming)) return 'GW_HTTP_EXPECT'
  if (counts.length + counts.transfer === 0) return 'GW_HTTP_LENGTH'
  if (counts.length + counts.transfer > 1 || counts.type > 1) return 'GW_HTTP_FRAMING'
  if (counts.transfer === 1 && headers['transfer-encoding']?.toLowerCase() !== 'chunked')
    return 'GW_HTTP_FRAMING'
  if (isEncoded(headers['content-encoding'])) return 'GW_HTTP_ENCODING'
  if (Number(headers['content-length'] ?? 0) > rules.maxBodyBytes) return 'GW_TOO_LARGE'
  return undefined
}

/** True for every Content-Encoding but `identity`; absent is identity. */
export function isEncoded(contentEncoding: string | undefined): boolean {
  return contentEncoding !== undefined && contentEncoding.trim().toLowerCase() !== 'identity'
}
