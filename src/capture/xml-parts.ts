/**
 * The parts of a document that the reader has found well formed, by where they stand: tags with their attributes, text,
 * CDATA, comments and instructions. Nothing is checked here, so it is of use only behind the reader.
 */

import { isSpace } from '../core/duis/xml-window.ts'

/** An attribute; [start, end) is its value without quotes. */
interface AttributePart {
  readonly name: string
  readonly start: number
  readonly end: number
}

/** Text at [start, end); of CDATA without its marks. */
export interface TextPart {
  readonly kind: 'text' | 'cdata'
  readonly start: number
  readonly end: number
}

/** [start, end) is what stands between the marks. Names of elements are local names. */
export type XmlPart =
  | TextPart
  | { readonly kind: 'comment' | 'instruction'; readonly start: number; readonly end: number }
  | { readonly kind: 'open'; readonly name: string; readonly attributes: readonly AttributePart[] }
  | { readonly kind: 'close' }

const LT = 0x3c
const GT = 0x3e
const SLASH = 0x2f
const EQUALS = 0x3d

/** Tags that are no elements, by how they begin and end. */
const MARKED = [
  { kind: 'comment', opening: '<!--', closing: '-->' },
  { kind: 'cdata', opening: '<![CDATA[', closing: ']]>' },
  { kind: 'instruction', opening: '<?', closing: '?>' },
] as const

/** Parts in document order; an empty element opens and closes. */
export function* xmlParts(bytes: Buffer): Generator<XmlPart> {
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== LT) {
      const end = positionOf(bytes, '<', at)
      yield { kind: 'text', start: at, end }
      at = end
      continue
    }
    const marked = MARKED.find(({ opening }) => bytes.toString('latin1', at, at + opening.length) === opening)
    if (marked) {
      const start = at + marked.opening.length
      const end = positionOf(bytes, marked.closing, start)
      yield { kind: marked.kind, start, end }
      at = end + marked.closing.length
    } else if (bytes[at + 1] === SLASH) {
      yield { kind: 'close' }
      at = positionOf(bytes, '>', at) + 1
    } else at = yield* startTag(bytes, at + 1)
  }
}

/** The element whose name starts at `start`; answers where its tag ends. */
function* startTag(bytes: Buffer, start: number): Generator<XmlPart, number> {
  const nameEnd = nameEndFrom(bytes, start)
  const attributes: AttributePart[] = []
  let at = spaceEnd(bytes, nameEnd)
  while (at < bytes.length && bytes[at] !== GT && bytes[at] !== SLASH) {
    const name = bytes.toString('utf8', at, nameEndFrom(bytes, at))
    const quoteAt = spaceEnd(bytes, positionOf(bytes, '=', at) + 1)
    const end = positionOf(bytes, String.fromCharCode(bytes[quoteAt] ?? 0), quoteAt + 1)
    attributes.push({ name, start: quoteAt + 1, end })
    at = spaceEnd(bytes, end + 1)
  }
  const name = bytes.toString('utf8', start, nameEnd)
  yield { kind: 'open', name: name.slice(name.indexOf(':') + 1), attributes }
  if (bytes[at] !== SLASH) return at + 1
  yield { kind: 'close' }
  return at + 2
}

function nameEndFrom(bytes: Buffer, start: number): number {
  let at = start
  while (at < bytes.length && !isSpace(bytes[at]) && ![EQUALS, GT, SLASH].includes(bytes[at] ?? 0)) at++
  return at
}

function spaceEnd(bytes: Buffer, start: number): number {
  let at = start
  while (isSpace(bytes[at])) at++
  return at
}

/** The end of the document when it stands nowhere. */
function positionOf(bytes: Buffer, mark: string, from: number): number {
  const at = bytes.indexOf(mark, from, 'latin1')
  return at < 0 ? bytes.length : at
}
