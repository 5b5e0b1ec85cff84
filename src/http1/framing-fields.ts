/**
 * The fields that requests and replies share: where a body ends, and what becomes of its connection. Exactly one of
 * Content-Length and `Transfer-Encoding: chunked` may say the first; two readers of anything else may see two different
 * messages (RFC 9112 §11.2).
 */

export interface FramingFields {
  lengths: number
  encodings: number
  /** A length that is no number, or a coding other than chunked. */
  hasUnknown: boolean
  /** The length stated last; undefined when none is, or it is no number. */
  contentLength: number | undefined
  /** All values of Connection; undefined when there is none. */
  connection: string | undefined
}

export function noFramingFields(): FramingFields {
  return { lengths: 0, encodings: 0, hasUnknown: false, contentLength: undefined, connection: undefined }
}

/** Takes one field in, when it is one of these. `name` is in lower case. */
export function noteFramingField(found: FramingFields, name: string, value: string): void {
  switch (name) {
    case 'content-length':
      found.lengths++
      found.contentLength = parseContentLength(value)
      found.hasUnknown ||= found.contentLength === undefined
      break
    case 'transfer-encoding':
      found.encodings++
      found.hasUnknown ||= value.toLowerCase() !== 'chunked'
      break
    case 'connection':
      found.connection = found.connection === undefined ? value : `${found.connection}, ${value}`
      break
  }
}

/** Whether the fields say more than one thing about where the body ends, or something unknown. */
export function contradict({ lengths, encodings, hasUnknown }: FramingFields): boolean {
  return hasUnknown || lengths + encodings > 1
}

/** Whether Connection says that this was the last message. */
export function endsConnection({ connection }: FramingFields): boolean {
  return connection !== undefined && listIncludes(connection, 'close')
}

/** Digits and nothing else, few enough to be exact; undefined for anything other. */
function parseContentLength(value: string): number | undefined {
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined
}

/** Whether a comma-separated list has the member, in either letter case. */
function listIncludes(list: string, member: string): boolean {
  if (list.length === member.length) return list.toLowerCase() === member
  return list.split(',').some((one) => one.trim().toLowerCase() === member)
}
