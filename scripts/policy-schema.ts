/**
 * Writes `schemas/policy.schema.json` and `schemas/policy-tests.schema.json`, the JSON Schemas of a policy table and of its
 * unit tests, from the schemas that the gateway reads with.
 *
 *     node scripts/policy-schema.ts
 */
import { writeFileSync } from 'node:fs'
import { tableFileSchema } from '../src/config/load-table.ts'
import { tableTestsSchema } from '../src/config/load-table-tests.ts'

const SCHEMAS: Readonly<Record<string, Record<string, unknown>>> = {
  'policy.schema.json': tableFileSchema(),
  'policy-tests.schema.json': tableTestsSchema(),
}

for (const [name, schema] of Object.entries(SCHEMAS))
  writeFileSync(new URL(`../schemas/${name}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`)
