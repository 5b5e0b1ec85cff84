/**
 * The skeleton of a message that was read: its bytes without its values, and the slots where those stood. Another message
 * with the same skeleton says the same, but for its IDs, times, numbers and payload.
 */
import type { MessageFacts } from '../duis/facts.ts'
import type { PathNode, ValueUse } from '../duis/path-node.ts'
import { viewOf } from '../duis/xml-window.ts'

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
  /** Where in the literals each slot stands, four bytes each, and then the literals: all bytes outside slots. */
  readonly bytes: Uint8Array
  /** How many slots there are; they stand in the order of the message. */
  readonly slots: number
  /** The slots whose values are facts. What stands in the others says nothing. */
  readonly values: readonly ValueSlot[]
  /** Of the message that it was learned from nothing else is kept. */
  readonly known: KnownFacts
}

/** More slots than this are not learned. */
export const MAX_SLOTS = 1_024

/** What a slot takes of a skeleton's bytes. */
export const SLOT_BYTES = 4

/** Puts the pieces of a message around its slots together. */
export function skeletonOf(
  pieces: readonly Buffer[],
  values: readonly ValueSlot[],
  known: KnownFacts,
): Skeleton {
  const slots = pieces.length - 1
  const length = pieces.reduce((sum, piece) => sum + piece.length, slots * SLOT_BYTES)
  // Memory of its own: a Buffer of this size is a part of 64 KiB, all of which would be kept with it.
  const bytes = new Uint8Array(length)
  const places = viewOf(bytes)
  let end = 0
  for (const [index, piece] of pieces.entries()) {
    bytes.set(piece, slots * SLOT_BYTES + end)
    end += piece.length
    if (index < slots) places.setInt32(index * SLOT_BYTES, end, true)
  }
  return { bytes, slots, values, known }
}
