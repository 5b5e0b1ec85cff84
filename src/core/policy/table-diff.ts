/** What is different between two tables, code by code: what an approver reads before saying yes. */

import { isNeverBlocked } from './row-class.ts'
import type { Rule, Table, TableDefaults, TableRow } from './table.ts'

/** One SRV, alert or default that is treated otherwise. */
export interface TableDifference {
  /** `SRV 4.8.1`, `Device Alert 8F0A`, `defaults.unknownSrv`. */
  readonly what: string
  readonly before: Treatment
  readonly after: Treatment
}

/** How a table treats a code, in a few words. */
interface Treatment {
  readonly rule: string
  /** `stopped when paymentMode prepayment, else passes`. */
  readonly does: string
  /** Why, as the rule says it; empty where nothing does. */
  readonly why: string
  /** `block, else pass; when deviceType GSME GPF; unknown defer; stale defer`. */
  readonly words: string
}

type RowsByCode = (table: Table) => ReadonlyMap<string, TableRow>

/** Of each kind of code: what it is called, and where it is looked up. */
const KINDS: readonly (readonly [label: string, rows: RowsByCode])[] = [
  ['SRV', (table) => table.bySrv],
  ['Device Alert', (table) => table.byAlert],
  ['DCC Alert', (table) => table.byDccAlert],
]

/** Every code and default whose treatment differs, in the order of `after`. */
export function differencesOf(before: Table, after: Table): readonly TableDifference[] {
  return [
    ...KINDS.flatMap(([label, rowsOf]) => codeDifferences(label, rowsOf(before), rowsOf(after))),
    ...defaultDifferences(before, after),
    ...inFlightDifference(before, after),
    ...unlistedDifference(before, after),
  ]
}

/** Both tables place every code of one catalogue, so the codes of the one are those of the other. */
function codeDifferences(
  label: string,
  before: ReadonlyMap<string, TableRow>,
  after: ReadonlyMap<string, TableRow>,
): TableDifference[] {
  return [...after].flatMap(([code, row]) => difference(`${label} ${code}`, before.get(code), row))
}

function difference(what: string, before: TableRow | undefined, after: TableRow): TableDifference[] {
  const one =
    before === undefined
      ? { rule: '', does: 'not named', why: '', words: 'not named' }
      : treatmentOf(before, before.class)
  const other = treatmentOf(after, after.class)
  return one.words === other.words ? [] : [{ what, before: one, after: other }]
}

function defaultDifferences(before: Table, after: Table): TableDifference[] {
  return (Object.keys(after.fallbacks) as (keyof TableDefaults)[]).flatMap((name) => {
    const one = treatmentOf(before.fallbacks[name])
    const other = treatmentOf(after.fallbacks[name])
    return one.words === other.words ? [] : [{ what: `defaults.${name}`, before: one, after: other }]
  })
}

function inFlightDifference(before: Table, after: Table): TableDifference[] {
  const treatment = ({ deliverInFlightMs }: Table) =>
    wholeTable('inFlight', deliverInFlightMs === 0 ? 'withhold' : `deliver for ${deliverInFlightMs} ms`)
  const [one, other] = [treatment(before), treatment(after)]
  return one.words === other.words ? [] : [{ what: 'inFlight', before: one, after: other }]
}

function unlistedDifference(before: Table, after: Table): TableDifference[] {
  if (before.defersUnlisted === after.defersUnlisted) return []
  const treatment = ({ defersUnlisted }: Table) =>
    wholeTable('unlistedDevice', defersUnlisted ? 'defer' : 'forward')
  return [{ what: 'unlistedDevice', before: treatment(before), after: treatment(after) }]
}

function wholeTable(rule: string, words: string): Treatment {
  return { rule, does: words, why: '', words }
}

const DOES = { pass: 'passes', block: 'stopped', 'as-inner': 'treated as what it schedules' } as const

/** How a rule treats its codes; with its class where that is given. */
export function treatmentOf(rule: Rule | TableRow, rowClass?: string): Treatment {
  const { action, otherwise, when, onUnknown, onStale, observe, mode } = rule
  const conditions = Object.entries(when).map(
    ([name, value]) => `${name} ${String(value).replaceAll(',', ' ')}`,
  )
  const whenever = conditions.length > 0 ? ` when ${conditions.join(' and ')}` : ''
  const does = `${DOES[action]}${whenever}${otherwise === undefined ? '' : `, else ${DOES[otherwise]}`}`
  const words = [
    otherwise === undefined ? action : `${action}, else ${otherwise}`,
    ...(whenever === '' ? [] : [whenever.trim()]),
    ...(onUnknown === undefined ? [] : [`unknown ${onUnknown}`]),
    ...(onStale === undefined ? [] : [`stale ${onStale}`]),
    ...(observe.length > 0 ? [`observes ${observe.join(' ')}`] : []),
    ...('alarmAbove' in rule ? [`alarm above ${rule.alarmAbove} a day`] : []),
    ...(mode === 'shadow' ? ['trial only'] : []),
    ...(rowClass === undefined ? [] : [`class ${rowClass}`]),
  ]
  return { rule: rule.id, does, why: rule.why, words: words.join('; ') }
}

/**
 * Codes that are never blocked under `before` and might be under `after`, each with the class it had. A table keeps them in such
 * classes, so that no sequence of approved changes can lead around rule 4.
 */
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
