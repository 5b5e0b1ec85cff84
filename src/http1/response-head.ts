/**
 * What a response head says: the status, and where its body ends (RFC 9112 §6.3). A head that says two things about its
 * body has no body that anybody may read; nor has one whose status has no meaning (RFC 9110 §15), or none with a body.
 */
import {
  contradict,
  endsConnection,
  type FramingFields,
  noFramingFields,
  noteFramingField,
} from './framing-fields.ts'
import type { HeadScanner } from './head-scanner.ts'
import { hasNoContent, RESET_CONTENT } from './reply.ts'

/** Where the body ends: after so many bytes, after the last chunk, or with the connection. */
type ResponseFraming = number | 'chunked' | 'close'

export interface ResponseHead {
  readonly status: number
  /** Name in lower case, value, name, value: in the order they came. */
  readonly fields: readonly string[]
  readonly framing: ResponseFraming
  /** All values of Connection; undefined when there is none. */
  readonly connection: string | undefined
  /** Whether the connection may be used again after the body. */
  readonly isPersistent: boolean
  /** Seconds for which the server keeps an idle connection, when it says so. */
  readonly keepAliveSeconds: number | undefined
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/

interface Findings extends FramingFields {
  keepAliveSeconds: number | undefined
}

/** Reads a head that was scanned to its end; undefined when it is not one, or contradicts itself. */
export function readResponseHead(
  scanner: HeadScanner,
  text: string,
  maxFields: number,
): ResponseHead | undefined {
  const line = STATUS_LINE.exec(text.slice(0, scanner.startLineLength))
  if (!line || scanner.fieldCount > maxFields) return undefined
  const fields: string[] = []
  const found: Findings = { ...noFramingFields(), keepAliveSeconds: undefined }
  for (let i = 0; i < scanner.fieldCount; i++) {
    const name = scanner.nameOf(text, i)
    const value = scanner.valueOf(text, i)
    fields.push(name, value)
    note(found, name, value)
  }
  const status = Number(line[2])
  const isVersion10 = line[1] === '0'
  const framing = framingOf(found, status, isVersion10)
  if (framing === undefined) return undefined
  const { connection, keepAliveSeconds } = found
  const isPersistent = !isVersion10 && !endsConnection(found) && framing !== 'close'
  return { status, fields, framing, connection, isPersistent, keepAliveSeconds }
}

function note(found: Findings, name: string, value: string): void {
  if (name !== 'keep-alive') return noteFramingField(found, name, value)
  const timeout = /(?:^|[,\s])timeout=(\d{1,9})/i.exec(value)?.[1]
  if (timeout !== undefined) found.keepAliveSeconds = Number(timeout)
}

function framingOf(found: Findings, status: number, isVersion10: boolean): ResponseFraming | undefined {
  if (contradict(found)) return undefined
  const { encodings, contentLength } = found
  if (status < 200) return 0
  if (hasNoContent(status)) return encodings === 0 && !contentLength ? 0 : undefined
  if (encodings === 1) return isVersion10 ? undefined : 'chunked'
  if (status === RESET_CONTENT && contentLength) return undefined
  return contentLength ?? 'close'
}
