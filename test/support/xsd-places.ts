/** Places of the official XSD V5.1, and which of them name Devices. */
import { type Place, placesBelow } from '../../scripts/schemas/places.ts'
import { XsdModel } from '../../scripts/schemas/xsd-model.ts'
import { SR } from '../fixtures/message.ts'
import { officialSchemas } from './official-xsd.ts'

/** How a value names Devices. */
export type IdentityForm = 'eui' | 'eui-list' | 'request-target'

const schemas = officialSchemas()

/** Undefined when the package is not installed. */
export const officialModel = schemas && new XsdModel(schemas)

/** Places below the root; none when nothing is installed. */
export function officialPlaces(root: 'Request' | 'Response'): Place[] {
  return officialModel ? [...placesBelow(officialModel.element(SR, root))] : []
}

/** Places below Body, by paths that begin there. */
export function placesInBody(root: 'Request' | 'Response'): Place[] {
  return officialPlaces(root).flatMap((place) =>
    place.path.startsWith('Body/') ? [{ ...place, path: place.path.slice('Body/'.length) }] : [],
  )
}

/** Paths of the elements of DCC Alert payloads, down from the payload's own; each once. */
export function elementsInDccAlert(): string[] {
  const alert = 'DCCAlertMessage/DCCAlert/'
  const paths = placesInBody('Response').filter(({ path }) => path.startsWith(alert))
  const names = paths.map(({ path }) =>
    path
      .slice(alert.length)
      .split('/')
      .filter((name) => !/^[@*]/.test(name)),
  )
  return [...new Set(names.flatMap((steps) => steps.map((_, last) => steps.slice(0, last + 1).join('/'))))]
}

/** By the pattern of its type; undefined where no EUI stands. */
export function identityForm({ pattern }: Place): IdentityForm | undefined {
  if (!pattern?.includes('[A-Fa-f0-9]{2}-')) return undefined
  if (pattern.includes(':')) return 'request-target'
  return pattern.includes(',') ? 'eui-list' : 'eui'
}
