/**
 * The bytes at hand and the first fault found in them: what the parts of the XML layer share.
 */
import type { ReadFault, ReadFaultCode } from './fault.ts'
import { skipSpaces } from './words.ts'

/** Returned instead of a position: the token is not whole in the window. */
export const NEED = -1
/** Returned instead of a position: `fault` is set. */
export const FAULT = -2

/** Bytes, and the same bytes for reading four at a time. */
export interface ByteSource {
  readonly bytes: Buffer
  readonly view: DataView
}

export const EMPTY: Buffer = Buffer.alloc(0)
export const EMPTY_VIEW: DataView = viewOf(EMPTY)

/** A view of just these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

export class XmlWindow implements ByteSource {
  bytes = EMPTY
  /** The same bytes, for reading four at a time. */
  view = EMPTY_VIEW
  /** Exclusive end of the bytes that may be scanned. */
  end = 0
  /** Offset in the document of the window's first byte. */
  base = 0
  /** Offset in the document of the token at hand. */
  tokenStart = 0
  fault: ReadFault | undefined

  /** Makes these the bytes at hand. */
  hold(bytes: Buffer): void {
    this.bytes = bytes
    this.view = viewOf(bytes)
  }

  /** Lets go of the bytes, of which the first `consumed` were scanned. */
  release(consumed: number): void {
    this.base += consumed
    this.bytes = EMPTY
    this.view = EMPTY_VIEW
  }

  /** Records the first fault, at a window position. */
  fail(code: ReadFaultCode, position: number, text: string): typeof FAULT {
    this.fault ??= { code, text, offset: this.base + position }
    return FAULT
  }

  malformed(position: number, text: string): typeof FAULT {
    return this.fail('XML_MALFORMED', position, text)
  }

  limit(position: number, text: string): typeof FAULT {
    return this.fail('XML_LIMIT', position, text)
  }

  /** Records a fault of the token at hand. */
  failHere(code: ReadFaultCode, text: string): typeof FAULT {
    return this.fail(code, this.tokenStart - this.base, text)
  }

  /** `part` when the window ends inside what may still be `expected`. */
  prefix(position: number, expected: Uint8Array): 'whole' | 'part' | 'none' {
    for (let i = 0; i < expected.length; i++) {
      if (position + i >= this.end) return 'part'
      if (this.bytes[position + i] !== expected[i]) return 'none'
    }
    return 'whole'
  }

  /** First position from `at` on that holds no white space, or `stop`. */
  skipSpace(at: number, stop: number): number {
    const { bytes, view } = this
    let next = at
    while (next < stop && isSpace(bytes[next])) next = skipSpaces(view, next + 1, stop)
    return next
  }
}

/** XML 1.0 §2.3, S. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x09 || byte === 0x0d
}
