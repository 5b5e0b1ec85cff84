/**
 * A message as a tree of elements, each with its namespace: fast-xml-parser finds tags and text, names are resolved here.
 *
 * fast-xml-parser is no XML processor, so what it leaves out is done here: it knows no namespaces, stumbles over quotes in
 * instructions and over names that objects have, and takes U+FEFF and U+1680 in a name for white space. References are decoded
 * here too, because it would decode them in CDATA's neighbours by rules of its own. Well-formedness is not checked: that is the
 * first reader's job.
 */
import { XMLParser } from 'fast-xml-parser'

export interface XmlElement {
  /** Empty when the element has none. */
  readonly namespace: string
  readonly localName: string
  /** By name as written, prefix included; values decoded. Namespace declarations are among them. */
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** Text and CDATA joined, decoded, white space as it is; a space stands for each child element. */
  readonly text: string
}

/** Why bytes are no tree. */
export class NoTree extends Error {
  override readonly name = 'NoTree'
}

/** Keeps fast-xml-parser from taking an element's name for a property of objects; no XML name has it. */
const NAME_MARK = '|'
const TEXT = '#text'
const CDATA = '#cdata'
const ATTRIBUTES = ':@'
/** More than any limit on depth that a gateway would be given. */
const MAX_DEPTH = 1_000

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: NAME_MARK,
  textNodeName: TEXT,
  cdataPropName: CDATA,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  maxNestedTags: MAX_DEPTH,
  transformTagName: (name) => (name.startsWith(NAME_MARK) ? name : `${NAME_MARK}${name}`),
})

/** The root element; throws `NoTree` where there is none to be had. */
export function treeOf(bytes: Uint8Array): XmlElement {
  const nodes: unknown = parsed(plainText(bytes))
  const elements = childrenOf(nodes, new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]))
  const [root] = elements
  if (!root || elements.length > 1) throw new NoTree('not one root element')
  return root
}

function parsed(text: string): unknown {
  try {
    return parser.parse(text)
  } catch {
    throw new NoTree('fast-xml-parser does not take it')
  }
}

/** White space to fast-xml-parser and part of names to XML, each with a stand-in that no name can have. */
const STAND_INS = new Map([
  ['\u1680', '\uE000'],
  ['\uFEFF', '\uE001'],
])
const ORIGINALS = new Map([...STAND_INS].map(([original, standIn]) => [standIn, original]))

/** The document without comments and instructions: `<` starts markup everywhere else but in CDATA. */
function plainText(bytes: Uint8Array): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new NoTree('not UTF-8')
  }
  return text
    .replace(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[[\s\S]*?\]\]>|<!DOCTYPE/g, (markup) => {
      if (markup === '<!DOCTYPE') throw new NoTree('it has a DOCTYPE')
      return markup.startsWith('<![') ? markup : ''
    })
    .replace(/[\u1680\uFEFF]/g, (character) => STAND_INS.get(character) ?? character)
}

type Scope = ReadonlyMap<string, string>
type Properties = Readonly<Record<string, unknown>>

function childrenOf(nodes: unknown, scope: Scope): XmlElement[] {
  return listOf(nodes).flatMap((node) => {
    const name = tagOf(node)
    return name === undefined ? [] : [elementOf(name, node, scope)]
  })
}

function elementOf(tag: string, node: Properties, outer: Scope): XmlElement {
  const attributes = attributesOf(node[ATTRIBUTES])
  const scope = scopeOf(attributes, outer)
  const name = nameOf(tag)
  const at = name.indexOf(':')
  const prefix = name.slice(0, Math.max(at, 0))
  const namespace = scope.get(prefix)
  if (namespace === undefined && at >= 0) throw new NoTree('a prefix that nothing declares')
  const content = node[tag]
  return {
    namespace: namespace ?? '',
    localName: name.slice(at + 1),
    attributes,
    children: childrenOf(content, scope),
    text: textOf(content),
  }
}

function nameOf(marked: string): string {
  return marked
    .slice(NAME_MARK.length)
    .replace(/[\uE000\uE001]/g, (standIn) => ORIGINALS.get(standIn) ?? standIn)
}

function attributesOf(properties: unknown): Map<string, string> {
  const entries = isProperties(properties) ? Object.entries(properties) : []
  return new Map(
    entries.map(([name, value]) => [nameOf(name), decoded(String(value).replace(/[\t\n]/g, ' '))]),
  )
}

function scopeOf(attributes: ReadonlyMap<string, string>, outer: Scope): Scope {
  const declared = [...attributes].flatMap(([name, value]): [string, string][] => {
    if (name === 'xmlns') return [['', value]]
    return name.startsWith('xmlns:') ? [[name.slice('xmlns:'.length), value]] : []
  })
  return declared.length === 0 ? outer : new Map([...outer, ...declared])
}

function textOf(nodes: unknown): string {
  return listOf(nodes)
    .map((node) => {
      if (TEXT in node) return decoded(String(node[TEXT]))
      if (CDATA in node)
        return listOf(node[CDATA])
          .map((piece) => String(piece[TEXT]))
          .join('')
      return ' '
    })
    .join('')
}

const NAMED = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
])

/** Resolves the references that XML has without a DOCTYPE. */
function decoded(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|([^;]*));/g, (_all, hex, decimal, name) => {
    const character =
      name === undefined ? characterOf(hex ?? decimal, hex === undefined ? 10 : 16) : NAMED.get(name)
    if (character === undefined) throw new NoTree('a reference to nothing')
    return character
  })
}

function characterOf(digits: string, radix: number): string | undefined {
  const code = Number.parseInt(digits, radix)
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : undefined
}

function tagOf(node: Properties): string | undefined {
  return Object.keys(node).find((name) => name.startsWith(NAME_MARK))
}

function listOf(nodes: unknown): Properties[] {
  return Array.isArray(nodes) ? nodes.filter(isProperties) : []
}

function isProperties(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null
}
