/**
 * Whether a table keeps what may never be blocked where it is: a code that one list has in a never-blocked class must stand
 * in such a class in the next as well, so that no sequence of approved changes can lead around rule 4.
 */
import { isNeverBlocked } from './row-class.ts'
import type { Table, TableRow } from './table.ts'

type RowsByCode = (table: Table) => ReadonlyMap<string, TableRow>

/** Of each kind of code: how it is called, and where it is looked up. */
const KINDS: readonly (readonly [label: string, rows: RowsByCode])[] = [
  ['SRV', (table) => table.bySrv],
  ['Device Alert', (table) => table.byAlert],
  ['DCC Alert', (table) => table.byDccAlert],
]

/** Codes that are never blocked under `before` and might be under `after`, each with the class it had. */
export function lostNeverBlocked(before: Table, after: Table): readonly string[] {
  return KINDS.flatMap(([label, rowsOf]) =>
    [...rowsOf(before)]
      .filter(([code, row]) => isNeverBlocked(row.class) && !isKept(rowsOf(after).get(code)))
      .map(([code, row]) => `${label} ${code} (${row.class})`),
  )
}

function isKept(row: TableRow | undefined): boolean {
  return row !== undefined && isNeverBlocked(row.class)
}
