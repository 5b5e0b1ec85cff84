/**
 * Compares a message with skeletons, over one copy of it that WebAssembly sees, sixteen bytes at a time. The source of that code
 * is `comparer.wat`; `npm run markup-code` compiles it. Measured: docs/performance.md, piece by piece.
 */
import { CODE } from './comparer-code.ts'
import { MAX_SLOTS, type Skeleton, SLOT_BYTES } from './skeleton.ts'

/** A longer message is not compared: it is read strictly. */
export const MAX_COMPARED_BYTES = 65_536

/** Where things stand in the memory of the code. */
const SPANS_AT = 0
const SKELETON_AT = 8_192
const MESSAGE_AT = 49_152

/** Places of values in the message, a start and an end for each slot. */
export type Spans = Int32Array

interface Code {
  readonly memory: { readonly buffer: ArrayBuffer }
  fit(length: number, slots: number, literalBytes: number): number
  body(length: number): number
  tag(at: number, stop: number, count: number): number
  tags(length: number, byte: number): number
}

/** What of the engine's own is used here; the types of Node leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: Code }
}

const COMPILED = new WebAssembly.Module(Buffer.from(CODE, 'base64'))

export class Comparer {
  readonly #code = new WebAssembly.Instance(COMPILED).exports
  readonly #memory = new Uint8Array(this.#code.memory.buffer)
  #length = 0

  /** Where the values of the message stand that `fittingLength` has found to fit; the next call overwrites them. */
  readonly spans: Spans = new Int32Array(this.#code.memory.buffer, SPANS_AT, MAX_SLOTS * 2)

  /** The message's bytes, for reading four at a time; what stands behind its end means nothing. */
  readonly view = new DataView(this.#code.memory.buffer, MESSAGE_AT, MAX_COMPARED_BYTES)

  /** Takes the message in that all questions are about until the next one; false when it is too long. */
  hold(bytes: Buffer): boolean {
    if (bytes.length > MAX_COMPARED_BYTES) return false
    this.#memory.set(bytes, MESSAGE_AT)
    this.#length = bytes.length
    return true
  }

  /**
   * How far the message is the skeleton with other values: its length when all of it is, and `spans` then has the places of
   * the values. Every byte up to there was either compared with the skeleton's or found to be one that may stand in a slot: TAB,
   * LF, CR and 20 to 7F, but for `<`, `>`, `&` and `]`.
   */
  fittingLength({ bytes, slots }: Skeleton): number {
    this.#memory.set(bytes, SKELETON_AT)
    return this.#code.fit(this.#length, slots, bytes.length - slots * SLOT_BYTES)
  }

  /** Where the first `Body>` stands; -1 when there is none. */
  bodyAt(): number {
    return this.#code.body(this.#length)
  }

  /** Where the `count`-th `<` from `at` on stands; -1 when there is none among `within` bytes. */
  tagAt(at: number, within: number, count: number): number {
    return this.#code.tag(at, Math.min(at + within, this.#length), count)
  }

  /** A hash of all tags: of each the byte that stands so many places behind its `<`. */
  hashOfTags(places: number): number {
    return this.#code.tags(this.#length, places)
  }
}
