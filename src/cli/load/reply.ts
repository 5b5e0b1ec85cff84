/** Replies as the benches read them from a connection: enough of HTTP/1.1 for what gateways and proxies answer. */

/** `body` is a view that holds only until the callback it was given to returns. */
export interface Reply {
  readonly status: number
  /** Status line and fields, without the empty line. */
  readonly head: string
  readonly body: Buffer
}

const HEAD_END = '\r\n\r\n'
const LAST_CHUNK = '0\r\n\r\n'
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i
const CHUNKED = /\r\ntransfer-encoding: *chunked/i

/** The first reply in `bytes`: undefined while it is not all there. Nothing may follow it: we never pipeline. */
export function wholeReply(bytes: Buffer): Reply | undefined {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd < 0) return undefined
  const head = bytes.toString('latin1', 0, headEnd)
  const status = Number(head.slice(9, 12))
  const body = bytes.subarray(headEnd + HEAD_END.length)
  return isWhole(status, head, body) ? { status, head, body } : undefined
}

function isWhole(status: number, head: string, body: Buffer): boolean {
  if (status === 204 || status === 304) return true
  const length = CONTENT_LENGTH.exec(head)?.[1]
  if (length !== undefined) return body.length >= Number(length)
  return CHUNKED.test(head) && body.toString('latin1', body.length - LAST_CHUNK.length) === LAST_CHUNK
}
