/** Has the store keep the text of a table that came from a file, so that what was decided by it can be explained later. */
import type { Table } from '../core/policy/table.ts'
import { tableHashOf } from '../core/policy/table-revision.ts'
import { keepText } from '../governance/table-governance.ts'
import type { Transactions } from '../store/control-store.ts'
import { tableTextOf } from './table-files.ts'

/** Keeps the text of `table` when the file of that name still holds it and the store has it not yet. */
export async function keepTableText(store: Transactions, nameOrPath: string, table: Table): Promise<void> {
  const content = await tableTextOf(nameOrPath)
  if (!tableHashOf(content).startsWith(table.revision)) return
  if (await store.read(({ tables }) => tables.findRevision(table.revision))) return
  await store.change(async (unit) => keepText(unit, table, content, await unit.tables.now()))
}
