/**
 * Every problem of a table's data at once: what the table as a whole must hold. `check-row.ts` looks at one row.
 */
import type { Catalogue, ObservedEvent } from '../catalogue/catalogue.ts'
import { rowProblems } from './check-row.ts'
import { MAX_IN_FLIGHT_HOURS } from './in-flight.ts'
import type { TableData, TableDefaults, TableProblem, TableRow } from './table.ts'

/** Empty when the table may be used. */
export function findProblems(data: TableData, catalogue: Catalogue): TableProblem[] {
  return [
    ...data.rows.flatMap(rowProblems),
    ...repeatedIds(data.rows),
    ...codeKinds(catalogue).flatMap((kind) => placementProblems(kind, data.rows)),
    ...observationProblems(data.rows, catalogue),
    ...data.rows.flatMap((row) => strayReasons(row, catalogue)),
    ...defaultProblems(data.defaults),
    ...inFlightProblems(data),
  ]
}

/** One of the three lists of codes that a table must place in full. */
interface CodeKind {
  readonly label: string
  readonly known: ReadonlyMap<string, unknown>
  readonly listedIn: (row: TableRow) => readonly string[]
  readonly example: string
}

function codeKinds(catalogue: Catalogue): CodeKind[] {
  return [
    { label: 'SRV', known: catalogue.bySrv, listedIn: (row) => row.srv, example: '4.8.1' },
    { label: 'Device Alert', known: catalogue.alerts, listedIn: (row) => row.alert, example: '8F0A' },
    { label: 'DCC Alert', known: catalogue.dccAlerts, listedIn: (row) => row.dccAlert, example: 'N24' },
  ]
}

function placementProblems(kind: CodeKind, rows: readonly TableRow[]): TableProblem[] {
  const placed = new Map<string, string>()
  const problems: TableProblem[] = []
  for (const row of rows) {
    for (const code of kind.listedIn(row)) {
      const problem = kind.known.has(code)
        ? placedTwice(kind, code, row, placed.get(code))
        : unknown(kind, code, row)
      if (problem) problems.push(problem)
      if (!placed.has(code)) placed.set(code, row.id)
    }
  }
  return [...problems, ...missing(kind, placed)]
}

function unknown(kind: CodeKind, code: string, row: TableRow): TableProblem {
  const text = `${kind.label} ${code} is not in the catalogue; write it as ${kind.example} is written, or take it out`
  return { where: row.id, text }
}

function placedTwice(kind: CodeKind, code: string, row: TableRow, first: string | undefined) {
  if (first === undefined) return undefined
  const other = first === row.id ? 'this row lists it already' : `row ${first} lists it already`
  return { where: row.id, text: `${kind.label} ${code} stands twice: ${other}; keep one of the two` }
}

function missing(kind: CodeKind, placed: ReadonlyMap<string, string>): TableProblem[] {
  return [...kind.known.keys()]
    .filter((code) => !placed.has(code))
    .map((code) => ({
      where: 'rows',
      text: `${kind.label} ${code} stands in no row; add it to the row it belongs to`,
    }))
}

/** A reason belongs to a code of its row; of a row with DCC Alerts also to a payload that they may have. */
function strayReasons(row: TableRow, catalogue: Catalogue): TableProblem[] {
  const payloads =
    row.dccAlert.length > 0 ? catalogue.data.dccAlertPayloads.map(({ element }) => element) : []
  const own = new Set([...row.srv, ...row.alert, ...row.dccAlert, ...payloads])
  return (row.carries ?? [])
    .flatMap(({ codes }) => codes)
    .filter((code) => !own.has(code))
    .map((code) => ({
      where: row.id,
      text: `carries gives a reason for ${code}, which this row does not list; move it to the row that does`,
    }))
}

function repeatedIds(rows: readonly TableRow[]): TableProblem[] {
  const repeated = rows.filter((row, index) => rows.findIndex((other) => other.id === row.id) < index)
  return repeated.map((row) => ({
    where: row.id,
    text: `another row has the id ${row.id}; journals name rows by id, so give each its own`,
  }))
}

/** Alerts must flow even if this list is out of date (requirements, rule 4). */
const ALWAYS_PASSING_DEFAULTS = [
  'unknownAlert',
  'unknownDccAlert',
] as const satisfies readonly (keyof TableDefaults)[]

function defaultProblems(defaults: TableDefaults): TableProblem[] {
  const unknownAlerts = ALWAYS_PASSING_DEFAULTS.filter((name) => defaults[name].action !== 'pass')
  const problems = unknownAlerts.map((name) => ({
    where: `defaults.${name}`,
    text: 'an unknown alert may be a safety alert and must pass; set the action to pass',
  }))
  if (defaults.unreadablePayload.action === 'pass') return problems
  const text =
    'a payload that cannot be read may be that of a safety alert, whose other claims decide; set the action to pass'
  return [...problems, { where: 'defaults.unreadablePayload', text }]
}

function inFlightProblems({ inFlight, inFlightHours }: TableData): TableProblem[] {
  if (inFlightHours === undefined) return []
  if (inFlight !== 'deliver')
    return [
      {
        where: 'inFlightHours',
        text: 'it says something only beside inFlight: deliver; take it out, or add that',
      },
    ]
  if (inFlightHours > 0 && inFlightHours <= MAX_IN_FLIGHT_HOURS) return []
  return [{ where: 'inFlightHours', text: `write a number of hours above 0, ${MAX_IN_FLIGHT_HOURS} at most` }]
}

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

/**
 * Every carrier whose event no row observes, and every payload that is no carrier or is observed twice. What a table does not
 * observe nobody follows: a Gas Proxy Function that is swapped in unseen is read as if nobody were Restricted.
 */
function observationProblems(rows: readonly TableRow[], catalogue: Catalogue): TableProblem[] {
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
