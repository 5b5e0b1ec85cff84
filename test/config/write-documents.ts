/** Writes the documents that follow from the settings: run it with `npm run documents` after a change of a setting. */
import { readFileSync, writeFileSync } from 'node:fs'
import { CONFIG_PAGE, SCHEMA_FILE, schemaText, settingsTable } from './documents.ts'

writeFileSync(SCHEMA_FILE, schemaText())
const page = readFileSync(CONFIG_PAGE, 'utf8')
writeFileSync(
  CONFIG_PAGE,
  page.replace(/\| setting \|[\s\S]*?(?=\n\n)/, () => settingsTable()),
)
