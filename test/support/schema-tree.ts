/**
 * The elements an XSD allows, as paths: just enough of XML Schema for the DUIS XSD (sequences, choices, extensions,
 * references, named types).
 */
import { XmlDocument, XmlElement } from 'libxml2-wasm'

const XS = 'http://www.w3.org/2001/XMLSchema'

export class SchemaTree {
  readonly #types = new Map<string, XmlElement>()
  readonly #elements = new Map<string, XmlElement>()
  readonly #typeOf = new Map<string, string>()

  constructor(schema: string) {
    for (const node of children(XmlDocument.fromString(schema).root)) {
      const name = node.attr('name')?.value ?? ''
      if (node.name === 'element') this.#elements.set(name, node)
      else this.#types.set(name, node)
    }
  }

  /** Every path below a global element or a named type, joined by `/`. */
  pathsBelow(name: string): string[] {
    const element = this.#elements.get(name)
    const start = element?.attr('type') ? this.#types.get(local(element.attr('type')?.value)) : element
    return [...new Set(this.#paths(start ?? this.#types.get(name), [], []))]
  }

  /** The values of the enumerated type of this name, or of every element of this name. */
  enumeration(name: string): string[] {
    const type = this.#types.get(name)
    return (type ? [type] : this.#named(name)).flatMap(enumerated)
  }

  /** Whether an element at this path, already listed by `pathsBelow`, is an EUI, a list of them or a RequestID. */
  namesDevice(path: string): boolean {
    return this.deviceForm(path) !== undefined
  }

  deviceForm(path: string): 'eui' | 'eui-list' | 'request-target' | undefined {
    const type = this.#typeOf.get(path)
    if (type === 'EUI') return 'eui'
    if (type === 'RequestIDType') return 'request-target'
    return type === 'DeviceIDList' || path.endsWith('/DeviceIDList') ? 'eui-list' : undefined
  }

  isHexBinary(path: string): boolean {
    return this.#typeOf.get(path) === 'hexBinary'
  }

  *#paths(
    node: XmlElement | undefined,
    above: readonly string[],
    within: readonly string[],
  ): Generator<string> {
    for (const child of node ? children(node) : []) {
      if (child.name === 'element') yield* this.#elementPaths(child, above, within)
      else if (child.name === 'extension') {
        yield* this.#typePaths(local(child.attr('base')?.value), above, within)
        yield* this.#paths(child, above, within)
      } else if (child.name !== 'annotation') yield* this.#paths(child, above, within)
    }
  }

  *#elementPaths(
    element: XmlElement,
    above: readonly string[],
    within: readonly string[],
  ): Generator<string> {
    const name = local(element.attr('name')?.value ?? element.attr('ref')?.value)
    const declared = element.attr('ref') ? this.#elements.get(name) : element
    const type = local(declared?.attr('type')?.value)
    const path = [...above, name]
    const joined = path.join('/')
    this.#typeOf.set(joined.replace(/^Body\//, ''), type)
    yield joined
    yield* this.#typePaths(type, path, within)
    yield* this.#paths(declared, path, within)
  }

  *#typePaths(type: string, above: readonly string[], within: readonly string[]): Generator<string> {
    if (within.includes(type)) return
    yield* this.#paths(this.#types.get(type), above, [...within, type])
  }

  #named(name: string): XmlElement[] {
    const all = [...this.#types.values(), ...this.#elements.values()].flatMap((node) =>
      descendants(node, 'element'),
    )
    return all.filter((element) => element.attr('name')?.value === name)
  }
}

function enumerated(node: XmlElement): string[] {
  return descendants(node, 'enumeration').map((value) => value.attr('value')?.value ?? '')
}

function children(node: XmlElement): XmlElement[] {
  const found: XmlElement[] = []
  for (let child = node.firstChild; child; child = child.next)
    if (child instanceof XmlElement && child.namespaceUri === XS) found.push(child)
  return found
}

function descendants(node: XmlElement, name: string): XmlElement[] {
  return children(node).flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...descendants(child, name),
  ])
}

/** The name without its prefix. */
function local(name: string | undefined): string {
  return name?.slice(name.indexOf(':') + 1) ?? ''
}
