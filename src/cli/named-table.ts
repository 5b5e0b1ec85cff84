/** Tables by whatever names them at the command line: a shipped name, a file, a revision that the store keeps, or `store`. */

import { readTable } from '../config/load-table.ts'
import { FIRST_TABLE, GOVERNED_TABLE } from '../config/table-path.ts'
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import type { Table } from '../core/policy/table.ts'
import { isRevisionName } from '../core/policy/table-revision.ts'
import { tableAt } from '../governance/table-history.ts'
import { compiledOrFault, tableOf, tableTextOf } from '../run/table-files.ts'
import type { ControlStore } from '../store/control-store.ts'
import { type StoreOptions, withStore } from './configuration.ts'
import { type Terminal, usageError } from './terminal.ts'

/** Whether the store is needed to find the table of this name. */
function isInStore(name: string): boolean {
  return name === GOVERNED_TABLE || isRevisionName(name)
}

/** The table; opens the configured store only for names that stand for something in it. */
export function tableNamed(
  terminal: Terminal,
  options: StoreOptions,
  name: string,
  catalogue: Catalogue,
): Promise<Table> {
  if (!isInStore(name)) return tableOf(name, catalogue)
  return withStore(terminal, options, (store) => tableIn(store, name, catalogue))
}

/** The same where the store is open. */
export async function tableIn(
  store: Pick<ControlStore, 'read'>,
  name: string,
  catalogue: Catalogue,
): Promise<Table> {
  return compiledOrFault(name, readTable(await tableTextIn(store, name), catalogue))
}

/** The table that the store keeps under a revision or hash; undefined where it keeps none, or none that can be used here. */
export async function keptTableIn(
  store: Pick<ControlStore, 'read'>,
  revision: string,
  catalogue: Catalogue,
): Promise<Table | undefined> {
  const kept = await store.read(({ tables }) => tables.findRevision(revision))
  const compiled = kept && readTable(kept.content, catalogue)
  return compiled?.ok ? compiled.table : undefined
}

/** The text of the table of this name. `store` without a governed table is the shipped one that stands in. */
export async function tableTextIn(store: Pick<ControlStore, 'read'>, name: string): Promise<string> {
  if (name === GOVERNED_TABLE) {
    const now = await store.read(({ tables }) => tables.now())
    return (await tableAt(store, now))?.content ?? tableTextOf(FIRST_TABLE)
  }
  if (!isRevisionName(name)) return tableTextOf(name)
  const kept = await store.read(({ tables }) => tables.findRevision(name))
  if (!kept)
    throw usageError(
      `the store keeps no table of the revision ${name}; duisgate table list shows those there are`,
    )
  return kept.content
}
