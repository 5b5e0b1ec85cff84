/**
 * The catalogue against the official DUIS XSD V5.1: the same SRVs, elements and codes, and every Device path exists.
 * What V5.4 adds is named here, so that a difference is either known or a fault.
 */
import t from 'tap'
import { loadCatalogue } from '../../src/config/load-catalogue.ts'
import { officialSchemas } from '../support/official-xsd.ts'
import { SchemaTree } from '../support/schema-tree.ts'

const { data } = loadCatalogue()
const schemas = officialSchemas()

/** DUIS 5.4 makes 4.2 schedulable. */
const SINCE_5_4 = ['DSPReadInstantaneousExportRegisters']

/** Names a message, not a Device: the alert's own identity. */
const NOT_A_DEVICE = ['ECoSAlert/AlertID']

/** The 130th body element: any critical request as the User signed it. */
const NOT_AN_SRV = ['SignedPreCommand']

t.test(
  'the official XSD',
  { skip: schemas ? false : 'the package with the official XSD is not installed' },
  async (t) => {
    const tree = new SchemaTree(schemas?.get('duis-5.1.xsd') ?? '')
    const requestPaths = tree
      .pathsBelow('Request')
      .filter((path) => path.startsWith('Body/'))
      .map((path) => path.slice(5))
    const alertPaths = tree.pathsBelow('DCCAlert')
    const topLevel = (paths: readonly string[]) => paths.filter((path) => !path.includes('/'))

    t.test('enumerates the same SRVs', async (t) => {
      t.strictSame(
        sorted(data.serviceRequests.map((entry) => entry.srv)),
        sorted(tree.enumeration('ServiceReferenceVariant')),
      )
    })

    t.test('has the same body elements', async (t) => {
      const elements = data.serviceRequests.map((entry) => entry.bodyElement)
      t.strictSame(sorted([...elements, ...NOT_AN_SRV]), sorted(topLevel(requestPaths)))
    })

    t.test('has the same schedule elements', async (t) => {
      const elements = data.serviceRequests.flatMap((entry) => entry.scheduleElement ?? [])
      const official = requestPaths
        .filter((path) => /^CreateSchedule\/DSP[^/]*$/.test(path))
        .map((path) => path.slice(15))
      const reads = official.filter((name) => !name.startsWith('DSPScheduledServiceReference'))
      t.strictSame(sorted(elements), sorted([...reads, ...SINCE_5_4]))
    })

    t.test('has the same DCC Alert codes and payloads', async (t) => {
      t.strictSame(
        sorted(data.dccAlerts.map((entry) => entry.code)),
        sorted(tree.enumeration('DCCAlertCode')),
      )
      t.strictSame(sorted(data.dccAlertPayloads.map((entry) => entry.element)), sorted(topLevel(alertPaths)))
    })

    t.test('has every Device path, and names no other Device', async (t) => {
      const inRequests = data.serviceRequests.flatMap((entry) => entry.devicePaths.map(({ path }) => path))
      const inAlerts = data.dccAlertPayloads.flatMap((entry) => entry.devicePaths.map(({ path }) => path))
      t.strictSame(sorted(inRequests), sorted(requestPaths.filter((path) => tree.namesDevice(path))))
      t.strictSame(
        sorted([...inAlerts, ...NOT_A_DEVICE]),
        sorted(alertPaths.filter((path) => tree.namesDevice(path))),
      )
    })

    t.test('gives each Device path the form that the catalogue says', async (t) => {
      const paths = [...data.serviceRequests, ...data.dccAlertPayloads].flatMap((entry) => entry.devicePaths)
      for (const { path, as } of paths) t.equal(as, tree.deviceForm(path), path)
    })

    t.test('has every path of a wrapped Device Alert code', async (t) => {
      const wrapped = data.dccAlertPayloads.flatMap((entry) => entry.alertCodePaths)
      t.strictSame(
        sorted(wrapped),
        sorted(alertPaths.filter((path) => /\/(?:Device)?AlertCode$/.test(path) && tree.isHexBinary(path))),
      )
    })
  },
)

function sorted(names: readonly string[]): string[] {
  return [...names].sort()
}
