/** Lists as reports keep them: the parts that say what is stopped, under the revision that decisions name. */

import type { Instant } from '../core/device/device.ts'
import { isoDay } from '../core/device/iso-time.ts'
import type { Table } from '../core/policy/table.ts'
import type { ListedRules } from '../core/report/leak-check.ts'
import type { Month } from '../core/report/span.ts'
import type { KeptList, ReportStore } from '../store/report-store.ts'

/** A list as gateways decided by it in the month. */
export interface ListInUse {
  readonly revision: string
  /** The list itself; undefined when its text is not at hand. */
  readonly list: KeptList | undefined
  readonly firstAt: Instant
  readonly lastAt: Instant
  readonly messages: number
}

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

/** The lists that gateways decided by, with what is kept of each. */
export async function listsInUse(store: ReportStore, { from, until }: Month): Promise<ListInUse[]> {
  const days = await store.listDays(isoDay(from), isoDay(until))
  const lists: ListInUse[] = []
  for (const [revision, own] of Map.groupBy(days, (day) => day.revision)) {
    const [first] = own
    if (!first) continue
    lists.push({
      revision,
      list: await store.keptList(revision),
      firstAt: first.firstAt,
      lastAt: own.reduce((last, day) => (day.lastAt > last ? day.lastAt : last), first.lastAt),
      messages: own.reduce((sum, day) => sum + day.messages, 0),
    })
  }
  return lists.sort((one, other) => one.firstAt - other.firstAt)
}
