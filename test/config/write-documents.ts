/** Writes what follows from settings and commands: run it with `npm run documents` after a change of either. */
import { readFileSync, writeFileSync } from 'node:fs'
import { CLI_PAGE, withOptionTables } from '../cli/documents.ts'
import { MANUAL_PAGE, manualPage } from '../cli/manual.ts'
import { POLICY_PAGE, withClosure } from '../policy/closure-page.ts'
import { shipped } from '../policy/messages.ts'
import { CONFIG_PAGE, SCHEMA_FILE, schemaText, settingsTable } from './documents.ts'

writeFileSync(SCHEMA_FILE, schemaText())
writeFileSync(
  CONFIG_PAGE,
  readFileSync(CONFIG_PAGE, 'utf8').replace(/\| setting \|[\s\S]*?(?=\n\n)/, () => settingsTable()),
)
writeFileSync(CLI_PAGE, withOptionTables(readFileSync(CLI_PAGE, 'utf8')))
writeFileSync(MANUAL_PAGE, manualPage())
writeFileSync(POLICY_PAGE, withClosure(readFileSync(POLICY_PAGE, 'utf8'), await shipped('recommended')))
