/**
 * Walks the official XSD for every element path below Body whose value holds an EUI.
 *
 * It follows the DUIS schema only; SMETS1 data of the MMC schema are not walked.
 */
import { XmlDocument, type XmlElement } from 'libxml2-wasm'

const XS = { xs: 'http://www.w3.org/2001/XMLSchema' }

/** How the value names Devices, judged by its pattern. */
export type IdentityForm = 'eui' | 'eui-list' | 'request-id'

export interface IdentityPath {
  readonly root: 'Request' | 'Response'
  /** Local names below Body, joined by `/`. */
  readonly path: string
  readonly form: IdentityForm
}

/** Every path, each once, in the order of the schema. */
export function identityPaths(duisSchema: string): IdentityPath[] {
  const document = XmlDocument.fromString(duisSchema)
  try {
    const walk = new SchemaWalk(document)
    return [...walk.below('Request'), ...walk.below('Response')]
  } finally {
    document.dispose()
  }
}

class SchemaWalk {
  readonly #types: ReadonlyMap<string, XmlElement>
  readonly #elements: ReadonlyMap<string, XmlElement>

  constructor(document: XmlDocument) {
    this.#types = byName(document, '/xs:schema/xs:complexType | /xs:schema/xs:simpleType')
    this.#elements = byName(document, '/xs:schema/xs:element')
  }

  below(root: 'Request' | 'Response'): IdentityPath[] {
    const element = this.#elements.get(root)
    const holder = this.#types.get(localName(element?.attr('type')?.value ?? '')) ?? element
    const body = holder?.get('.//xs:element[@name="Body"]', XS)
    if (!body) throw new Error(`the schema has no ${root} with a Body`)
    const found = new Map<string, IdentityForm>()
    this.#walk(body as XmlElement, '', [], found)
    return [...found].map(([path, form]) => ({ root, path, form }))
  }

  /** Takes the child elements of a type or element, its base types and references included. */
  #walk(holder: XmlElement, path: string, open: readonly string[], found: Map<string, IdentityForm>): void {
    for (const base of holder.find('.//xs:extension/@base', XS)) {
      const type = this.#types.get(localName(base.content))
      if (type) this.#walk(type, path, open, found)
    }
    for (const element of holder.find('.//xs:element', XS))
      this.#enter(element as XmlElement, holder, path, open, found)
  }

  #enter(
    element: XmlElement,
    holder: XmlElement,
    path: string,
    open: readonly string[],
    found: Map<string, IdentityForm>,
  ): void {
    const parent = element.get('ancestor::xs:element[1]', XS)
    const isNested = parent !== null && !parent.isSameNode(holder)
    if (isNested) return
    const declared = this.#declaration(element)
    if (!declared) return
    const name = declared.attr('name')?.value ?? ''
    const here = path === '' ? name : `${path}/${name}`
    const typeName = localName(declared.attr('type')?.value ?? '')
    const type = this.#types.get(typeName)
    const form = this.#formOf(type ?? declared)
    if (form) found.set(here, form)
    else if (type && !open.includes(typeName)) this.#walk(type, here, [...open, typeName], found)
    else if (!type) this.#walk(declared, here, open, found)
  }

  /** The element itself, or the global one it refers to in this schema. */
  #declaration(element: XmlElement): XmlElement | undefined {
    const reference = element.attr('ref')?.value
    return reference === undefined ? element : this.#elements.get(localName(reference))
  }

  /** Judges a simple type by its pattern, or that of its base. */
  #formOf(type: XmlElement): IdentityForm | undefined {
    if (type.name === 'complexType' || type.get('xs:complexType', XS)) return undefined
    const pattern = type.get('.//xs:pattern/@value', XS)?.content
    if (pattern?.includes('[A-Fa-f0-9]{2}-')) return formOfPattern(pattern)
    const base = this.#types.get(localName(type.get('.//xs:restriction/@base', XS)?.content ?? ''))
    return base && this.#formOf(base)
  }
}

function formOfPattern(pattern: string): IdentityForm {
  if (pattern.includes(':')) return 'request-id'
  return pattern.includes(',') ? 'eui-list' : 'eui'
}

function byName(document: XmlDocument, xpath: string): Map<string, XmlElement> {
  return new Map(
    document
      .find(xpath, XS)
      .map((node) => [(node as XmlElement).attr('name')?.value ?? '', node as XmlElement]),
  )
}

function localName(qualified: string): string {
  return qualified.split(':').at(-1) ?? ''
}
