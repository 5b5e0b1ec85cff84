/**
 * Writes `schemas/policy.schema.json`, the JSON Schema of a policy table, from the schema that the gateway reads with.
 *
 *     node scripts/policy-schema.ts
 */
import { writeFileSync } from 'node:fs'
import { tableFileSchema } from '../src/config/load-table.ts'

const SCHEMA = new URL('../schemas/policy.schema.json', import.meta.url)

writeFileSync(SCHEMA, `${JSON.stringify(tableFileSchema(), null, 2)}\n`)
