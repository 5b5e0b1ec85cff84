/**
 * Going over the inside of an element that nobody wants to hear of: a signature, most bodies, what DUIS does not know.
 *
 * Most of a message is such, and most of that is plain: text without references, and tags with at most one attribute,
 * which declares no namespace. It is held to the same rules as everything else (names, prefixes, end tags, limits), but
 * nothing is reported. In front of anything else this stops and leaves it to `XmlContent`.
 */
import type { ElementStack } from './element-stack.ts'
import { isSame, skipPlain, skipSpaces } from './words.ts'
import * as char from './xml-characters.ts'
import type { XmlLimits } from './xml-content.ts'
import { type NamespaceScope, UNBOUND } from './xml-namespaces.ts'
import type { XmlWindow } from './xml-window.ts'

// V8 folds the constants of a file into its code; those it imports are looked up at every use.
const { NAME_BYTE, NAME_PLAIN, NAME_START, TEXT_RUN, DOUBLE_QUOTED_RUN } = char
const { LT, GT, SLASH, COLON, EQUALS, DOUBLE_QUOTE, SPACE, NEW_LINE } = char

/** So many bytes behind a place may be looked at without asking whether the window has them. */
const MARGIN = 4

/** Instead of a place: what stands here is not plain. */
const NOT_PLAIN = -1

export class PlainSkip {
  /** Elements open from the one that is skipped on, that one included; 0 when none is skipped. */
  levels = 0
  readonly #window: XmlWindow
  readonly #open: ElementStack
  readonly #scope: NamespaceScope
  readonly #limits: XmlLimits

  constructor(window: XmlWindow, open: ElementStack, scope: NamespaceScope, limits: XmlLimits) {
    this.#window = window
    this.#open = open
    this.#scope = scope
    this.#limits = limits
  }

  /**
   * Goes on from `position`; answers where it stopped: in front of the end of the skipped element, of something that is
   * not plain, or of what the window cuts. One function, because the depth and the bytes at hand stay in registers: in
   * pieces it takes a fifth longer.
   */
  run(position: number): number {
    const { bytes, view, end } = this.#window
    const { starts, ends, depth: depthBefore, settled } = this.#open
    const { maxDepth, maxNameBytes, maxTagBytes } = this.#limits
    const floor = Math.max(depthBefore - this.levels + 1, settled)
    const stop = end - MARGIN
    let depth = depthBefore
    let at = position
    for (;;) {
      const tag = textEnd(bytes, view, at, stop)
      if (tag >= stop || bytes[tag] !== LT) break
      if (bytes[tag + 1] === SLASH) {
        if (depth <= floor) break
        const start = starts[depth - 1] as number
        const length = (ends[depth - 1] as number) - start
        const close = tag + 2 + length
        if (close >= stop || bytes[close] !== GT || !isSame(view, start, view, tag + 2, length)) break
        this.#scope.leave(depth)
        depth--
        at = close + 1
        continue
      }
      const nameStart = tag + 1
      let nameEnd = partEnd(bytes, nameStart, stop)
      let prefixEnd = nameStart
      if (nameEnd < 0) break
      if (bytes[nameEnd] === COLON) {
        prefixEnd = nameEnd
        nameEnd = partEnd(bytes, nameEnd + 1, stop)
      }
      if (nameEnd < 0 || nameEnd - nameStart > maxNameBytes || depth >= maxDepth) break
      let close = nameEnd
      if (bytes[close] === SPACE) close = attributeEnd(bytes, view, close + 1, stop, maxNameBytes)
      if (close < 0) break
      const isEmpty = bytes[close] === SLASH
      if (isEmpty) close++
      if (bytes[close] !== GT || close >= tag + maxTagBytes) break
      if (this.#scope.resolve(this.#window, nameStart, prefixEnd) === UNBOUND) break
      if (!isEmpty) {
        starts[depth] = nameStart
        ends[depth] = nameEnd
        depth++
      }
      at = close + 1
    }
    this.levels += depth - depthBefore
    this.#open.depth = depth
    return at
  }
}

function textEnd(bytes: Buffer, view: DataView, at: number, stop: number): number {
  let next = at
  if (next < stop && bytes[next] === NEW_LINE) next = skipSpaces(view, next + 1, stop)
  while (next < stop && TEXT_RUN[bytes[next] as number] === 0) next++
  return next
}

/** Where the part of a name ends that begins at `at`; NOT_PLAIN when none does. */
function partEnd(bytes: Buffer, at: number, stop: number): number {
  if (NAME_BYTE[bytes[at] as number] !== NAME_START) return NOT_PLAIN
  let next = at + 1
  while (next < stop && ((NAME_BYTE[bytes[next] as number] as number) & NAME_PLAIN) !== 0) next++
  return next
}

/** Where the attribute ends that begins at `at` and has no prefix, nor may be a declaration. */
function attributeEnd(bytes: Buffer, view: DataView, at: number, stop: number, maxNameBytes: number): number {
  const nameEnd = bytes[at] === FIRST_OF_XMLNS ? NOT_PLAIN : partEnd(bytes, at, stop)
  if (nameEnd < 0 || nameEnd - at > maxNameBytes) return NOT_PLAIN
  if (bytes[nameEnd] !== EQUALS || bytes[nameEnd + 1] !== DOUBLE_QUOTE) return NOT_PLAIN
  let next = skipPlain(view, nameEnd + 2, stop)
  while (next < stop && DOUBLE_QUOTED_RUN[bytes[next] as number] === 0) next++
  return bytes[next] === DOUBLE_QUOTE ? next + 1 : NOT_PLAIN
}

const FIRST_OF_XMLNS = 0x78
