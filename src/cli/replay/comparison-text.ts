/** A comparison as a table for the terminal: a line for each change, below it the rows that did it, and examples. */
import { countOf } from '../../config/configuration-fault.ts'
import type { Change, ComparedSide, Comparison, Outcome } from './comparison.ts'

/** A kind of several codes is longer, and pushes its line out alone. */
const MAX_KIND_WIDTH = 72

/** Nothing where nothing changed. */
export function comparisonLines(comparison: Comparison): string[] {
  const { before, after, changes } = comparison
  if (changes.length === 0) return []
  const width = Math.min(MAX_KIND_WIDTH, Math.max(...changes.map(({ kind }) => kind.length)))
  return [
    `before: ${before.title}`,
    `after:  ${after.title}`,
    '',
    `messages  ${'kind'.padEnd(width)}  before → after`,
    ...changes.flatMap((change) => [
      `${change.count.toLocaleString('en-GB').padStart(8)}  ${change.kind.padEnd(width)}  ${wayOf(change)}`,
      ...[...rowLines(change, before, after), ...exampleLines(change)].map((text) => `${DETAIL}${text}`),
    ]),
    '',
  ]
}

const DETAIL = ' '.repeat(12)

/** `1 of 3 messages changed, 2 the same`, and whatever else there is to count. */
export function totalsLine(comparison: Comparison): string {
  const { changed, messages, same, otherRow, onlyBefore, onlyAfter, before, after } = comparison
  const unreadable = Object.values(comparison.unreadable).reduce((sum, count) => sum + count, 0)
  const count = (number: number) => number.toLocaleString('en-GB')
  return [
    `${count(changed)} of ${countOf(messages, 'result')} changed`,
    ...(otherRow > 0 ? [`${count(otherRow)} the same by another row`] : []),
    `${count(same)} the same`,
    ...(unreadable > 0 ? [`${count(unreadable)} could not be read`] : []),
    ...(onlyBefore > 0 ? [`${count(onlyBefore)} only in ${before.title}`] : []),
    ...(onlyAfter > 0 ? [`${count(onlyAfter)} only in ${after.title}`] : []),
  ].join(', ')
}

/** `forward → reject (flag clear → restricted)` */
export function wayOf(change: Change): string {
  const { before, after } = change
  return `${resultsOf(change)}${before.flag === after.flag ? '' : ` (flag ${arrow(before.flag, after.flag)})`}`
}

/** `forward → reject` */
export function resultsOf({ before, after }: Change): string {
  return arrow(before.result, after.result)
}

function arrow(before = 'not known', after = 'not known'): string {
  return (before === after ? before : `${before} → ${after}`).replaceAll('not-needed', 'not needed')
}

/** One line where both went by the same row. */
function rowLines({ before, after }: Change, was: ComparedSide, is: ComparedSide): string[] {
  const [one, other] = [rowLine(before, was), rowLine(after, is)]
  if (one === other) return one === undefined ? [] : [one]
  return [
    ...(one === undefined ? [] : [`before: ${one}`]),
    ...(other === undefined ? [] : [`after: ${other}`]),
  ]
}

function rowLine({ rule }: Outcome, { rows }: ComparedSide): string | undefined {
  const words = rule === undefined ? undefined : rows.get(rule)
  return rule && `row ${rule}${words ? `: ${words.does}. ${words.why}` : ''}`
}

function exampleLines({ examples }: Change): string[] {
  return examples.map(({ name, decision, devices, before, after }) =>
    [
      `${name}`,
      ...(decision === undefined ? [] : [`decision ${decision}`]),
      ...(devices.length > 0 ? [devices.join(', ')] : []),
      ...decisionsOf(before, after),
    ].join('  '),
  )
}

/** Which decisions the two answers name, so that a gateway's journal can say more. */
export function decisionsOf(before: Outcome, after: Outcome): string[] {
  if (before.decision === undefined && after.decision === undefined) return []
  return [`answered by ${before.decision ?? 'none'} → ${after.decision ?? 'none'}`]
}
