/**
 * What all files in YAML have in common: their value, or what is wrong with them and in which line. Within bounds, because a text may
 * come from anybody: of depth, before anything is made of it, and of faults.
 */
import { Composer, type CST, type Document, isNode, isScalar, Lexer, LineCounter, Parser, visit } from 'yaml'

/** A fault in words, with its line from 1 where it has one. */
export interface YamlFault {
  readonly text: string
  readonly line?: number
}

export interface ReadYaml {
  readonly ok: true
  readonly value: unknown
  readonly document: Document.Parsed
  readonly lines: LineCounter
}

const MOST_LEVELS = 64
const MOST_FAULTS = 20

/** The library's words for what goes wrong most, in plainer ones. */
const FAULT_WORDS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'the key stands above already; keep it once, with the entries of both below it',
  BAD_INDENT: 'the line is not indented as those around it',
  TAB_AS_INDENT: 'the line is indented with a tab; use spaces',
  MISSING_CHAR: 'a quote, a bracket, a colon or a comma is missing',
  UNEXPECTED_TOKEN: 'something stands here that does not belong here',
  BLOCK_AS_IMPLICIT_KEY: 'a text with a colon and a space in it needs quotes',
  MULTILINE_IMPLICIT_KEY: 'a key goes over more than one line; is a colon missing?',
  BAD_ALIAS: 'an alias stands for nothing',
  BAD_SCALAR_START: 'a text cannot begin with this character; put it in quotes',
  BAD_DQ_ESCAPE: 'there is no such escape in a quoted text; put it in single quotes',
  MULTIPLE_DOCS: 'it holds more than one document; keep one',
  TAG_RESOLVE_FAILED: 'a tag stands for nothing here; leave it out',
}

const CANNOT_READ = 'it cannot be read from here on'
const ALIASES = 'its aliases stand for nothing, or for too much'

/** Never throws. Aliases upon aliases, which make a few lines into more than memory holds, are a fault. */
export function readYaml(
  text: string,
): ReadYaml | { readonly ok: false; readonly faults: readonly YamlFault[] } {
  if (text.trim() === '') return { ok: false, faults: [{ text: 'the file is empty' }] }
  const lines = new LineCounter()
  try {
    const { document, others } = documentsOf(text, lines)
    const found = [...document.errors, ...others, ...document.warnings, ...keysTwice(document)]
    if (found.length === 0) return { ok: true, value: document.toJS(), document, lines }
    const faults = found
      .slice(0, MOST_FAULTS)
      .map(({ code, pos: [at] }) => faultOf(FAULT_WORDS[code] ?? CANNOT_READ, lines.linePos(at).line))
    return { ok: false, faults }
  } catch (error) {
    if (error instanceof TooDeep)
      return refused(`it is nested more than ${MOST_LEVELS} levels deep`, error.line)
    return refused(ALIASES)
  }
}

/** A fault at a place in the text, by the library's name for it. */
interface Found {
  readonly code: string
  readonly pos: readonly [number, ...number[]]
}

/** The library's own words show the lines around each fault, and it holds each key against all others: both cost more than reading. */
const COMPOSING = { prettyErrors: false, uniqueKeys: false }

/** The document of the text, and a fault for each further one. Throws TooDeep before anything is made of the text. */
function documentsOf(
  text: string,
  lines: LineCounter,
): { readonly document: Document.Parsed; readonly others: readonly Found[] } {
  const tokens = [...shallowTokens(text, lines)]
  const composed = new Composer({ ...COMPOSING, lineCounter: lines }).compose(tokens, true, text.length)
  const [document, ...others] = composed as Iterable<Document.Parsed>
  if (!document) throw new Error('an empty text is refused before')
  return { document, others: others.map(({ range }) => ({ code: 'MULTIPLE_DOCS', pos: [range[0]] })) }
}

/** Keys that stand a second time in their map. */
function keysTwice(document: Document.Parsed): Found[] {
  const found: Found[] = []
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value)) found.push({ code: 'DUPLICATE_KEY', pos: [key.range?.[0] ?? 0] })
        seen.add(key.value)
      }
    },
  })
  return found.sort((one, other) => one.pos[0] - other.pos[0])
}

function refused(message: string, line?: number) {
  return { ok: false, faults: [faultOf(message, line)] } as const
}

function faultOf(message: string, line: number | undefined): YamlFault {
  const text = `this is not plain YAML: ${message}`
  return line === undefined ? { text } : { text, line }
}

const OPENING = ['[', '{']
const CLOSING = [']', '}']
/** Each begins a level of its own within a line. */
const COMPACT = ['-', '?']

/** Collections stand in each other too deep. */
class TooDeep extends Error {
  readonly line: number

  constructor(line: number) {
    super(`line ${line}`)
    this.line = line
  }
}

/** What the text is made of. Depth goes by its words, not their sense: throws TooDeep before the parser has the word. */
function* shallowTokens(text: string, lines: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine)
  let line = 1
  let open = 0
  let compact = 0
  lines.addNewLine(0)
  for (const word of new Lexer().lex(text)) {
    if (OPENING.includes(word)) open++
    else if (CLOSING.includes(word)) open--
    else if (COMPACT.includes(word)) compact++
    else if (word.includes('\n')) {
      line += word.split('\n').length - 1
      compact = 0
    }
    if (open > MOST_LEVELS || compact > MOST_LEVELS) throw new TooDeep(line)
    yield* parser.next(word)
  }
  yield* parser.end()
}

/** Line, from 1, of the innermost node on the path; undefined when nothing of the path is there. */
export function lineOf(
  { document, lines }: Pick<ReadYaml, 'document' | 'lines'>,
  path: readonly PropertyKey[],
): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return undefined
}
