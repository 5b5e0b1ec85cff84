/**
 * Taking in one body: held whole while it is small, kept back at its end while it is large.
 *
 * Every byte goes through the reader before it may go anywhere else. Bytes are kept in the very buffers they arrived
 * in and leave in order; nothing is copied or altered on the way.
 */
import type { IncomingMessage } from 'node:http'
import type { MessageFacts } from '../core/duis/facts.ts'
import type { ReadFault } from '../core/duis/fault.ts'
import { DuisReader, type ReadingPlan, type ReadResult } from '../core/duis/reader.ts'
import type { GatewayFaultCode } from './faults.ts'
import type { GatewayLimits } from './limits.ts'

/**
 * How far the body has come.
 *
 * - `whole`: every byte has been read. `large`: more than may be held; the rest is still to come.
 * - `unreadable`, `refused`: reading stopped; the rest stays unread.
 * - `gone`: the client went away. `unwanted`: whoever took the bytes wants no more.
 */
export type Arrival =
  | { readonly kind: 'whole' }
  | { readonly kind: 'large' | 'gone' | 'unwanted' }
  | { readonly kind: 'unreadable'; readonly fault: ReadFault }
  | { readonly kind: 'refused'; readonly code: GatewayFaultCode }

/** Where the bytes of a large message go. */
export interface BodySink {
  /** Takes bytes and answers when it wants more; false when it never will. */
  write(bytes: Buffer): Promise<boolean>
  /** Calls back once when it is over before the message is. */
  onOver(callback: () => void): void
}

/** Bytes held at the moment for all messages together. */
export interface HeldBytes {
  total: number
}

const WHOLE: Arrival = { kind: 'whole' }
const LARGE: Arrival = { kind: 'large' }
const GONE: Arrival = { kind: 'gone' }
const UNWANTED: Arrival = { kind: 'unwanted' }
const TOO_LARGE: Arrival = { kind: 'refused', code: 'GW_TOO_LARGE' }
const TOO_SLOW: Arrival = { kind: 'refused', code: 'GW_TOO_SLOW' }
const OVERLOADED: Arrival = { kind: 'refused', code: 'GW_OVERLOADED' }

type IntakeLimits = Pick<
  GatewayLimits,
  'maxBodyBytes' | 'holdBytes' | 'tailBytes' | 'maxHeldBytes' | 'idleBodyMs'
>

export class Intake {
  readonly #incoming: IncomingMessage
  readonly #reader: DuisReader
  readonly #limits: IntakeLimits
  readonly #held: HeldBytes
  #kept: Buffer[] = []
  #keptBytes = 0
  #bytes = 0
  #stop: ((arrival: Arrival) => void) | undefined
  #isUnwanted = false

  constructor(incoming: IncomingMessage, plan: ReadingPlan, limits: IntakeLimits, held: HeldBytes) {
    this.#incoming = incoming
    this.#reader = new DuisReader(plan)
    this.#limits = limits
    this.#held = held
  }

  /** Bytes of the body that have arrived. */
  get bytes(): number {
    return this.#bytes
  }

  /** What the message says so far; undefined until that is enough for a first decision. */
  get factsSoFar(): MessageFacts | undefined {
    return this.#reader.isHeadComplete ? this.#reader.factsSoFar() : undefined
  }

  /** Keeps every byte until the body ends (`whole`) or is longer than `holdBytes` (`large`). */
  hold(): Promise<Arrival> {
    return this.#take((chunk) => {
      const objection = this.#read(chunk)
      if (objection) return objection
      this.#keep(chunk)
      return this.#keptBytes > this.#limits.holdBytes ? LARGE : undefined
    })
  }

  /** Reads a large body to its end and lets all of it go but its tail, no faster than `sink` takes it. */
  async stream(sink: BodySink): Promise<Arrival> {
    sink.onOver(() => {
      this.#isUnwanted = true
      this.#stop?.(UNWANTED)
    })
    if (!(await this.#release(sink))) return UNWANTED
    return this.#take(async (chunk) => {
      const objection = this.#read(chunk)
      if (objection) return objection
      this.#keep(chunk)
      if (this.#reader.isRootClosed) return this.#keptBytes > this.#limits.holdBytes ? TOO_LARGE : undefined
      return (await this.#release(sink)) ? undefined : UNWANTED
    })
  }

  /** Reads a large body to its end and keeps none of it. */
  discard(): Promise<Arrival> {
    this.letGo()
    return this.#take((chunk) => this.#read(chunk))
  }

  /** Tells the reader that the body is over and has its result. */
  end(): ReadResult {
    return this.#reader.end()
  }

  /** The bytes kept, in one piece; they are let go with this call. */
  takeKept(): Buffer {
    const [first] = this.#kept
    const kept =
      first !== undefined && this.#kept.length === 1 ? first : Buffer.concat(this.#kept, this.#keptBytes)
    this.letGo()
    return kept
  }

  /** Forgets the bytes kept. Call it when the message is over, however it ended. */
  letGo(): void {
    this.#held.total -= this.#keptBytes
    this.#kept = []
    this.#keptBytes = 0
  }

  #read(chunk: Buffer): Arrival | undefined {
    this.#bytes += chunk.length
    if (this.#bytes > this.#limits.maxBodyBytes) return TOO_LARGE
    if (this.#reader.write(chunk)) return undefined
    const { fault } = this.#reader
    return fault ? { kind: 'unreadable', fault } : undefined
  }

  #keep(chunk: Buffer): void {
    this.#kept.push(chunk)
    this.#keptBytes += chunk.length
    this.#held.total += chunk.length
  }

  /** Lets whole buffers go from the front while the tail stays long enough. */
  async #release(sink: BodySink): Promise<boolean> {
    while (!this.#reader.isRootClosed) {
      const [first] = this.#kept
      if (first === undefined || this.#keptBytes - first.length < this.#limits.tailBytes) return true
      this.#kept.shift()
      this.#keptBytes -= first.length
      this.#held.total -= first.length
      if (!(await sink.write(first))) return false
    }
    return true
  }

  /**
   * Feeds `step` with chunks until it names an arrival or the body ends. While a step is pending the client is not
   * read from, and its pause does not count against it.
   */
  #take(step: (chunk: Buffer) => Arrival | undefined | Promise<Arrival | undefined>): Promise<Arrival> {
    const incoming = this.#incoming
    if (this.#isUnwanted) return Promise.resolve(UNWANTED)
    if (incoming.destroyed) return Promise.resolve(GONE)
    if (this.#held.total > this.#limits.maxHeldBytes) return Promise.resolve(OVERLOADED)
    const { promise, resolve } = Promise.withResolvers<Arrival>()
    let isPending = false
    const idle = setTimeout(() => (isPending ? idle.refresh() : settle(TOO_SLOW)), this.#limits.idleBodyMs)

    const onData = (chunk: Buffer) => {
      idle.refresh()
      const next = step(chunk)
      if (next instanceof Promise) void waitFor(next)
      else if (next) settle(next)
    }
    const waitFor = async (next: Promise<Arrival | undefined>) => {
      isPending = true
      incoming.pause()
      const arrival = await next
      isPending = false
      if (this.#stop !== settle) return
      if (arrival) {
        settle(arrival)
        return
      }
      idle.refresh()
      incoming.resume()
    }
    const onEnd = () => settle(WHOLE)
    const onClose = () => settle(GONE)
    const settle = (arrival: Arrival) => {
      clearTimeout(idle)
      incoming.off('data', onData).off('end', onEnd).off('close', onClose).pause()
      this.#stop = undefined
      resolve(arrival)
    }
    this.#stop = settle
    incoming.on('data', onData).on('end', onEnd).on('close', onClose).resume()
    return promise
  }
}
