/**
 * What a response head says: the status, and where its body ends (RFC 9112 §6.3). A head that says two things about its
 * body has no body that anybody may read.
 */
import type { HeadScanner } from './head-scanner.ts'
import { hasNoContent } from './reply.ts'
import { listIncludes, parseContentLength } from './request-head.ts'

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

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/

interface Findings {
  lengths: number
  encodings: number
  isBad: boolean
  contentLength: number
  connection: string | undefined
  keepAliveSeconds: number | undefined
}

/** Reads a head that was scanned to its end; undefined when it is not one, or contradicts itself. */
export function readResponseHead(scanner: HeadScanner, text: string): ResponseHead | undefined {
  const line = STATUS_LINE.exec(text.slice(0, scanner.startLineLength))
  if (!line) return undefined
  const fields: string[] = []
  const found = noFindings()
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
  const isClosing = connection !== undefined && listIncludes(connection, 'close')
  const isPersistent = !isVersion10 && !isClosing && framing !== 'close'
  return { status, fields, framing, connection, isPersistent, keepAliveSeconds }
}

function noFindings(): Findings {
  return {
    lengths: 0,
    encodings: 0,
    isBad: false,
    contentLength: 0,
    connection: undefined,
    keepAliveSeconds: undefined,
  }
}

function note(found: Findings, name: string, value: string): void {
  switch (name) {
    case 'content-length': {
      const length = parseContentLength(value)
      found.lengths++
      found.contentLength = length ?? 0
      found.isBad ||= length === undefined
      break
    }
    case 'transfer-encoding':
      found.encodings++
      found.isBad ||= value.toLowerCase() !== 'chunked'
      break
    case 'connection':
      found.connection = found.connection === undefined ? value : `${found.connection}, ${value}`
      break
    case 'keep-alive': {
      const timeout = /(?:^|[,\s])timeout=(\d{1,9})/i.exec(value)?.[1]
      if (timeout !== undefined) found.keepAliveSeconds = Number(timeout)
      break
    }
  }
}

function framingOf(found: Findings, status: number, isVersion10: boolean): ResponseFraming | undefined {
  if (found.isBad || found.lengths + found.encodings > 1) return undefined
  if (hasNoContent(status)) return 0
  if (found.encodings === 1) return isVersion10 ? undefined : 'chunked'
  return found.lengths === 1 ? found.contentLength : 'close'
}
