/**
 * Another counter in the RequestID of a Service Request, for playing it again where the DSP knows the old one. Nothing but
 * the digits behind the last colon changes, so its signature no longer verifies.
 */
import { xmlParts } from './xml-parts.ts'

const PLACE = 'Request/Header/RequestID'
const MAX_COUNTER = 18_446_744_073_709_551_615n

/** Hands out counters, each above all before it and above the one it is for. */
export class Counters {
  #last: bigint

  /** Counters begin above `last`. */
  constructor(last: bigint) {
    this.#last = last
  }

  /** The next one for a RequestID; undefined when there is none left above its own. */
  after(requestId: string): bigint | undefined {
    const own = BigInt(requestId.slice(requestId.lastIndexOf(':') + 1))
    const next = (own > this.#last ? own : this.#last) + 1n
    if (next > MAX_COUNTER) return undefined
    this.#last = next
    return next
  }
}

/**
 * The message with `counter` in its RequestID; undefined when the RequestID is not written in one plain piece. `bytes` are a
 * Request that the reader has read whole, and `requestId` what it found.
 */
export function withCounter(bytes: Buffer, requestId: string, counter: bigint): Buffer | undefined {
  const start = plainStartOf(bytes, requestId)
  if (start === undefined) return undefined
  const counterAt = start + requestId.lastIndexOf(':') + 1
  return Buffer.concat([
    bytes.subarray(0, counterAt),
    Buffer.from(String(counter)),
    bytes.subarray(start + requestId.length),
  ])
}

function plainStartOf(bytes: Buffer, requestId: string): number | undefined {
  const path: string[] = []
  for (const part of xmlParts(bytes)) {
    if (part.kind === 'open') path.push(part.name)
    else if (part.kind === 'close') path.pop()
    else if (part.kind === 'text' && path.join('/') === PLACE) {
      const text = bytes.toString('latin1', part.start, part.end)
      return text.trim() === requestId ? part.start + text.indexOf(requestId) : undefined
    }
  }
  return undefined
}
