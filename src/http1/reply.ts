/** A message as it is written: head and body together while they are small, so that they leave in one write. */
import type { Socket } from 'node:net'
import process from 'node:process'
import type { WriteBatch } from './write-batch.ts'

// An import of it has Node load its fetch and its WebSocket as well, which a gateway never needs: a tenth of its start.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

/** What a handler answers. Framing and connection fields are added when it is written. */
export interface Reply {
  readonly status: number
  /** Name, value, name, value. */
  readonly fields: readonly string[]
  readonly body: Buffer | string
  /** True when the connection must not be used again. */
  readonly closes: boolean
}

/** Bodies up to this are copied behind their head: cheaper than a second buffer in the write. */
const COPIED_BYTES = 65_536

/** Where a message goes: to the end of this turn's writes. */
export interface Outlet {
  readonly batch: WriteBatch
  readonly socket: Socket
  /** Whether the sending side ends behind it. */
  readonly isLast: boolean
}

/** Writes head and body. */
export function writeMessage({ batch, socket, isLast }: Outlet, head: string, body: Buffer | string): void {
  const length = byteLengthOf(body)
  if (length > COPIED_BYTES) {
    batch.add(socket, head, false)
    batch.add(socket, typeof body === 'string' ? Buffer.from(body) : body, isLast)
    return
  }
  // As many bytes as characters: the body is ASCII, and may leave as Latin-1 with its head.
  if (typeof body === 'string' && length === body.length) {
    batch.add(socket, head + body, isLast)
    return
  }
  const bytes = Buffer.allocUnsafe(head.length + length)
  bytes.write(head, 'latin1')
  if (typeof body === 'string') bytes.write(body, head.length)
  else body.copy(bytes, head.length)
  batch.add(socket, bytes, isLast)
}

/** Bytes of a body as it is sent: text as UTF-8. */
export function byteLengthOf(body: Buffer | string): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length
}

/** Fields as lines of a head. Names and values come from heads that were read, or from the program itself. */
export function fieldLines(fields: readonly string[]): string {
  let lines = ''
  for (let i = 0; i + 1 < fields.length; i += 2) lines += `${fields[i]}: ${fields[i + 1]}\r\n`
  return lines
}

/** Statuses whose replies have no body and state no length (RFC 9110 §6.4.1). */
export function hasNoContent(status: number): boolean {
  return status === 204 || status === 304 || status < 200
}

/** A status whose replies have a body of no length (RFC 9110 §15.3.6). */
export const RESET_CONTENT = 205

const STATUS_LINES = new Map(
  Object.entries(STATUS_CODES).map(([status, reason]) => [
    Number(status),
    `HTTP/1.1 ${status} ${reason}\r\n`,
  ]),
)

/** The status line; a status without a name gets an empty reason. */
export function statusLine(status: number): string {
  return STATUS_LINES.get(status) ?? `HTTP/1.1 ${status} \r\n`
}
