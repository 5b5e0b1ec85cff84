/**
 * Taking in one body: held whole while it is small, kept back at its end while it is large.
 *
 * Every byte goes through the reader before it may go anywhere else, or through learned markup where all of the body is there
 * at once. Bytes are kept in the buffers they arrived in, small
 * ones gathered, and leave in order; nothing is altered on the way.
 */
import type { MessageFacts } from '../core/duis/facts.ts'
import type { ReadFault } from '../core/duis/fault.ts'
import { DuisReader, type ReadResult } from '../core/duis/reader.ts'
import type { BodyConsumer, CutReason, Exchange } from '../http1/exchange.ts'
import type { GatewayFaultCode } from './faults.ts'
import type { KnownMarkup } from './known-markup.ts'
import type { GatewayLimits } from './limits.ts'

/**
 * How far the body has come.
 *
 * - `whole`: every byte has been read. `large`: more than may be held; the rest is still to come.
 * - `unreadable`, `refused`: reading stopped; the rest stays unread.
 * - `gone`: the client went away. `unwanted`: whoever took the bytes wants no more.
 */
export type BodyState =
  | { readonly kind: 'whole' }
  | { readonly kind: 'large' | 'gone' | 'unwanted' }
  | { readonly kind: 'unreadable'; readonly fault: ReadFault }
  | { readonly kind: 'refused'; readonly code: GatewayFaultCode }

/** Where the bytes of a large message go. */
export interface BodySink {
  /** Takes bytes and answers when it wants more; false when it never will. */
  write(bytes: Buffer): Promise<boolean>
  /** Calls back once, when it is over. */
  onOver(callback: () => void): void
}

/** Bytes held at the moment for all messages together. */
export interface HeldBytes {
  total: number
}

const NOTHING = Buffer.alloc(0)

/** Pieces shorter than this are gathered into buffers of `GATHER_BYTES`. */
const SMALL_PIECE = 4_096
const GATHER_BYTES = 16_384

const WHOLE: BodyState = { kind: 'whole' }
const LARGE: BodyState = { kind: 'large' }
const GONE: BodyState = { kind: 'gone' }
const UNWANTED: BodyState = { kind: 'unwanted' }
const TOO_LARGE: BodyState = { kind: 'refused', code: 'GW_TOO_LARGE' }
const OVERLOADED: BodyState = { kind: 'refused', code: 'GW_OVERLOADED' }

/** A body that ended before it was whole; one whose chunks are wrong gets an answer. */
const CUT_OFF: Readonly<Record<CutReason, BodyState>> = {
  gone: GONE,
  slow: { kind: 'refused', code: 'GW_TOO_SLOW' },
  malformed: { kind: 'refused', code: 'GW_HTTP_MALFORMED' },
}

type IntakeLimits = Pick<GatewayLimits, 'maxBodyBytes' | 'holdBytes' | 'tailBytes' | 'maxHeldBytes'>

/** What is done with bytes that were read: kept, sent on with the tail kept, or forgotten. */
type Use = 'hold' | 'stream' | 'discard'

export class BodyReader implements BodyConsumer {
  readonly #exchange: Exchange
  readonly #markup: KnownMarkup
  /** Made for the first bytes that are to be read. */
  #reader: DuisReader | undefined
  /** What a body says whose markup is known. */
  #known: MessageFacts | undefined
  /** All of the body, where it came in one piece and was not known. */
  #unknown: Buffer | undefined
  readonly #limits: IntakeLimits
  readonly #held: HeldBytes
  #use: Use = 'hold'
  #sink: BodySink | undefined
  #kept: Buffer[] = []
  #keptBytes = 0
  #bytes = 0
  /** Bytes that had arrived when the root element ended. */
  #bytesAtRootEnd: number | undefined
  /** Where small pieces are gathered; the last buffer kept is a part of it while `#gathered` is not 0. */
  #gather: Buffer = NOTHING
  #gathered = 0
  #arrival: BodyState | undefined
  #settle: ((bodyState: BodyState) => void) | undefined
  #isUnwanted = false

  constructor(exchange: Exchange, markup: KnownMarkup, limits: IntakeLimits, held: HeldBytes) {
    this.#exchange = exchange
    this.#markup = markup
    this.#limits = limits
    this.#held = held
  }

  /** Bytes of the body that have arrived. */
  get bytes(): number {
    return this.#bytes
  }

  /** What the message says so far; undefined until that is enough for a first decision. */
  get factsSoFar(): MessageFacts | undefined {
    const reader = this.#strictReader()
    return reader.isHeadComplete ? reader.factsSoFar() : undefined
  }

  /** Keeps every byte until the body ends (`whole`) or is longer than `holdBytes` (`large`); at once when all is there. */
  hold(): BodyState | Promise<BodyState> {
    return this.#take('hold')
  }

  /** Reads a large body to its end and lets all of it go but its tail, no faster than `sink` takes it. */
  async stream(sink: BodySink): Promise<BodyState> {
    this.#sink = sink
    sink.onOver(() => {
      this.#isUnwanted = true
      this.#arrive(UNWANTED)
    })
    return (await this.#release(sink)) ? this.#take('stream') : UNWANTED
  }

  /** Reads a large body to its end and keeps none of it. */
  async discard(): Promise<BodyState> {
    this.letGo()
    return this.#take('discard')
  }

  onPiece(piece: Buffer): void {
    const objection = this.#read(piece)
    if (objection) this.#arrive(objection)
    else if (this.#use !== 'discard') this.#useUp(piece)
  }

  onEnd(): void {
    this.#arrive(WHOLE)
  }

  onCut(reason: CutReason): void {
    this.#arrive(CUT_OFF[reason])
  }

  /** Whether the markup of the body is known, so that it was not read. */
  get isKnown(): boolean {
    return this.#known !== undefined
  }

  /** Tells the reader that the body is over and has its result. */
  end(): ReadResult {
    if (this.#known) return { ok: true, facts: this.#known }
    const reading = this.#strictReader().end()
    if (reading.ok && this.#unknown) this.#markup.consider(this.#unknown)
    return reading
  }

  /** The bytes kept, in one piece; they are let go with this call. */
  takeKept(): Buffer {
    const kept = this.kept()
    this.letGo()
    return kept
  }

  /** The bytes kept, in one piece. */
  kept(): Buffer {
    const [first] = this.#kept
    return first !== undefined && this.#kept.length === 1 ? first : Buffer.concat(this.#kept, this.#keptBytes)
  }

  /** Forgets the bytes kept. Call it when the message is over, however it ended. */
  letGo(): void {
    this.#held.total -= this.#keptBytes
    this.#kept = []
    this.#keptBytes = 0
    this.#gathered = 0
  }

  #read(chunk: Buffer): BodyState | undefined {
    this.#bytes += chunk.length
    if (this.#bytes > this.#limits.maxBodyBytes) return TOO_LARGE
    if (this.#isKnownWhole(chunk)) return undefined
    const reader = this.#strictReader()
    if (reader.write(chunk)) return undefined
    const { fault } = reader
    return fault ? { kind: 'unreadable', fault } : undefined
  }

  #strictReader(): DuisReader {
    this.#reader ??= new DuisReader(this.#markup.plan)
    return this.#reader
  }

  /** Whether the piece is all of the body, and its markup is known. */
  #isKnownWhole(piece: Buffer): boolean {
    const { length } = piece
    const isWhole = length === this.#exchange.head.contentLength && length === this.#bytes
    if (!isWhole || length > this.#limits.holdBytes) return false
    this.#known = this.#markup.match(piece)
    if (!this.#known) this.#unknown = piece
    return this.#known !== undefined
  }

  #keep(chunk: Buffer): void {
    if (chunk.length < SMALL_PIECE && this.#kept.length > 0) this.#gatherUp(chunk)
    else {
      this.#kept.push(chunk)
      this.#gathered = 0
    }
    this.#keptBytes += chunk.length
    this.#held.total += chunk.length
  }

  /** Copies a small piece behind the ones before it: a body of single bytes must not cost a buffer a byte. */
  #gatherUp(piece: Buffer): void {
    if (this.#gathered === 0 || this.#gather.length - this.#gathered < piece.length) {
      this.#gather = Buffer.allocUnsafe(GATHER_BYTES)
      this.#gathered = 0
      this.#kept.push(NOTHING)
    }
    piece.copy(this.#gather, this.#gathered)
    this.#gathered += piece.length
    this.#kept[this.#kept.length - 1] = this.#gather.subarray(0, this.#gathered)
  }

  /** Lets whole buffers go from the front while the tail stays long enough. */
  async #release(sink: BodySink): Promise<boolean> {
    while (!this.#strictReader().isRootClosed) {
      const [first] = this.#kept
      if (first === undefined || this.#keptBytes - first.length < this.#limits.tailBytes) return true
      this.#kept.shift()
      if (this.#kept.length === 0) this.#gathered = 0
      this.#keptBytes -= first.length
      this.#held.total -= first.length
      if (!(await sink.write(first))) return false
    }
    return true
  }

  #take(use: Use): BodyState | Promise<BodyState> {
    if (this.#isUnwanted) return UNWANTED
    if (this.#held.total > this.#limits.maxHeldBytes) return OVERLOADED
    this.#use = use
    this.#arrival = undefined
    this.#exchange.take(this)
    return (
      this.#arrived() ??
      new Promise((resolve) => {
        this.#settle = resolve
      })
    )
  }

  #arrived(): BodyState | undefined {
    return this.#arrival
  }

  /** The first arrival of a take counts; the client is not read from until the next one. */
  #arrive(bodyState: BodyState): void {
    if (this.#arrival) return
    this.#arrival = bodyState
    this.#exchange.rest()
    this.#settle?.(bodyState)
  }

  #useUp(piece: Buffer): void {
    this.#keep(piece)
    if (this.#reader?.isRootClosed) this.#bytesAtRootEnd ??= this.#bytes
    if (this.#use === 'hold') {
      if (this.#held.total > this.#limits.maxHeldBytes) this.#arrive(OVERLOADED)
      else if (this.#keptBytes > this.#limits.holdBytes) this.#arrive(LARGE)
    } else if (this.#bytesAtRootEnd !== undefined) {
      if (this.#bytes - this.#bytesAtRootEnd > this.#limits.holdBytes) this.#arrive(TOO_LARGE)
    } else if (this.#sink) void this.#passOn(this.#sink)
  }

  /** While the sink wants no more the client is not read from, and its pause does not count against it. */
  async #passOn(sink: BodySink): Promise<void> {
    this.#exchange.rest()
    const isWanted = await this.#release(sink)
    if (this.#arrival) return
    if (isWanted) this.#exchange.take(this)
    else this.#arrive(UNWANTED)
  }
}
