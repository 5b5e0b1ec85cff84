/**
 * The key that skeletons are found by: made of the beginning of the root element and of the beginning of the Body, which
 * names what a message is. It only says where to look; what is found there is compared byte by byte.
 */
import type { Direction } from '../duis/facts.ts'
import { hashOf } from '../duis/words.ts'
import type { Comparer } from './comparer.ts'

/** Inside the tag of the root element, where its namespaces stand. */
const ROOT_AT = 40
const ROOT_END = 104

/** Tags from the Body's on whose bytes count: the element of a Request, the first child of the element of a Response. */
const TAGS: Readonly<Record<Direction, number>> = { southbound: 2, northbound: 3 }
const MAX_BODY_BYTES = 256

/** Of the bytes of a tag, one behind a short prefix. */
const NAME_BYTE = 5

/** Where the part of the Body stands that counts; undefined where there is none. */
export interface KeyPlace {
  readonly start: number
  readonly end: number
}

/** Of the message that the comparer holds. */
export function keyPlaceOf(message: Comparer, direction: Direction): KeyPlace | undefined {
  const start = message.bodyAt()
  if (start < ROOT_END) return undefined
  const end = message.tagAt(start, MAX_BODY_BYTES, TAGS[direction])
  return end < 0 ? undefined : { start, end }
}

/** The key of a message whose Body begins there. */
export function keyAt({ view }: Comparer, { start, end }: KeyPlace): number {
  return hashOf(view, ROOT_AT, ROOT_END - ROOT_AT) ^ Math.imul(hashOf(view, start, end - start), 31)
}

/** How the whole message goes on: all its tags, each by one byte of its name. */
export function tagsOf(message: Comparer): number {
  return message.hashOfTags(NAME_BYTE)
}

/** Whether any of [from, to) counts for the key. */
export function isInKey({ start, end }: KeyPlace, from: number, to: number): boolean {
  return (from < ROOT_END && to > ROOT_AT) || (from < end && to > start)
}
