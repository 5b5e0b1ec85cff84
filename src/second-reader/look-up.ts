/** Plain look-ups in a tree: elements at a path, and what the text of one means as XSD types have it. */
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { XmlElement } from './xml-tree.ts'

const NAMESPACES = new Map([
  ['sr', 'http://www.dccinterface.co.uk/ServiceUserGateway'],
  ['ra', 'http://www.dccinterface.co.uk/ResponseAndAlert'],
])

/** `sr:Name` or `ra:Name`; undefined for an element of any other namespace. */
export function nameOf({ namespace, localName }: XmlElement): string | undefined {
  for (const [prefix, uri] of NAMESPACES) if (uri === namespace) return `${prefix}:${localName}`
  return undefined
}

/** Every element at a path below `from`, in document order: names as `nameOf` has them, joined by `/`. */
export function at(from: XmlElement, path: string): XmlElement[] {
  return path
    .split('/')
    .reduce(
      (found, step) => found.flatMap(({ children }) => children.filter((child) => nameOf(child) === step)),
      [from] as XmlElement[],
    )
}

/** The element itself and every one below it, in document order. */
export function selfAndBelow(element: XmlElement): XmlElement[] {
  return [element, ...element.children.flatMap(selfAndBelow)]
}

/** The values at a path. */
export function textsAt(from: XmlElement, path: string): string[] {
  return at(from, path).flatMap((element) => textValueOf(element) ?? [])
}

/** The text of an element without outer white space as XML knows it; undefined where there are elements in it. */
export function textValueOf({ text, children }: XmlElement): string | undefined {
  return children.length === 0 ? text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '') : undefined
}

/** Whether a text has the form of a ServiceReference or its variant. */
export function isReference(text: string | undefined): text is string {
  return text !== undefined && /^[0-9]{1,3}(?:\.[0-9]{1,3}){1,3}$/.test(text)
}

/** An EUI in either letter case; undefined when the text is none. */
export function euiOf(text: string): DeviceKey | undefined {
  const pairs = text.split('-')
  if (pairs.length !== 8 || !pairs.every((pair) => /^[0-9A-Fa-f]{2}$/.test(pair))) return undefined
  return pairs.reduce((key, pair) => key * 256n + BigInt(Number.parseInt(pair, 16)), 0n) as DeviceKey
}

/** Originator and target of a RequestID or ResponseID, as far as they are EUIs. */
export function partiesOf(id: string): readonly [DeviceKey | undefined, DeviceKey | undefined] {
  const [originator = '', target = ''] = id.split(':')
  return [euiOf(originator), euiOf(target)]
}

/** A code of hexBinary in upper case without zero bytes before it, two bytes at least; undefined when there is none. */
export function hexCodeOf(text: string): string | undefined {
  if (!/^(?:[0-9A-Fa-f]{2})+$/.test(text)) return undefined
  return text
    .toUpperCase()
    .replace(/^(?:00)+(?=.{4})/, '')
    .padStart(4, '0')
}

/** Every EUI among the words of a text. */
export function euisAmong(text: string): DeviceKey[] {
  return text.split(/[ \t\r\n,:;]/).flatMap((word) => euiOf(word) ?? [])
}
