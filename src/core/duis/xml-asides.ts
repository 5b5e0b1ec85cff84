/**
 * What stands between tags and is no text of its own: comments, processing instructions and CDATA sections. A DOCTYPE is
 * refused.
 *
 * One that the window cuts stays open, and goes on with the next bytes; what of it is taken need not come again.
 */
import * as char from './xml-characters.ts'
import type { XmlContent } from './xml-content.ts'
import { closingMark, controlCharacter, isFollowedByOther, isForbidden, runEnd } from './xml-runs.ts'
import { isSpace, NEED, type XmlWindow } from './xml-window.ts'

const CDATA_START = Buffer.from('<![CDATA[')
const COMMENT_START = Buffer.from('<!--')
const DOCTYPE_START = Buffer.from('<!DOCTYPE')

type Aside = 'comment' | 'instruction' | 'cdata'

export class XmlAsides {
  readonly #window: XmlWindow
  readonly #content: XmlContent
  #open: Aside | undefined

  constructor(window: XmlWindow, content: XmlContent) {
    this.#window = window
    this.#content = content
  }

  /** What is open; undefined between them. */
  get open(): Aside | undefined {
    return this.#open
  }

  /** Takes the start of what `<!` opens; `inContent`: inside the root element. */
  startMarked(position: number, inContent: boolean): number {
    const window = this.#window
    const comment = window.prefix(position, COMMENT_START)
    if (comment === 'whole') return this.#enter('comment', position + COMMENT_START.length)
    const cdata = window.prefix(position, CDATA_START)
    if (cdata === 'whole') {
      if (inContent) return this.#enter('cdata', position + CDATA_START.length)
      return window.malformed(position, 'a CDATA section outside the root element')
    }
    const doctype = window.prefix(position, DOCTYPE_START)
    if (doctype === 'whole') {
      return window.fail('XML_DOCTYPE', position, 'a DOCTYPE is never accepted; send the message without it')
    }
    if (comment === 'part' || cdata === 'part' || doctype === 'part') return NEED
    return window.malformed(position, 'this is neither a comment nor a CDATA section')
  }

  /** Takes `<?target`; XML 1.0 §2.6 and, for the colon, Namespaces §7. */
  startInstruction(position: number): number {
    const window = this.#window
    const start = position + 2
    const end = this.#content.names.scan(start, window.end)
    if (end < 0) return end
    if (this.#content.names.localStart > start) {
      return window.malformed(position, 'a colon in the target of a processing instruction')
    }
    if (/^xml$/i.test(window.bytes.toString('latin1', start, end))) {
      return window.malformed(position, 'an XML declaration stands only at the very start')
    }
    if (isSpace(window.bytes[end])) return this.#enter('instruction', end + 1)
    if (window.bytes[end] === char.QUESTION) {
      if (end + 1 >= window.end) return NEED
      if (window.bytes[end + 1] === char.GT) return end + 2
    }
    return window.malformed(end, 'white space is missing after the target')
  }

  /** Takes what is there of the one that is open, its end included. */
  goOn(position: number): number {
    switch (this.#open) {
      case 'comment':
        return this.#comment(position)
      case 'instruction':
        return this.#instruction(position)
      default:
        return this.#cdata(position)
    }
  }

  #enter(aside: Aside, position: number): number {
    this.#open = aside
    return position
  }

  #leave(position: number): number {
    this.#open = undefined
    return position
  }

  #comment(position: number): number {
    const window = this.#window
    for (let at = position; ; at++) {
      at = this.#run(at, char.COMMENT_RUN)
      if (at < 0) return at
      if (at + 2 >= window.end && !isFollowedByOther(window, at, char.HYPHEN))
        return at > position ? at : NEED
      if (window.bytes[at + 1] !== char.HYPHEN) continue
      if (window.bytes[at + 2] !== char.GT) return window.malformed(at, '"--" inside a comment')
      return this.#leave(at + 3)
    }
  }

  #instruction(position: number): number {
    const window = this.#window
    for (let at = position; ; at++) {
      at = this.#run(at, char.INSTRUCTION_RUN)
      if (at < 0) return at
      if (at + 1 >= window.end) return at > position ? at : NEED
      if (window.bytes[at + 1] === char.GT) return this.#leave(at + 2)
    }
  }

  #cdata(position: number): number {
    const window = this.#window
    for (let at = position; ; at++) {
      at = runEnd(window, at, char.CDATA_RUN)
      const isBarred = isForbidden(window, at, char.CDATA_RUN)
      const mark = isBarred ? 'none' : closingMark(window, at)
      if (mark === 'none' && !isBarred) continue
      this.#content.text(position, at)
      if (isBarred) return controlCharacter(window, at)
      if (mark === 'whole') return this.#leave(at + 3)
      return at > position ? at : NEED
    }
  }

  /** Where a run ends that is reported to nobody, or FAULT. */
  #run(from: number, table: Uint8Array): number {
    const window = this.#window
    const at = runEnd(window, from, table)
    return isForbidden(window, at, table) ? controlCharacter(window, at) : at
  }
}
