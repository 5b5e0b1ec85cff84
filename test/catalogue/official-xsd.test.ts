/**
 * The catalogue against the official DUIS XSD V5.1: the same SRVs, elements and codes, and every Device path exists.
 * What V5.4 adds is named here, so that a difference is either known or a fault.
 */
import t from 'tap'
import type { Place } from '../../scripts/schemas/places.ts'
import { loadCatalogue } from '../../src/config/load-catalogue.ts'
import { identityForm, officialModel, officialPlaces, placesInBody } from '../support/xsd-places.ts'

const { data } = loadCatalogue()

/** DUIS 5.4 makes 4.2 schedulable. */
const SINCE_5_4 = ['DSPReadInstantaneousExportRegisters']

/** Names a message, not a Device: the alert's own identity. */
const NOT_A_DEVICE = ['ECoSAlert/AlertID']

/** The 130th body element: any critical request as the User signed it. */
const NOT_AN_SRV = ['SignedPreCommand']

t.test(
  'the official XSD',
  { skip: officialModel ? false : 'the package with the official XSD is not installed' },
  async (t) => {
    const requestPlaces = placesInBody('Request')
    const alertPlaces = placesInBody('Response').flatMap((place) => below('DCCAlertMessage/DCCAlert/', place))

    t.test('enumerates the same SRVs', async (t) => {
      t.strictSame(
        sorted(data.serviceRequests.map((entry) => entry.srv)),
        sorted(placeIn(officialPlaces('Request'), 'Header/ServiceReferenceVariant').enumeration),
      )
    })

    t.test('has the same body elements', async (t) => {
      const elements = data.serviceRequests.map((entry) => entry.bodyElement)
      t.strictSame(sorted([...elements, ...NOT_AN_SRV]), firstNames(requestPlaces))
    })

    t.test('has the same schedule elements', async (t) => {
      const elements = data.serviceRequests.flatMap((entry) => entry.scheduleElement ?? [])
      const official = firstNames(requestPlaces.flatMap((place) => below('CreateSchedule/', place))).filter(
        (name) => name.startsWith('DSP'),
      )
      const reads = official.filter((name) => !name.startsWith('DSPScheduledServiceReference'))
      t.strictSame(sorted(elements), sorted([...reads, ...SINCE_5_4]))
    })

    t.test('has the same DCC Alert codes and payloads', async (t) => {
      t.strictSame(
        sorted(data.dccAlerts.map((entry) => entry.code)),
        sorted(placeIn(placesInBody('Response'), 'DCCAlertMessage/DCCAlertCode').enumeration),
      )
      t.strictSame(sorted(data.dccAlertPayloads.map((entry) => entry.element)), firstNames(alertPlaces))
    })

    t.test('has every Device path, and names no other Device', async (t) => {
      const inRequests = data.serviceRequests.flatMap((entry) => entry.devicePaths.map(({ path }) => path))
      const inAlerts = data.dccAlertPayloads.flatMap((entry) => entry.devicePaths.map(({ path }) => path))
      t.strictSame(sorted(inRequests), devicePaths(requestPlaces))
      t.strictSame(sorted([...inAlerts, ...NOT_A_DEVICE]), devicePaths(alertPlaces))
    })

    t.test('gives each Device path the form that the catalogue says', async (t) => {
      const paths = [...data.serviceRequests, ...data.dccAlertPayloads].flatMap((entry) => entry.devicePaths)
      const places = [...requestPlaces, ...alertPlaces]
      for (const { path, as } of paths) {
        t.equal(as, identityForm(placeIn(places, path)), path)
      }
    })

    t.test('has every path of a wrapped Device Alert code', async (t) => {
      const wrapped = data.dccAlertPayloads.flatMap((entry) => entry.alertCodePaths)
      t.strictSame(
        sorted(wrapped),
        sorted(
          alertPlaces
            .filter(({ path, builtin }) => /\/(?:Device)?AlertCode$/.test(path) && builtin === 'hexBinary')
            .map(({ path }) => path),
        ),
      )
    })
  },
)

function below(prefix: string, place: Place): Place[] {
  return place.path.startsWith(prefix) ? [{ ...place, path: place.path.slice(prefix.length) }] : []
}

/** Local names of the outermost elements, each once. */
function firstNames(places: readonly Place[]): string[] {
  return sorted([...new Set(places.map(({ path }) => path.split('/')[0] ?? ''))])
}

/** Paths of DUIS that hold an EUI. */
function devicePaths(places: readonly Place[]): string[] {
  return sorted(
    places.flatMap((place) => (identityForm(place) && !place.path.includes('ra:') ? [place.path] : [])),
  )
}

function placeIn(places: readonly Place[], path: string): Place {
  const place = places.find((candidate) => candidate.path === path)
  if (!place) throw new Error(`the XSD has no ${path}`)
  return place
}

function sorted(names: readonly string[]): string[] {
  return [...names].sort()
}
