/** The list of a revision, wherever this installation has it: kept by a roll-up, governed in the store, or configured. */

import { loadCatalogue } from '../config/load-catalogue.ts'
import { readTable } from '../config/load-table.ts'
import type { Table } from '../core/policy/table.ts'
import type { ListedRules } from '../core/report/leak-check.ts'
import { keptListOf, listedRulesOf } from '../reports/lists.ts'
import type { ControlStore } from '../store/control-store.ts'

/** Undefined when it is nowhere. */
export async function listAtHand(
  store: ControlStore,
  configured: Table,
  revision: string,
): Promise<ListedRules | undefined> {
  if (configured.revision === revision) return listedRulesOf(keptListOf(configured))
  const kept = await store.reports.keptList(revision)
  if (kept) return listedRulesOf(kept)
  const governed = await store.read(({ tables }) => tables.findRevision(revision))
  const compiled = governed && readTable(governed.content, loadCatalogue())
  return compiled?.ok ? listedRulesOf(keptListOf(compiled.table)) : undefined
}
