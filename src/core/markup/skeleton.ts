/**
 * The skeleton of a message that was read: its bytes without its values, and the slots where those stood. Another message
 * with the same skeleton says the same, but for its IDs, times, numbers and payload.
 */
import type { MessageFacts } from '../duis/facts.ts'
import type { PathNode, ValueUse } from '../duis/path-node.ts'
import { isSame, skipPlain } from '../duis/words.ts'
import { LT } from '../duis/xml-characters.ts'
import { type ByteSource, viewOf } from '../duis/xml-window.ts'

/** What all messages of a skeleton say: the facts without those that come of values. */
export interface KnownFacts
  extends Omit<
    MessageFacts,
    | 'devices'
    | 'namesDevice'
    | 'user'
    | 'requestId'
    | 'responseId'
    | 'scheduleId'
    | 'scheduleEndDate'
    | 'executionDateTime'
    | 'home'
    | 'gbcs'
  > {
  /** Of a message that says something of a home, as `HomeFacts` has it; absent otherwise. */
  readonly isRemoval: boolean | undefined
}

/** A slot whose value is a fact. */
export interface ValueSlot {
  /** Place among all slots of the skeleton, from 0. */
  readonly index: number
  readonly node: PathNode
  readonly use: ValueUse
  /** Of a GBCS payload: the only message code it may have. */
  readonly messageCode: string | undefined
}

export interface Skeleton {
  /** All bytes outside slots, one after the other. */
  readonly literals: Buffer
  readonly view: DataView
  /** Where in `literals` each slot stands; slots stand in the order of the message. */
  readonly slotsAt: Int32Array
  /** The slots whose values are facts. What stands in the others says nothing. */
  readonly values: readonly ValueSlot[]
  /** Of the message that it was learned from nothing else is kept. */
  readonly known: KnownFacts
}

/** Places of values, a start and an end for each slot. */
export type Spans = Int32Array

/** More slots than this are not learned. */
export const MAX_SLOTS = 1_024

/** Room for the values of any skeleton. */
export function roomForSpans(): Spans {
  return new Int32Array(MAX_SLOTS * 2)
}

/** Puts the pieces of a message around its slots together. */
export function skeletonOf(
  pieces: readonly Buffer[],
  values: readonly ValueSlot[],
  known: KnownFacts,
): Skeleton {
  const literals = Buffer.concat(pieces)
  const slotsAt = new Int32Array(pieces.length - 1)
  let end = 0
  for (let index = 0; index < slotsAt.length; index++) {
    end += (pieces[index] as Buffer).length
    slotsAt[index] = end
  }
  return { literals, view: viewOf(literals), slotsAt, values, known }
}

/** What may stand in a slot: TAB, LF, CR and 20 to 7F, but for `<`, `>`, `&` and `]`. */
const IN_SLOT = slotTable()

function slotTable(): Uint8Array {
  const table = new Uint8Array(256)
  for (const byte of [0x09, 0x0a, 0x0d]) table[byte] = 1
  for (let byte = 0x20; byte <= 0x7f; byte++) table[byte] = 1
  for (const mark of '<>&]') table[mark.charCodeAt(0)] = 0
  return table
}

/**
 * How far a message is the skeleton with other values: its length when all of it is, and `spans` then has the places of the
 * values. Every byte up to there was either compared with the skeleton's or found to be one that may stand in a slot.
 */
export function fittingLength(skeleton: Skeleton, { bytes, view }: ByteSource, spans: Spans): number {
  const { slotsAt, literals } = skeleton
  const end = bytes.length
  const slots = slotsAt.length
  let at = 0
  let literalAt = 0
  for (let slot = 0; slot < slots; slot++) {
    const length = (slotsAt[slot] as number) - literalAt
    if (!isLiteral(skeleton, bytes, view, at, literalAt, length)) return at
    at += length
    literalAt += length
    spans[slot * 2] = at
    at = slotEnd(bytes, view, at, end)
    spans[slot * 2 + 1] = at
    if (at === end || bytes[at] !== LT) return Math.min(at, end - 1)
  }
  const length = literals.length - literalAt
  return at + length === end && isLiteral(skeleton, bytes, view, at, literalAt, length) ? end : at
}

/** From this length on a native comparison is the faster one. */
const LONG = 192

function isLiteral(
  { literals, view: own }: Skeleton,
  bytes: Buffer,
  view: DataView,
  at: number,
  literalAt: number,
  length: number,
): boolean {
  if (at + length > bytes.length) return false
  if (length >= LONG) return bytes.compare(literals, literalAt, literalAt + length, at, at + length) === 0
  return isSame(view, at, own, literalAt, length)
}

/** The first byte from `at` on that may not stand in a slot, or the end. */
function slotEnd(bytes: Buffer, view: DataView, at: number, end: number): number {
  for (let next = at; ; ) {
    next = skipPlain(view, next, end)
    const stop = Math.min(next + 4, end)
    while (next < stop && IN_SLOT[bytes[next] as number] === 1) next++
    if (next < stop || next === end) return next
  }
}
