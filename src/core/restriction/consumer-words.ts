/**
 * What a flag means to the consumer, from the same lines that a Supplier sees when it sets one: what stops in full, and of what
 * stays the parts that a household would ask about.
 */
import type { RowClass } from '../policy/row-class.ts'
import type { Table } from '../policy/table.ts'
import { stopsAndStays } from './plain-words.ts'
import type { Fuel } from './restriction.ts'

export interface ConsumerWords {
  readonly stops: readonly string[]
  readonly stays: readonly string[]
  /** What follows from it at home. */
  readonly notes: readonly string[]
}

/** Told to Suppliers alone: it is theirs to do. */
const NOT_FOR_CONSUMERS: readonly RowClass[] = ['schedule', 'command-outcome', 'dcc', 'inventory', 'han']

const ASKED_ABOUT: readonly RowClass[] = [
  'supply',
  'safety',
  'security',
  'firmware',
  'network',
  'configuration',
]

/** The words for a meter of that fuel, by the table in force. */
export function consumerWords(table: Pick<Table, 'rows'>, fuel: Fuel): ConsumerWords {
  const { stops, stays, notes } = stopsAndStays(table, fuel)
  return {
    stops: stops.filter((line) => !NOT_FOR_CONSUMERS.includes(line.class)).map(({ text }) => text),
    stays: stays.filter((line) => ASKED_ABOUT.includes(line.class)).map(({ text }) => text),
    notes,
  }
}
