/** Lists as reports keep them: the parts that say what is stopped, under the revision that decisions name. */

import type { Table } from '../core/policy/table.ts'
import type { ListedRules } from '../core/report/leak-check.ts'
import type { KeptList } from '../store/report-store.ts'

/** A list as it is kept in the store. */
export function keptListOf(
  table: Pick<Table, 'name' | 'revision' | 'rows' | 'defaults' | 'deliverInFlightMs'>,
): KeptList {
  const { name, revision, rows, defaults, deliverInFlightMs } = table
  const inFlight = deliverInFlightMs > 0 ? 'deliver' : 'withhold'
  return { name, revision, content: JSON.stringify({ rows, defaults, inFlight }) }
}

/** What a leak check uses of a kept list. */
export function listedRulesOf({ content }: KeptList): ListedRules {
  return JSON.parse(content) as ListedRules
}
