/** A comparison as the content of an HTML page: totals, an overview, and for each change its rows and examples. */
import { type Html, html, NOTHING } from '../../control/html/html.ts'
import { dataTable } from '../../control/html/lists.ts'
import type { Change, ComparedSide, Comparison, Outcome } from './comparison.ts'
import { decisionsOf, resultsOf, totalsLine, wayOf } from './comparison-text.ts'

export function comparisonPage(comparison: Comparison): Html {
  const { before, after, changes } = comparison
  return html`<p>Before: <strong>${before.title}</strong>. After: <strong>${after.title}</strong>.</p>
<p>${totalsLine(comparison)}.</p>
<h2>What changed</h2>
${dataTable({
  caption: 'Changes',
  isCaptionHidden: true,
  head: ['Messages', 'Kind', 'Before → after', 'Row'],
  rows: changes.map((change, index) => [
    change.count.toLocaleString('en-GB'),
    html`<a href="#change-${index + 1}">${change.kind}</a>`,
    wayOf(change),
    [...new Set([change.before.rule, change.after.rule])].filter((rule) => rule !== undefined).join(' → '),
  ]),
  numeric: [0],
  whenEmpty: 'Nothing.',
})}
${resultsTable(comparison)}${unreadableTable(comparison)}
${changes.map((change, index) => section(change, index + 1, comparison))}`
}

function resultsTable({ results: { before, after } }: Comparison): Html {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return dataTable({
    caption: 'Results',
    head: ['Result', 'Before', 'After'],
    rows: names.map((name) => [name, figure(before[name]), figure(after[name])]),
    numeric: [1, 2],
    whenEmpty: 'No message has two results that could be compared.',
  })
}

function figure(count = 0): string {
  return count.toLocaleString('en-GB')
}

function unreadableTable({ unreadable }: Comparison): Html {
  if (Object.keys(unreadable).length === 0) return NOTHING
  return dataTable({
    caption: 'Could not be read',
    head: ['Fault', 'Messages'],
    rows: Object.entries(unreadable).map(([fault, count]) => [fault, figure(count)]),
    numeric: [1],
  })
}

function section(change: Change, number: number, { before, after }: Comparison): Html {
  const { kind, count, examples } = change
  return html`<section>
<h2 id="change-${number}">${kind}: ${resultsOf(change)}</h2>
${dataTable({
  caption: `${figure(count)} ${count === 1 ? 'message' : 'messages'}`,
  head: ['', 'Result', 'Flag', 'Row', 'What it does', 'Why'],
  rows: [outcomeCells('Before', change.before, before), outcomeCells('After', change.after, after)],
})}
${dataTable({
  caption: examples.length === count ? 'Messages' : 'Examples',
  head: ['Where', 'Decision', 'Devices'],
  rows: examples.map((example) => [
    code(example.name),
    [code(example.decision), ...decisionsOf(example.before, example.after)],
    code(example.devices.join(', ')),
  ]),
})}
</section>
`
}

function outcomeCells(when: string, { result, rule = '', flag }: Outcome, { rows }: ComparedSide) {
  const words = rows.get(rule)
  return [when, result, flag?.replace('-', ' '), code(rule), words?.does, words?.why]
}

function code(text: string | undefined): Html {
  return text === undefined || text === '' ? NOTHING : html`<code>${text}</code>`
}
