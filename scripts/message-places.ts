/**
 * Writes `policy/catalogue/message-places.json` from the official schemas, which are no part of this repository:
 *
 *   npm run message-places -- FOLDER
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CATALOGUE_FOLDER } from '../src/config/load-catalogue.ts'
import { messagePlaces, messagePlacesText } from './schemas/message-places.ts'
import { readSchemaFolder, XsdModel } from './schemas/xsd-model.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('give the folder with the schemas of DUIS, MMC and xmldsig')
const found = messagePlaces(new XsdModel(readSchemaFolder(folder)))
writeFileSync(join(CATALOGUE_FOLDER, 'message-places.json'), messagePlacesText(found))
console.log(`${found.places.length} places of ${found.schemas.map(({ name }) => name).join(', ')}`)
