/** Writes schemas/openapi.json after a change of an endpoint: `node test/control/write-openapi.ts`. */
import { writeFileSync } from 'node:fs'
import { createControlApp } from '../../src/control/app.ts'
import { openApiDocument } from '../../src/control/openapi.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { createLog } from '../../src/observe/log.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { recommendedTable } from './desk.ts'
import { testPolicyParts } from './policy-parts.ts'

const table = await recommendedTable()
const store = openSqliteStore({ file: ':memory:' })
const { app } = createControlApp({
  restrictions: { store, parties: [] },
  table: () => table,
  policy: testPolicyParts(),
  clock: systemClock,
  log: createLog({ level: 'silent' }),
  credentials: [],
  isSecure: false,
})
writeFileSync('schemas/openapi.json', `${JSON.stringify(openApiDocument(app), null, 2)}\n`)
await store.close()
