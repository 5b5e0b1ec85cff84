/**
 * Rebuilds `policy/catalogue/data-items.json` from the official schemas (DUIS 5.4, MMC 5.4), which are no part of this repository:
 *
 *   npm run data-items -- FOLDER
 *
 * Paths and types come from the schemas, classes from the file as it is. A leaf without a class is named, nothing is written, and the
 * exit code is 1: give it a class in the file, at its path, and run this again.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CATALOGUE_FOLDER, loadCatalogue } from '../src/config/load-catalogue.ts'
import { DATA_ITEMS_FILE, loadDataItems } from '../src/config/load-data-items.ts'
import { rebuilt } from './schemas/data-items.ts'
import { readSchemaFolder, XsdModel } from './schemas/xsd-model.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('give the folder with the schemas of DUIS, MMC and xmldsig')
const { text, missing } = rebuilt(
  new XsdModel(readSchemaFolder(folder)),
  loadCatalogue(),
  loadDataItems().items,
)
for (const { of, path, type } of missing) console.error(`no class: ${of} ${path} (${type})`)
if (missing.length === 0) writeFileSync(join(CATALOGUE_FOLDER, DATA_ITEMS_FILE), text)
else process.exitCode = 1
