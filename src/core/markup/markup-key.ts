/**
 * The key that skeletons are found by: made of the beginning of the root element and of the beginning of the Body, which
 * names what a message is. It only says where to look; what is found there is compared byte by byte.
 */
import type { Direction } from '../duis/facts.ts'
import { hashOf, hasLt } from '../duis/words.ts'
import { LT } from '../duis/xml-characters.ts'
import type { ByteSource } from '../duis/xml-window.ts'

const BODY = Buffer.from('Body>')

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

export function keyPlaceOf({ bytes }: ByteSource, direction: Direction): KeyPlace | undefined {
  const start = bytes.indexOf(BODY)
  if (start < ROOT_END) return undefined
  const stop = Math.min(bytes.length, start + MAX_BODY_BYTES)
  let left = TAGS[direction]
  for (let at = start; at < stop; at++) if (bytes[at] === LT && --left === 0) return { start, end: at }
  return undefined
}

/** The key of a message whose Body begins there. */
export function keyAt({ view }: ByteSource, { start, end }: KeyPlace): number {
  return hashOf(view, ROOT_AT, ROOT_END - ROOT_AT) ^ Math.imul(hashOf(view, start, end - start), 31)
}

/** How the whole message goes on: all its tags, each by one byte of its name. */
export function tagsOf({ view, bytes }: ByteSource): number {
  const end = bytes.length - NAME_BYTE - 3
  let hash = 0
  for (let word = 0; word < end; word += 4) {
    if (!hasLt(view.getInt32(word, true))) continue
    for (let at = word; at < word + 4; at++)
      if (view.getUint8(at) === LT) hash = Math.imul(hash, 31) + view.getUint8(at + NAME_BYTE)
  }
  return hash
}

/** Whether any of [from, to) counts for the key. */
export function isInKey({ start, end }: KeyPlace, from: number, to: number): boolean {
  return (from < ROOT_END && to > ROOT_AT) || (from < end && to > start)
}
