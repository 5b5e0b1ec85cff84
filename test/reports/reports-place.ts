/** What the suite of reports works with: who asks, the months, a place with store and clock, and the reports on it. */
import { loadCatalogue } from '../../src/config/load-catalogue.ts'
import { loadTable } from '../../src/config/load-table.ts'
import { type Month, parseMonth } from '../../src/core/report/span.ts'
import type { Actor, Role } from '../../src/core/restriction/party.ts'
import { keptListOf } from '../../src/reports/lists.ts'
import { Reports } from '../../src/reports/reports.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { writeJournal } from './journal-lines.ts'
import { type at, generationOf, hubOf, meterOf, PARTIES, regionOf } from './october.ts'

export const AUDITOR = actor('AUD', 'auditor')

export function actor(party: string, role: Role): Actor {
  return { party, role, name: 'somebody' }
}

export function month(name: string): Month {
  const found = parseMonth(name)
  if (!found) throw new Error(`${name} is no month`)
  return found
}

export const OCTOBER = month('2026-10')

const loaded = await loadTable('policy/recommended.yaml', loadCatalogue())
if (!loaded.ok) throw new Error('the shipped table has problems')
export const keptList = keptListOf(loaded.table)

export interface ReportPlace {
  readonly store: SqlStore
  readonly clock: { now: ReturnType<typeof at> }
}

/** A batch that only says what was stopped for homes in the region North. */
export function stoppedAt(
  ...stopped: readonly (readonly [home: number, supplier: string, messages: number])[]
) {
  const place = { month: '2026-10', class: 'consumption', fate: 'rejected' } as const
  const file = { journal: 'j', name: 'j', offset: 1, records: 1, unreadable: 0 }
  return {
    ...{ from: 0, counts: [], sightings: [], listDays: [] },
    mark: { ...file, firstAt: undefined, lastAt: undefined },
    blocked: stopped.map(([home, supplier, messages]) => ({
      ...{ ...place, supplier, messages, device: meterOf(home), hub: hubOf(home) },
      ...{ region: regionOf(home), generation: generationOf(home) },
    })),
  }
}

export const log = { warn: () => {} }

export function reportsOn(store: SqlStore, clock: ReportPlace['clock']): Reports {
  const regionsOfCsp = new Map([['CSP-N', ['North']]])
  return new Reports({ store, parties: PARTIES, regionsOfCsp, clock: { now: () => clock.now } })
}

/** The journal of a gateway that was cut off while it wrote: two files, half a line at the end of the second. */
export function inTwoFiles(folder: string, text: string): string {
  const half = text.indexOf('\n', text.length / 2) + 1
  return writeJournal(folder, {
    'gateway-2026-10-01.ndjson': text.slice(0, half),
    'gateway-2026-10-17.ndjson': `${text.slice(half)}{"decision":"cut sho`,
  })
}
