/**
 * The bytes of a message head (RFC 9112 §2): a start line, field lines, an empty line, each ended by CR LF.
 *
 * Takes bytes as they come and looks at each once, so that any way of cutting a head gives the same result and a wrong
 * byte is found when it arrives. Stricter than the RFC's advice to recipients: no bare LF, no folded lines, no white space
 * around names, no empty line in front. What lines say is for `request-head.ts` and `response-head.ts`.
 */

/** What is wrong with a head: its bytes, or how many there are. */
export type HeadFault = 'malformed' | 'too-long'

const CR = 13
const LF = 10
const HT = 9
const SP = 32
const COLON = 58

const IS_TOKEN = 1
const IS_TEXT = 2
const IS_OBSOLETE = 4

const TOKEN_CHARACTERS = `!#$%&'*+-.^_\`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz`

/** What each byte may be part of: a token (RFC 9110 §5.6.2), the text of a line, text beyond visible ASCII. */
const CLASSES = classesOfBytes()

const START_LINE = 0
const START_LINE_END = 1
const LINE_START = 2
const NAME = 3
const BEFORE_VALUE = 4
const VALUE = 5
const VALUE_END = 6
const HEAD_END = 7
const COMPLETE = 8

export class HeadScanner {
  readonly #maxBytes: number
  readonly #first: number
  #state: number
  #length = 0
  #startLineLength = 0
  #hasObsoleteStartLine = false
  /** For each field where its name and value begin and end: four offsets from the first byte of the head. */
  readonly #marks: number[] = []

  /** `part`: a whole head, or only field lines and the empty line (a trailer section, RFC 9112 §7.1.2). */
  constructor(maxBytes: number, part: 'head' | 'fields' = 'head') {
    this.#maxBytes = maxBytes
    this.#first = part === 'head' ? START_LINE : LINE_START
    this.#state = this.#first
  }

  /** Bytes of the head so far. */
  get length(): number {
    return this.#length
  }

  get isComplete(): boolean {
    return this.#state === COMPLETE
  }

  /** Length of the start line, without its end. */
  get startLineLength(): number {
    return this.#startLineLength
  }

  /** Whether the start line has tabs or bytes beyond ASCII: only a reason phrase may. */
  get hasObsoleteStartLine(): boolean {
    return this.#hasObsoleteStartLine
  }

  get fieldCount(): number {
    return this.#marks.length / 4
  }

  /** Begins with another head. */
  reset(): void {
    this.#state = this.#first
    this.#length = 0
    this.#startLineLength = 0
    this.#hasObsoleteStartLine = false
    this.#marks.length = 0
  }

  /**
   * Scans on from `from`, which follows the byte scanned last; undefined when nothing is wrong so far. A head whose values
   * are wanted must lie in one buffer from its first byte on.
   */
  scan(bytes: Buffer, from: number): HeadFault | undefined {
    const room = this.#maxBytes - this.#length
    const end = Math.min(bytes.length, from + room)
    const stopped = this.#scanUntil(bytes, from, end)
    if (stopped < 0) return 'malformed'
    this.#length += stopped - from
    return !this.isComplete && this.#length >= this.#maxBytes ? 'too-long' : undefined
  }

  /** Field `index` of the head whose text this is, its name in lower case. */
  nameOf(text: string, index: number): string {
    return text.slice(this.#marks[4 * index], this.#marks[4 * index + 1]).toLowerCase()
  }

  /** Where its value begins and ends, from the first byte of the head on. */
  placeOf(index: number): readonly [from: number, to: number] {
    return [this.#marks[4 * index + 2] as number, this.#marks[4 * index + 3] as number]
  }

  /** Its value, without white space around it. */
  valueOf(text: string, index: number): string {
    return text.slice(this.#marks[4 * index + 2], this.#marks[4 * index + 3])
  }

  /** Where scanning stopped: behind the head, at `end`, or -1 at a byte that may not stand there. */
  #scanUntil(bytes: Buffer, from: number, end: number): number {
    const origin = from - this.#length
    let at = from
    while (at < end) {
      switch (this.#state) {
        case START_LINE:
          at = this.#skipStartLine(bytes, at, end)
          if (at === end) return at
          if (bytes[at] !== CR || at === origin) return -1
          this.#startLineLength = at - origin
          this.#state = START_LINE_END
          break
        case START_LINE_END:
        case VALUE_END:
          if (bytes[at] !== LF) return -1
          this.#state = LINE_START
          break
        case LINE_START:
          if (bytes[at] === CR) this.#state = HEAD_END
          else if (!isToken(bytes[at])) return -1
          else {
            this.#marks.push(at - origin)
            this.#state = NAME
          }
          break
        case NAME:
          while (at < end && isToken(bytes[at])) at++
          if (at === end) return at
          if (bytes[at] !== COLON) return -1
          this.#marks.push(at - origin)
          this.#state = BEFORE_VALUE
          break
        case BEFORE_VALUE:
          while (at < end && isBlank(bytes[at])) at++
          if (at === end) return at
          this.#marks.push(at - origin)
          this.#state = VALUE
          continue
        case VALUE:
          while (at < end && isText(bytes[at])) at++
          if (at === end) return at
          if (bytes[at] !== CR) return -1
          this.#marks.push(this.#endOfValue(bytes, at, origin))
          this.#state = VALUE_END
          break
        case HEAD_END:
          if (bytes[at] !== LF) return -1
          this.#state = COMPLETE
          return at + 1
      }
      at++
    }
    return at
  }

  #skipStartLine(bytes: Buffer, from: number, end: number): number {
    let at = from
    for (; at < end; at++) {
      const kind = CLASSES[bytes[at] ?? 0] ?? 0
      if ((kind & IS_TEXT) === 0) break
      if ((kind & IS_OBSOLETE) !== 0) this.#hasObsoleteStartLine = true
    }
    return at
  }

  /** White space behind a value is not part of it. */
  #endOfValue(bytes: Buffer, at: number, origin: number): number {
    const start = origin + (this.#marks.at(-1) ?? 0)
    let end = at
    while (end > start && isBlank(bytes[end - 1])) end--
    return end - origin
  }
}

function isToken(byte: number | undefined): boolean {
  return ((CLASSES[byte ?? 0] ?? 0) & IS_TOKEN) !== 0
}

function isText(byte: number | undefined): boolean {
  return ((CLASSES[byte ?? 0] ?? 0) & IS_TEXT) !== 0
}

function isBlank(byte: number | undefined): boolean {
  return byte === SP || byte === HT
}

function classesOfBytes(): Uint8Array {
  const classes = new Uint8Array(256)
  for (let byte = SP; byte < 127; byte++) classes[byte] = IS_TEXT
  for (let byte = 128; byte < 256; byte++) classes[byte] = IS_TEXT | IS_OBSOLETE
  classes[HT] = IS_TEXT | IS_OBSOLETE
  for (const character of TOKEN_CHARACTERS) classes[character.charCodeAt(0)] = IS_TEXT | IS_TOKEN
  return classes
}
