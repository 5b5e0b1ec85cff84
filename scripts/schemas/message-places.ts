/**
 * Every place of the DUIS and MMC schemas where a message may say whom or what it is about: EUIs, alert codes, SRVs and message
 * codes, and binary values, in which a payload may stand.
 *
 * `test/reader/message-places.test.ts` holds the reading plan against them.
 */
import { type Place, placesBelow } from './places.ts'
import type { XsdModel } from './xsd-model.ts'

/**
 * What the text of a place is: one EUI, a list of them, originator:target:counter; `base64` and `hex`: any bytes, alert codes and
 * message codes included; a DCC Alert code; a Service Reference or its variant.
 */
export type Holding =
  | 'eui'
  | 'eui-list'
  | 'request-id'
  | 'base64'
  | 'hex'
  | 'dcc-alert-code'
  | 'service-reference'
  | 'srv'

export interface MessagePlace {
  /** From the root element on; an attribute ends in `@name`. Names of the Service User Gateway have no prefix. */
  readonly path: string
  readonly holds: Holding
  /** File of the schema that declares it. */
  readonly schema: string
}

export interface MessagePlaces {
  readonly schemas: readonly { readonly name: string; readonly sha256: string }[]
  readonly places: readonly MessagePlace[]
}

const SR = 'http://www.dccinterface.co.uk/ServiceUserGateway'

/** Places of both roots, in the order of the schemas, each path once. */
export function messagePlaces(model: XsdModel): MessagePlaces {
  const places = new Map<string, MessagePlace>()
  for (const root of ['Request', 'Response'])
    for (const place of placesBelow(model.element(SR, root))) {
      const path = `${root}/${place.path}`
      const holds = holdingOf(place)
      if (holds) places.set(path, { path, holds, schema: place.file })
    }
  return {
    schemas: model.files.map(({ name, sha256 }) => ({ name, sha256 })),
    places: [...places.values()],
  }
}

/** The file: one schema and one place a line. */
export function messagePlacesText({ schemas, places }: MessagePlaces): string {
  return `{\n  "schemas": [\n${lines(schemas)}\n  ],\n  "places": [\n${lines(places)}\n  ]\n}\n`
}

function lines(entries: readonly object[]): string {
  return entries
    .map((entry) => `    ${JSON.stringify(entry).replaceAll('":', '": ').replaceAll(',"', ', "')}`)
    .join(',\n')
}

function holdingOf({ path, builtin, pattern, enumeration }: Place): Holding | undefined {
  if (builtin === 'base64Binary') return 'base64'
  if (builtin === 'hexBinary') return 'hex'
  if (pattern?.includes('[A-Fa-f0-9]{2}-')) return identityOf(pattern)
  if (enumeration.includes('N999')) return 'dcc-alert-code'
  if (!path.includes('ServiceReference')) return undefined
  return path.endsWith('Variant') ? 'srv' : 'service-reference'
}

function identityOf(pattern: string): Holding {
  if (pattern.includes(':')) return 'request-id'
  return pattern.includes(',') ? 'eui-list' : 'eui'
}
