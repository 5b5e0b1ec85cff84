/** `duisgate schema`: brings the schema of the store up to date, apart from running. */
import { Command } from 'commander'
import { SCHEMA_VERSION } from '../store/sql/schema.ts'
import { type StoreOptions, withMigratedStore } from './configuration.ts'
import { withStoreOptions } from './shared-options.ts'
import type { Terminal } from './terminal.ts'

const HELP = `
For stores whose processes may not change it: store.migrate is never, and each connects as a role with few rights
(deploy/postgresql/roles.sql). Steps only add: migrate first, then restart one process after the other.

Example:
  duisgate schema migrate --store postgres://duisgate_owner@db.internal/duisgate`

export function schemaCommand(terminal: Terminal): Command {
  const migrate = new Command('migrate')
    .description('Bring the schema of the store up to date.')
    .addHelpText('after', HELP)
  return new Command('schema').addCommand(
    withStoreOptions(migrate).action((options: StoreOptions) => run(terminal, options)),
  )
}

async function run(terminal: Terminal, options: StoreOptions): Promise<void> {
  await withMigratedStore(terminal, options, async () => {
    terminal.print(`the schema is up to date; this duisgate needs version ${SCHEMA_VERSION}`)
  })
}
