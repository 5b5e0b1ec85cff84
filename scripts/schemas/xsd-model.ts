/**
 * A model of XSD files: what elements may hold, with the file and line that say so.
 *
 * It knows what the DUIS, MMC and xmldsig schemas use (sequences, choices, wildcards, references, extensions, simple
 * types by restriction) and throws at anything else, so that a later schema cannot be half understood.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { XmlDocument, XmlElement } from 'libxml2-wasm'

const XS = 'http://www.w3.org/2001/XMLSchema'

export interface SchemaFile {
  readonly name: string
  /** Of the text as it was given, in lower-case hex. */
  readonly sha256: string
  /** The target namespace. */
  readonly namespace: string
}

/** Where a declaration begins. */
export interface SchemaPlace {
  readonly file: string
  readonly line: number
}

export interface Occurs {
  readonly min: number
  /** `Infinity` when unbounded. */
  readonly max: number
}

export type Particle = Occurs &
  (
    | { readonly kind: 'sequence' | 'choice'; readonly particles: readonly Particle[] }
    | { readonly kind: 'element'; readonly element: ElementDeclaration }
    /** `namespaces` as the XSD writes it (`##any`, `##other`…); lax: an element that nobody declares may stand there. */
    | { readonly kind: 'any'; readonly namespaces: string; readonly isLax: boolean }
  )

export interface ElementDeclaration extends SchemaPlace {
  readonly name: string
  readonly namespace: string
  readonly type: Type
}

export interface AttributeDeclaration extends SchemaPlace {
  readonly name: string
  readonly isRequired: boolean
  readonly fixed: string | undefined
  readonly type: SimpleType
}

export type Type = SimpleType | ComplexType

export interface SimpleType {
  readonly kind: 'simple'
  /** Local name; absent for a type written in place. */
  readonly name: string | undefined
  /** Absent for a built-in type. */
  readonly base: SimpleType | undefined
  /** Local name of the built-in type that it restricts. */
  readonly builtin: string
  /** The facets of this step alone, by name: `pattern`, `enumeration`, `maxLength`… Steps hold one and all. */
  readonly facets: ReadonlyMap<string, readonly string[]>
}

export interface ComplexType {
  readonly kind: 'complex'
  /** Local name; absent for a type written in place. */
  readonly name: string | undefined
  readonly isMixed: boolean
  /** Child elements, those of the base first; absent when there are none. */
  readonly content: Particle | undefined
  /** The text of an element with simple content. */
  readonly value: SimpleType | undefined
  /** Those of the base included. */
  readonly attributes: readonly AttributeDeclaration[]
}

/** The values of a facet at the innermost step that has it; none when no step has. */
export function innermost(type: SimpleType | undefined, facet: string): readonly string[] {
  if (!type) return []
  return type.facets.get(facet) ?? innermost(type.base, facet)
}

/** The schema files of a folder by name, every `.xsd` there. */
export function readSchemaFolder(folder: string): Map<string, string> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.xsd'))
  if (names.length === 0) throw new Error(`${folder} holds no .xsd file`)
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

type Kind = 'element' | 'complexType' | 'simpleType'

/** A node of a schema document with what is needed to resolve the names in it. */
interface Node {
  readonly xml: XmlElement
  readonly source: Source
}

interface Source {
  readonly file: SchemaFile
  readonly lines: readonly string[]
}

export class XsdModel {
  readonly files: readonly SchemaFile[]
  readonly #global = new Map<string, Node>()
  readonly #elements = new Map<string, ElementDeclaration>()
  readonly #types = new Map<string, Type>()

  /** The documents stay in memory of libxml2 for as long as the process lives: types are resolved when asked for. */
  constructor(schemas: ReadonlyMap<string, string>) {
    this.files = [...schemas].map(([name, text]) => this.#load(name, text))
  }

  /** The global element of this name; throws when there is none. */
  element(namespace: string, name: string): ElementDeclaration {
    const key = `${namespace} ${name}`
    const known = this.#elements.get(key) ?? this.#declaration(this.#find('element', namespace, name))
    this.#elements.set(key, known)
    return known
  }

  /** The global or built-in type of this name; throws when there is none. */
  type(namespace: string, name: string): Type {
    const key = `${namespace} ${name}`
    const known = this.#types.get(key) ?? this.#namedType(namespace, name)
    this.#types.set(key, known)
    return known
  }

  /** The names of the global elements or types of a namespace, in the order of the schema. */
  names(kind: 'element' | 'type', namespace: string): string[] {
    return [...this.#global.keys()].flatMap((key) => {
      const [found, space, name = ''] = key.split(' ')
      const isWanted = kind === 'element' ? found === 'element' : found !== 'element'
      return isWanted && space === namespace ? [name] : []
    })
  }

  #load(name: string, text: string): SchemaFile {
    const root = XmlDocument.fromString(text).root
    const namespace = root.attr('targetNamespace')?.value ?? ''
    const file = { name, sha256: createHash('sha256').update(text).digest('hex'), namespace }
    const source = { file, lines: text.split('\n') }
    for (const xml of children(root)) {
      if (xml.name === 'import' || xml.name === 'annotation') continue
      this.#global.set(`${xml.name} ${namespace} ${attribute(xml, 'name')}`, { xml, source })
    }
    return file
  }

  #find(kind: Kind, namespace: string, name: string): Node {
    const found = this.#global.get(`${kind} ${namespace} ${name}`)
    if (!found) throw new Error(`the schemas have no ${kind} ${name} in ${namespace}`)
    return found
  }

  #namedType(namespace: string, name: string): Type {
    if (namespace === XS) return builtinType(name)
    const complex = this.#global.get(`complexType ${namespace} ${name}`)
    return complex ? this.#complexType(complex) : this.#simpleType(this.#find('simpleType', namespace, name))
  }

  #declaration(node: Node): ElementDeclaration {
    const { xml, source } = node
    for (const unknown of ['substitutionGroup', 'nillable', 'form']) {
      if (xml.attr(unknown)) throw new Error(`an element with ${unknown} is not understood`)
    }
    const typeOf = () => this.#typeOf(node)
    let type: Type | undefined
    return {
      name: attribute(xml, 'name'),
      namespace: source.file.namespace,
      ...placeOf(node),
      /** When asked for, because types may hold themselves. */
      get type() {
        type ??= typeOf()
        return type
      },
    }
  }

  /** By name or written in place. */
  #typeOf(node: Node): Type {
    const name = node.xml.attr('type')?.value
    if (name !== undefined) return this.#typeNamed(node, name)
    const inside = children(node.xml).find((child) => child.name.endsWith('Type'))
    if (!inside) throw new Error(`${attribute(node.xml, 'name')} has no type`)
    const here = { ...node, xml: inside }
    return inside.name === 'complexType' ? this.#complexType(here) : this.#simpleType(here)
  }

  #typeNamed({ xml }: Node, qualified: string): Type {
    return this.type(...resolved(xml, qualified))
  }

  #simpleTypeNamed(node: Node, qualified: string): SimpleType {
    const type = this.#typeNamed(node, qualified)
    if (type.kind !== 'simple') throw new Error(`${qualified} is no simple type`)
    return type
  }

  #simpleType(node: Node): SimpleType {
    const restriction = only(node.xml, 'restriction')
    const base = this.#simpleTypeNamed(node, attribute(restriction, 'base'))
    const facets = new Map<string, string[]>()
    for (const facet of children(restriction)) {
      facets.set(facet.name, [...(facets.get(facet.name) ?? []), attribute(facet, 'value')])
    }
    return { kind: 'simple', name: node.xml.attr('name')?.value, base, builtin: base.builtin, facets }
  }

  #complexType(node: Node): ComplexType {
    const { xml } = node
    const name = xml.attr('name')?.value
    const isMixed = xml.attr('mixed')?.value === 'true'
    const inner = children(xml).find((child) => child.name.endsWith('Content'))
    if (!inner) return { kind: 'complex', name, isMixed, value: undefined, ...this.#own(node) }
    const extension = only(inner, 'extension')
    const own = this.#own({ ...node, xml: extension })
    const base = this.#typeNamed(node, attribute(extension, 'base'))
    if (base.kind === 'simple') return { kind: 'complex', name, isMixed, ...own, value: base }
    return {
      kind: 'complex',
      name,
      isMixed,
      value: base.value,
      content: both(base.content, own.content),
      attributes: [...base.attributes, ...own.attributes],
    }
  }

  #own(node: Node): Pick<ComplexType, 'content' | 'attributes'> {
    const inside = children(node.xml).filter(({ name }) => name !== 'annotation')
    const attributes = inside.filter(({ name }) => name === 'attribute')
    const particles = inside.filter(({ name }) => name !== 'attribute')
    if (particles.length > 1) throw new Error('a type with two content models is not understood')
    return {
      content: particles.map((xml) => this.#particle({ ...node, xml }))[0],
      attributes: attributes.map((xml) => this.#attribute({ ...node, xml })),
    }
  }

  #attribute(node: Node): AttributeDeclaration {
    const type = this.#typeOf(node)
    if (type.kind !== 'simple') throw new Error('an attribute needs a simple type')
    return {
      name: attribute(node.xml, 'name'),
      isRequired: node.xml.attr('use')?.value === 'required',
      fixed: node.xml.attr('fixed')?.value,
      ...placeOf(node),
      type,
    }
  }

  #particle(node: Node): Particle {
    const { xml } = node
    const occurs = { min: occurrence(xml, 'minOccurs'), max: occurrence(xml, 'maxOccurs') }
    if (xml.name === 'any') {
      const namespaces = xml.attr('namespace')?.value ?? '##any'
      return { kind: 'any', ...occurs, namespaces, isLax: xml.attr('processContents')?.value === 'lax' }
    }
    if (xml.name === 'element') return { kind: 'element', ...occurs, element: this.#elementAt(node) }
    if (xml.name !== 'sequence' && xml.name !== 'choice') throw new Error(`${xml.name} is not understood`)
    const inside = children(xml).filter(({ name }) => name !== 'annotation')
    return {
      kind: xml.name,
      ...occurs,
      particles: inside.map((child) => this.#particle({ ...node, xml: child })),
    }
  }

  #elementAt(node: Node): ElementDeclaration {
    const reference = node.xml.attr('ref')?.value
    return reference === undefined ? this.#declaration(node) : this.element(...resolved(node.xml, reference))
  }
}

function builtinType(name: string): SimpleType {
  return { kind: 'simple', name, base: undefined, builtin: name, facets: new Map() }
}

function both(base: Particle | undefined, own: Particle | undefined): Particle | undefined {
  if (!base || !own) return base ?? own
  return { kind: 'sequence', min: 1, max: 1, particles: [base, own] }
}

/** libxml2 gives the line where a start tag ends. */
function placeOf({ xml, source }: Node): SchemaPlace {
  let line = xml.line
  const tag = new RegExp(`<(\\w+:)?${xml.name}\\b`)
  while (line > 1 && !tag.test(source.lines[line - 1] ?? '')) line--
  return { file: source.file.name, line }
}

function occurrence(xml: XmlElement, name: string): number {
  const value = xml.attr(name)?.value ?? '1'
  return value === 'unbounded' ? Number.POSITIVE_INFINITY : Number(value)
}

function resolved(xml: XmlElement, qualified: string): [namespace: string, name: string] {
  const colon = qualified.indexOf(':')
  const prefix = colon === -1 ? '' : qualified.slice(0, colon)
  const namespace = xml.namespaces[prefix]
  if (namespace === undefined) throw new Error(`the prefix of ${qualified} is not bound`)
  return [namespace, qualified.slice(colon + 1)]
}

function only(xml: XmlElement, name: string): XmlElement {
  const found = children(xml).filter((child) => child.name !== 'annotation')
  const [first] = found
  if (!first || found.length > 1 || first.name !== name) throw new Error(`${xml.name} without one ${name}`)
  return first
}

function attribute(xml: XmlElement, name: string): string {
  const value = xml.attr(name)?.value
  if (value === undefined) throw new Error(`${xml.name} at line ${xml.line} has no ${name}`)
  return value
}

function children(xml: XmlElement): XmlElement[] {
  const found: XmlElement[] = []
  for (let child = xml.firstChild; child; child = child.next)
    if (child instanceof XmlElement && child.namespaceUri === XS) found.push(child)
  return found
}
