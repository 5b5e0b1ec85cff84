/**
 * Writes a tree as XML in one of the many ways that mean the same: prefixes, default namespaces, quotes, white space,
 * comments, instructions, CDATA, references.
 */
import { DS, RA, SR } from '../../fixtures/message.ts'
import type { Random } from './random.ts'
import type { MadeAttribute, MadeElement } from './tree.ts'

type Scope = ReadonlyMap<string, string>

const USUAL_PREFIXES = new Map([
  [SR, 'sr'],
  [RA, 'ra'],
  [DS, 'ds'],
])
const PREFIXES = ['', 'sr', 'ra', 'ds', 'n1', 'x', 'a-b.c', '_', '\u00e9']
const BLANKS = [' ', '\n', '\t', '\r\n', '\n    ']
const COMMENTS = [
  '<!---->',
  '<!-- 4.1.1 -->',
  '<!-- <sr:RequestID>&</sr:RequestID> -->',
  '<!--]]>-->',
  '<?pi 8F0A?>',
  '<?a?>',
]
const PROLOGS = [
  '',
  '\uFEFF',
  '<?xml version="1.0"?>',
  "<?xml version='1.0' encoding='utf-8' standalone=\"yes\" ?>\r\n",
]
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** The document as text. A third of them are spelled as the DCC's samples are. */
export function spelledOut(root: MadeElement, random: Random): string {
  const oddness = random.pick([0, 0.05, 0.3])
  const writer = new Writer(random, oddness)
  const prolog = oddness === 0 ? DECLARATION : random.pick([DECLARATION, ...PROLOGS]) + writer.gap(false)
  return prolog + writer.element(root, new Map([['', '']])) + writer.gap(false)
}

class Writer {
  readonly #random: Random
  /** How often something is spelled in an unusual way. */
  readonly #oddness: number

  constructor(random: Random, oddness: number) {
    this.#random = random
    this.#oddness = oddness
  }

  element(element: MadeElement, above: Scope): string {
    const { declarations, scope } = this.#declared(element, above)
    const name = this.#nameIn(element, scope)
    const attributes = element.attributes.map((attribute) => this.#attribute(attribute))
    const parts = this.#isOdd()
      ? this.#random.shuffled([...declarations, ...attributes])
      : [...declarations, ...attributes]
    const start = `${name}${parts.map((part) => this.#blank() + part).join('')}${this.#isOdd() ? '\n ' : ''}`
    const content = this.#content(element, scope)
    if (content === '' && this.#random.chance(0.5)) return `<${start}/>`
    return `<${start}>${content}</${name}${this.#isOdd() ? ' ' : ''}>`
  }

  /** What may stand where only elements may; references only inside the root. */
  gap(isInside: boolean): string {
    if (!this.#isOdd()) return this.#oddness === 0 ? '\n' : ''
    return this.#random.pick([
      ...BLANKS,
      ...COMMENTS,
      `${this.#random.pick(COMMENTS)} `,
      ...(isInside ? ['&#32;', '&#xA;'] : []),
    ])
  }

  #content(element: MadeElement, scope: Scope): string {
    const { text, children } = element
    if (text) return this.#text(text)
    if (children.length === 0) return element.isMixed && this.#isOdd() ? 'text' : ''
    const gap = () => (element.isMixed && this.#isOdd() ? 'RequestID' : this.gap(true))
    return children.map((child) => gap() + this.element(child, scope)).join('') + gap()
  }

  /** Binds the namespace when no prefix is, and now and then though one is. */
  #declared({ namespace }: MadeElement, above: Scope): { declarations: string[]; scope: Scope } {
    const scope = new Map(above)
    if (this.#prefixesOf(namespace, above).length === 0 || this.#isOdd()) {
      scope.set(this.#newPrefix(namespace), namespace)
    }
    if (this.#isOdd())
      scope.set(this.#random.pick(PREFIXES.filter((prefix) => scope.get(prefix) !== namespace)), 'urn:y')
    const changed = [...scope].filter(([prefix, uri]) => above.get(prefix) !== uri)
    return { declarations: changed.map(([prefix, uri]) => this.#declaration(prefix, uri)), scope }
  }

  #newPrefix(namespace: string): string {
    // What has no namespace has no prefix either.
    if (namespace === '') return ''
    const usual = USUAL_PREFIXES.get(namespace) ?? 'o'
    return this.#isOdd() ? this.#random.pick(PREFIXES) : usual
  }

  #declaration(prefix: string, uri: string): string {
    return `${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}${this.#equals()}${this.#quoted(uri)}`
  }

  #nameIn({ namespace, name }: MadeElement, scope: Scope): string {
    const prefix = this.#random.pick(this.#prefixesOf(namespace, scope))
    return prefix === '' ? name : `${prefix}:${name}`
  }

  #prefixesOf(namespace: string, scope: Scope): string[] {
    return [...scope].filter(([, uri]) => uri === namespace).map(([prefix]) => prefix)
  }

  #attribute({ name, value, isPadded }: MadeAttribute): string {
    const padded = isPadded && this.#isOdd() ? `${this.#blank()}${value} ` : value
    return `${name}${this.#equals()}${this.#quoted(padded)}`
  }

  #equals(): string {
    return this.#isOdd() ? ' =\n' : '='
  }

  #quoted(value: string): string {
    const quote = this.#isOdd() ? "'" : '"'
    const reference = quote === '"' ? '&quot;' : '&#x27;'
    const escaped = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll(quote, reference)
    return quote + escaped + quote
  }

  #blank(): string {
    return this.#isOdd() ? this.#random.pick(BLANKS) : ' '
  }

  #text({ value, isPadded, isBase64 }: NonNullable<MadeElement['text']>): string {
    const lines = isBase64 && this.#isOdd() ? this.#inLines(value) : value
    const spelled = this.#isOdd() ? this.#charactersOf(lines) : escaped(lines)
    return isPadded && this.#isOdd() ? this.#edge() + spelled + this.#edge() : spelled
  }

  #inLines(base64: string): string {
    const length = this.#random.pick([1, 3, 4, 64, 76])
    return base64.replace(new RegExp(`.{${length}}(?=.)`, 'g'), `$&${this.#random.pick(BLANKS.slice(0, 4))}`)
  }

  /** White space that is no part of a value, and comments. */
  #edge(): string {
    return this.#random.pick(['', ...BLANKS, '&#32;', '&#xA;', '<![CDATA[ ]]>', ...COMMENTS])
  }

  #charactersOf(value: string): string {
    const rate = this.#random.pick([0.02, 0.2, 1])
    const spelled = [...value].map((character) =>
      this.#random.chance(rate) ? this.#oddly(character) : escaped(character),
    )
    return this.#random.chance(0.1) && !value.includes(']]>') ? `<![CDATA[${value}]]>` : spelled.join('')
  }

  #oddly(character: string): string {
    const code = character.codePointAt(0) ?? 0
    return this.#random.pick([
      `&#${code};`,
      `&#x${code.toString(16)};`,
      `&#x0${code.toString(16).toUpperCase()};`,
      `<![CDATA[${character}]]>`,
      `<![CDATA[]]>${escaped(character)}`,
      `${escaped(character)}${this.#random.pick(COMMENTS)}`,
    ])
  }

  #isOdd(): boolean {
    return this.#random.chance(this.#oddness)
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
