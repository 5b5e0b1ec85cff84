/**
 * Where the body of one message ends, and which of the bytes that arrive belong to it (RFC 9112 §6).
 *
 * A decoder is given bytes and hands out the next piece of the body as a part of them, nothing copied. Chunked bodies
 * are read strictly: CR LF only, sizes of one to eight hexadecimal digits, chunk extensions and trailer fields bounded,
 * well formed and left out.
 */
import { HeadScanner } from './head-scanner.ts'

/** `malformed`: the bytes cannot be what the head promised. */
export type BodyProgress = 'more' | 'done' | 'malformed'

export interface BodyDecoder {
  readonly progress: BodyProgress
  /**
   * Takes bytes from `from` on: to the end of the next piece, of the body, or of the bytes. Returns how far it got;
   * `piece` is what was found, or undefined when these bytes hold nothing of the body.
   */
  take(bytes: Buffer, from: number): number
  readonly piece: Buffer | undefined
}

/** A body of known length. */
export class LengthDecoder implements BodyDecoder {
  piece: Buffer | undefined
  #left: number

  constructor(length: number) {
    this.#left = length
  }

  get progress(): BodyProgress {
    return this.#left === 0 ? 'done' : 'more'
  }

  take(bytes: Buffer, from: number): number {
    const end = Math.min(bytes.length, from + this.#left)
    this.piece = end > from ? bytes.subarray(from, end) : undefined
    this.#left -= end - from
    return end
  }
}

/** A body that ends with its connection; `finish` says that it did. */
export class UntilCloseDecoder implements BodyDecoder {
  piece: Buffer | undefined
  progress: BodyProgress = 'more'

  take(bytes: Buffer, from: number): number {
    this.piece = bytes.subarray(from)
    return bytes.length
  }

  finish(): void {
    this.progress = 'done'
  }
}

const CR = 13
const LF = 10
const SEMICOLON = 59

/** 4 GiB less one byte: more than any message may have. */
const MAX_SIZE_DIGITS = 8
/** Nobody uses chunk extensions; they are read only because the grammar has them. */
const MAX_EXTENSION_BYTES = 256
const MAX_TRAILER_BYTES = 4_096

/** Fields that would change what came before them (RFC 9110 §6.5.1). */
const NEVER_IN_TRAILERS = new Set([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** RFC 9112 §7.1.1, without white space around names: `;name`, `;name=token`, `;name="quoted"`. */
const EXTENSIONS = /^(?:;[!#$%&'*+\-.^_`|~\w]+(?:=(?:[!#$%&'*+\-.^_`|~\w]+|"[\w !#-[\]-~]*"))?)+$/

type ChunkState = 'size' | 'extension' | 'size-end' | 'data' | 'data-cr' | 'data-lf' | 'trailer' | 'over'

export class ChunkedDecoder implements BodyDecoder {
  piece: Buffer | undefined
  #state: ChunkState = 'size'
  #digits = 0
  #left = 0
  #extension = ''
  #extensionBytes = 0
  #trailer: HeadScanner | undefined
  #trailerText = ''
  #isMalformed = false

  get progress(): BodyProgress {
    if (this.#isMalformed) return 'malformed'
    return this.#state === 'over' ? 'done' : 'more'
  }

  take(bytes: Buffer, from: number): number {
    this.piece = undefined
    let at = from
    while (at < bytes.length && this.progress === 'more') {
      if (this.#state === 'data') return this.#takeData(bytes, at)
      if (this.#state === 'trailer') at = this.#takeTrailer(bytes, at)
      else this.#takeByte(bytes[at++] ?? 0)
    }
    return at
  }

  #takeData(bytes: Buffer, from: number): number {
    const end = Math.min(bytes.length, from + this.#left)
    this.piece = bytes.subarray(from, end)
    this.#left -= end - from
    if (this.#left === 0) this.#state = 'data-cr'
    return end
  }

  #takeTrailer(bytes: Buffer, from: number): number {
    this.#trailer ??= new HeadScanner(MAX_TRAILER_BYTES, 'fields')
    const before = this.#trailer.length
    if (this.#trailer.scan(bytes, from)) this.#isMalformed = true
    const end = from + this.#trailer.length - before
    this.#trailerText += bytes.toString('latin1', from, end)
    if (this.#trailer.isComplete) this.#endTrailer(this.#trailer)
    return end
  }

  #endTrailer(trailer: HeadScanner): void {
    for (let i = 0; i < trailer.fieldCount; i++) {
      if (NEVER_IN_TRAILERS.has(trailer.nameOf(this.#trailerText, i))) this.#isMalformed = true
    }
    this.#state = 'over'
  }

  #takeByte(byte: number): void {
    switch (this.#state) {
      case 'size':
        this.#takeSize(byte)
        break
      case 'extension':
        this.#takeExtension(byte)
        break
      case 'size-end':
        this.#expect(byte, LF, this.#left === 0 ? 'trailer' : 'data')
        break
      case 'data-cr':
        this.#expect(byte, CR, 'data-lf')
        break
      case 'data-lf':
        this.#expect(byte, LF, 'size')
        this.#digits = 0
        break
    }
  }

  #expect(byte: number, expected: number, next: ChunkState): void {
    if (byte === expected) this.#state = next
    else this.#isMalformed = true
  }

  #takeSize(byte: number): void {
    const digit = hexDigit(byte)
    if (digit >= 0 && this.#digits < MAX_SIZE_DIGITS) {
      this.#left = this.#left * 16 + digit
      this.#digits++
    } else if (this.#digits > 0 && byte === CR) this.#state = 'size-end'
    else if (this.#digits > 0 && byte === SEMICOLON) {
      this.#state = 'extension'
      this.#extension = ';'
    } else this.#isMalformed = true
  }

  #takeExtension(byte: number): void {
    this.#extensionBytes++
    if (this.#extensionBytes > MAX_EXTENSION_BYTES) this.#isMalformed = true
    else if (byte !== CR) this.#extension += String.fromCharCode(byte)
    else if (EXTENSIONS.test(this.#extension)) this.#state = 'size-end'
    else this.#isMalformed = true
  }
}

/** The value of a hexadecimal digit; -1 when it is none. */
function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 0x20
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}
