/**
 * Which parts of a table its unit tests hold: each action, condition and default is turned round, one at a time, and some test
 * has to notice. A part that no message shows is not asked for.
 */
import { DEVICE_TYPES } from '../device/device.ts'
import { LOGS_TO_READ, NOT_UNDERSTOOD } from '../duis/facts.ts'
import {
  fallbacksOf,
  type RowConditions,
  type Rule,
  type Table,
  type TableDefaults,
  type TableRow,
} from './table.ts'
import {
  type GivenMessage,
  ORDINARY_MESSAGE,
  runTableTests,
  type TableTest,
  verdictOn,
} from './table-tests.ts'

/** A part of a table that may be turned round without a test that fails. */
export interface UntestedPart {
  /** A row's id, or the key path of a default. */
  readonly where: string
  /** `action`, `otherwise`, `when.deviceType`. */
  readonly part: string
  /** A test that holds it, with what the table does today. */
  readonly missing: TableTest
}

/** A part, and the table with that part turned round. */
interface TurnedPart {
  readonly rule: Rule
  readonly part: string
  readonly turned: Table
  /** Messages of which some may show it. */
  readonly messages: Iterable<GivenMessage>
}

export function untestedParts(table: Table, tests: readonly TableTest[]): readonly UntestedPart[] {
  return turnedParts(table).flatMap(({ rule, part, turned, messages }) => {
    if (runTableTests(turned, tests).length > 0) return []
    const missing = testShowing(
      table,
      turned,
      messages,
      `${rule.id}, ${part}: say in a sentence why this must hold`,
    )
    return missing ? [{ where: rule.id, part, missing }] : []
  })
}

function turnedParts(table: Table): readonly TurnedPart[] {
  return [
    ...table.rows.flatMap((row) =>
      turnsOf(row).map(({ part, change }) => ({
        ...{ rule: row, part },
        turned: withRow(table, row, { ...row, ...change }),
        messages: messagesOf(row),
      })),
    ),
    ...Object.entries(table.fallbacks).flatMap(([name, rule]) =>
      turnsOf(rule).map(({ part, change: { action, otherwise } }) => {
        const changed = { ...table.defaults[name as keyof TableDefaults], ...(action && { action }) }
        const defaults = { ...table.defaults, [name]: { ...changed, ...(otherwise && { otherwise }) } }
        return {
          rule,
          part,
          turned: { ...table, defaults, fallbacks: fallbacksOf(defaults) },
          messages: UNKNOWN,
        }
      }),
    ),
  ]
}

interface Turn {
  readonly part: string
  readonly change: Partial<Rule>
}

/** What becomes of a stop when the store cannot say: a row that never stops does not say it. */
const DEFERRING = { onUnknown: 'defer', onStale: 'defer' } as const

function turnsOf({ action, otherwise, when }: Rule): readonly Turn[] {
  const conditions = Object.keys(when) as (keyof RowConditions)[]
  return [
    { part: 'action', change: action === 'pass' ? { action: 'block', ...DEFERRING } : { action: 'pass' } },
    ...(otherwise === undefined
      ? []
      : [
          {
            part: 'otherwise',
            change: { otherwise: otherwise === 'pass' ? 'block' : 'pass', ...DEFERRING },
          } as const,
        ]),
    ...conditions.map((name) => ({ part: `when.${name}`, change: { when: without(when, name) } })),
  ]
}

function without(when: RowConditions, name: keyof RowConditions): RowConditions {
  const { [name]: _, ...rest } = when
  return rest
}

function withRow(table: Table, row: TableRow, other: TableRow): Table {
  const replaced = (rows: ReadonlyMap<string, TableRow>) =>
    new Map([...rows].map(([code, each]) => [code, each === row ? other : each]))
  return {
    ...table,
    rows: table.rows.with(table.rows.indexOf(row), other),
    bySrv: replaced(table.bySrv),
    byAlert: replaced(table.byAlert),
    byDccAlert: replaced(table.byDccAlert),
  }
}

/** A test of the first message that the two tables treat otherwise. */
function testShowing(
  table: Table,
  turned: Table,
  messages: Iterable<GivenMessage>,
  name: string,
): TableTest | undefined {
  for (const given of messages) {
    const verdict = verdictOn(table, given)
    if (verdict.kind === 'refuse' || verdict.kind === verdictOn(turned, given).kind) continue
    const expect = { verdict: verdict.kind, rule: verdict.rule, alarms: undefined, events: undefined }
    return { name, given, expect, line: undefined }
  }
  return undefined
}

const RESTRICTED: GivenMessage = { ...ORDINARY_MESSAGE, flag: 'restricted' }

/** Messages with each code of the row, the plainest first, of a Restricted Device. */
function* messagesOf({ srv, alert, dccAlert, when }: TableRow): Generator<GivenMessage> {
  const plain: GivenMessage[] = [
    ...srv.map((code) => ({ ...RESTRICTED, srv: [code] })),
    ...srv.map((code) => ({ ...RESTRICTED, srv: [code], direction: 'northbound' as const })),
    ...srv.map((code) => ({ ...RESTRICTED, srv: [code], schedules: ['4.8.1'] })),
    ...alert.map((code) => ({ ...RESTRICTED, alert: [code] })),
    ...dccAlert.map((code) => ({ ...RESTRICTED, dccAlert: [code] })),
  ]
  for (const message of plain)
    for (const deviceType of [...(when.deviceType ?? []), ...DEVICE_TYPES, undefined])
      for (const conditioned of conditionedBy(when, { ...message, deviceType })) yield conditioned
}

/** The message as the row's other conditions may have it. */
function* conditionedBy(when: RowConditions, message: GivenMessage): Generator<GivenMessage> {
  yield message
  if (when.paymentMode)
    for (const paymentMode of ['prepayment', 'credit'] as const) yield { ...message, paymentMode }
  if (when.logToRead) for (const logToRead of LOGS_TO_READ) yield { ...message, logToRead }
  if (when.commandVariant)
    for (const commandVariant of [...when.commandVariant, 1, 2, 3, 4, 5, 6, 7, 8])
      yield { ...message, commandVariant }
}

/** Messages that no row names, or that nobody understands. */
const UNKNOWN: readonly GivenMessage[] = [
  { ...RESTRICTED, srv: ['4.99'] },
  { ...RESTRICTED, srv: ['99.1'] },
  { ...RESTRICTED, alert: ['FFFF'] },
  { ...RESTRICTED, dccAlert: ['X1'] },
  { ...RESTRICTED, direction: 'northbound' as const },
  ...NOT_UNDERSTOOD.flatMap((what) => [
    { ...RESTRICTED, srv: ['6.4.1'], direction: 'northbound' as const, notUnderstood: [what] },
    { ...RESTRICTED, srv: ['8.13'], notUnderstood: [what] },
    { ...RESTRICTED, srv: ['11.2'], direction: 'northbound' as const, notUnderstood: [what] },
  ]),
]
