/**
 * Whether the rows observe every message that carries an event which the flag's own life acts on. What a table does not
 * observe nobody follows: a Gas Proxy Function that is swapped in unseen is read as if nobody were Restricted.
 */
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { ObservedEvent } from '../catalogue/observed-event.ts'
import type { TableProblem, TableRow } from './table.ts'

/** How a table names a message, and in which list of a row. */
interface CarrierKind {
  readonly label: string
  readonly list: 'srv' | 'alert' | 'dccAlertPayload'
}

const KINDS: readonly CarrierKind[] = [
  { label: 'SRV', list: 'srv' },
  { label: 'Device Alert', list: 'alert' },
  { label: 'DCC Alert payload', list: 'dccAlertPayload' },
]

/** Every carrier whose event no row observes, and every payload that is no carrier or is observed twice. */
export function observationProblems(rows: readonly TableRow[], catalogue: Catalogue): TableProblem[] {
  return [...KINDS.flatMap((kind) => unobserved(kind, rows, catalogue)), ...payloadProblems(rows, catalogue)]
}

/** A code that stands in no row is a problem already, so only those that do stand in one are judged. */
function unobserved({ label, list }: CarrierKind, rows: readonly TableRow[], catalogue: Catalogue) {
  return catalogue.data.events.flatMap((carriers) =>
    carriers[list].flatMap((code) => {
      const row = rows.find((one) => one[list].includes(code))
      if (row === undefined && list !== 'dccAlertPayload') return []
      const missing = carriers.events.filter((event) => !row?.observe.includes(event))
      return missing.map((event) => problemOf(label, list, code, event, row))
    }),
  )
}

function problemOf(
  label: string,
  list: CarrierKind['list'],
  code: string,
  event: ObservedEvent,
  row: TableRow | undefined,
): TableProblem {
  const said = `${label} ${code} carries ${event}`
  const remedy = row
    ? `add observe: [${event}] to its row, or move it to a row that has it`
    : `add ${list}: [${code}] to a row that passes and has observe: [${event}]`
  return { where: row?.id ?? 'rows', text: `${said}, which no row observes; ${remedy}` }
}

function payloadProblems(rows: readonly TableRow[], catalogue: Catalogue): TableProblem[] {
  const first = new Map<string, string>()
  return rows.flatMap((row) =>
    row.dccAlertPayload.flatMap((path) => {
      const other = first.get(path)
      first.set(path, other ?? row.id)
      if (other !== undefined)
        return {
          where: row.id,
          text: `DCC Alert payload ${path} stands twice: row ${other} lists it already; keep one`,
        }
      if (isPayload(path, catalogue)) return []
      return {
        where: row.id,
        text: `DCC Alert payload ${path} is not in the catalogue; correct it, or take it out`,
      }
    }),
  )
}

function isPayload(path: string, { eventsOf }: Catalogue): boolean {
  return eventsOf.get(path)?.dccAlertPayload.includes(path) ?? false
}
