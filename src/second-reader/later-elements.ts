/**
 * Elements that no known version of DUIS has at their place: where they are, and what is in them. What such an element means
 * nobody knows, so everything in it that looks like a Device, a code, an SRV or a payload counts.
 */
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import { at, nameOf } from './look-up.ts'
import { ALERT_DATA_PATH, KNOWN_CHILDREN } from './places.ts'
import type { XmlElement } from './xml-tree.ts'

const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#'

/** A place where a later version may have more, and what it has of it. */
export interface LaterPlace {
  /** As in `KNOWN_CHILDREN`. */
  readonly path: string
  readonly elements: readonly XmlElement[]
}

/** Every element of a later version but those of the Header, with where they stand. */
export function laterElements(root: XmlElement, catalogue: Catalogue): LaterPlace[] {
  const known = new Map([...KNOWN_CHILDREN, ...knownToCatalogue(root, catalogue)])
  return [...known].flatMap(([path, names]) => {
    const parents = path === '' ? [root] : at(root, path)
    const elements = parents.flatMap(({ children }) =>
      children.filter((child) => {
        const name = nameOf(child)
        return name !== undefined && !names.includes(name)
      }),
    )
    return elements.length > 0 ? [{ path, elements }] : []
  })
}

function knownToCatalogue(root: XmlElement, { data }: Catalogue): [string, readonly string[]][] {
  const payloads = data.dccAlertPayloads.map(({ element }) => `sr:${element}`)
  const contents = data.deviceAlerts.flatMap(({ mmcElement }) => (mmcElement ? [`ra:${mmcElement}`] : []))
  const known: [string, readonly string[]][] = [
    ['sr:Body/sr:DCCAlertMessage/sr:DCCAlert', payloads],
    [ALERT_DATA_PATH, contents],
  ]
  if (nameOf(root) !== 'sr:Request') return known
  const requests = data.serviceRequests.map(({ bodyElement }) => `sr:${bodyElement}`)
  return [...known, ['sr:Body', [...requests, 'sr:SignedPreCommand']]]
}

/** The element itself and all below it but signatures. */
export function insideLater(element: XmlElement): XmlElement[] {
  if (element.namespace === SIGNATURE) return []
  return [element, ...element.children.flatMap(insideLater)]
}
