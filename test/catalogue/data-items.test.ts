/**
 * The data items of answers and alerts: the file is what the schemas and its own classes make, and every leaf has a class.
 *
 * The schemas of DUIS 5.4 are no part of the project: name a folder with them in DUISGATE_SCHEMAS. Those of 5.1 come with a
 * development dependency.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { classed, leavesOf, rebuilt } from '../../scripts/schemas/data-items.ts'
import { readSchemaFolder, XsdModel } from '../../scripts/schemas/xsd-model.ts'
import { CATALOGUE_FOLDER, loadCatalogue } from '../../src/config/load-catalogue.ts'
import { DATA_ITEMS_FILE, loadDataItems } from '../../src/config/load-data-items.ts'
import { officialSchemas } from '../support/official-xsd.ts'

const catalogue = loadCatalogue()
const { items } = loadDataItems()
const folder = process.env.DUISGATE_SCHEMAS
const earlier = officialSchemas()

t.test(
  'the file is what the script writes of the schemas of 5.4',
  { skip: folder ? false : 'set DUISGATE_SCHEMAS to a folder with the official schemas' },
  async (t) => {
    const { text, missing } = rebuilt(new XsdModel(readSchemaFolder(folder ?? '')), catalogue, items)
    t.same(missing, [])
    t.equal(text, readFileSync(join(CATALOGUE_FOLDER, DATA_ITEMS_FILE), 'utf8'))
  },
)

t.test(
  'every leaf of the schemas of 5.1 has a class, and one that is taken out is missed',
  { skip: earlier ? false : '@smartdcc/duis-sign-wrap is not installed' },
  async (t) => {
    const leaves = leavesOf(new XsdModel(earlier ?? new Map()), catalogue)
    t.ok(leaves.length > 2_000)
    t.same(classed(leaves, items).missing, [])
    const profile = items.filter(({ of }) => of === '4.8.1')
    for (const taken of profile) {
      const rest = items.filter(({ of, path }) => of !== taken.of || path !== taken.path)
      t.match(classed(leaves, rest).missing, [{ of: '4.8.1', path: taken.path }], taken.path)
    }
  },
)

t.test(
  'every SRV, alert and payload has items, but the SRVs that are answered by their outcome',
  async (t) => {
    const known = new Set(items.map(({ of }) => of))
    const without = (codes: Iterable<string>) => [...codes].filter((code) => !known.has(code))
    t.same(without(catalogue.bySrv.keys()), [
      ...['5.3', '6.14.3', '8.3', '8.4', '8.13', '8.14.1', '8.14.2', '8.14.3', '8.14.4', '12.2'],
    ])
    t.same(without(catalogue.alerts.keys()), [])
    t.same(without(catalogue.data.dccAlertPayloads.map(({ element }) => element)), [])
    const subjects = new Set([
      '*',
      ...catalogue.bySrv.keys(),
      ...catalogue.alerts.keys(),
      ...catalogue.data.dccAlertPayloads.map(({ element }) => element),
    ])
    t.same(
      [...known].filter((of) => !subjects.has(of)),
      [],
    )
  },
)

t.test('no item stands twice for the same Devices and log', async (t) => {
  const keys = items.map(({ of, path, when }) => `${of} ${path} ${JSON.stringify(when)}`)
  t.same(
    keys.filter((key, index) => keys.indexOf(key) < index),
    [],
  )
})
