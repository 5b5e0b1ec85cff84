/** The restricted-SR table in force, for reading: what stops, what stays, and why. */
import {
  NEVER_BLOCK_CLASSES,
  ROW_CLASSES,
  type RowClass,
  type Table,
  type TableRow,
} from '../../../core/policy/table.ts'
import { conditionWords } from '../../html/condition-words.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { dataTable } from '../../html/lists.ts'
import { submitButton, tag } from '../../html/notices.ts'
import { CLASS_WORDS } from '../../html/wording.ts'
import { page, type Visitor } from '../parts/document.ts'
import { textField } from '../parts/fields.ts'

export interface ListPage {
  /** Undefined for whoever has not signed in: anybody may read what is stopped. */
  readonly visitor: Visitor | undefined
  readonly table: Pick<Table, 'name' | 'revision' | 'rows'>
  /** Names of codes from the catalogue, where it has one. */
  readonly nameOf: (code: string) => string | undefined
  readonly query: string
}

export function listPage({ visitor, table, nameOf, query }: ListPage): Html {
  const rows = table.rows.filter((row) => matches(row, query, nameOf))
  const present = ROW_CLASSES.filter((each) => rows.some((row) => row.class === each))
  const stopping = present.filter((each) => rows.some((row) => row.class === each && canStop(row)))
  const classes = [...stopping, ...present.filter((each) => !stopping.includes(each))]
  return page({
    title: 'The list in force',
    visitor,
    section: 'list',
    content: html`<p class="govuk-body">While the flag of a Device is set, the gateway stops what is marked “Stops” and lets everything else pass. List <strong>${table.name}</strong>, revision <span class="dg-id">${table.revision.slice(0, 12)}</span>.${visitor ? html` <a class="govuk-link" href="/tables">Lists over time</a>` : NOTHING}</p>
<form method="get" action="/list-in-force" role="search" novalidate>${textField({
      id: 'q',
      label: 'Search by code or word',
      hint: 'For example 4.8.1, 8F0A or firmware',
      value: query,
      width: 20,
    })}${submitButton('Search', 'secondary')}</form>
${query === '' ? NOTHING : html`<p class="govuk-body"><a class="govuk-link" href="/list-in-force">Show the whole list</a></p>`}
${classes.length === 0 ? html`<p class="govuk-body">No row has “${query}”. A code that no row names passes and raises an alarm, unless it is a read.</p>` : NOTHING}
${classes.map((each) => classSection(each, rows, nameOf))}`,
  })
}

function classSection(rowClass: RowClass, rows: readonly TableRow[], nameOf: ListPage['nameOf']): Html {
  const isSafe = (NEVER_BLOCK_CLASSES as readonly RowClass[]).includes(rowClass)
  return html`<h2 class="govuk-heading-m">${CLASS_WORDS[rowClass]}</h2>
${isSafe ? html`<p class="govuk-body">Never stopped, whatever the list says.</p>` : NOTHING}
${dataTable({
  caption: CLASS_WORDS[rowClass],
  isCaptionHidden: true,
  head: ['While the flag is set', 'Codes', 'Why'],
  rows: rows
    .filter((row) => row.class === rowClass)
    .map((row) => [outcome(row), codeList(codesOf(row), nameOf), row.why]),
})}`
}

/** Classes with such a row come first: they are what the page is opened for. */
function canStop({ action, otherwise }: TableRow): boolean {
  return action !== 'pass' || otherwise === 'block'
}

function outcome({ action, otherwise, mode, when }: TableRow): Html {
  const shadow = mode === 'shadow' ? html` ${tag('Trial only', 'grey')}` : NOTHING
  if (action === 'as-inner') return html`${tag('As scheduled', 'yellow')}${shadow}`
  const stops = action === 'block'
  const isConditional = otherwise !== undefined && (otherwise === 'block') !== stops
  const said = isConditional ? tag('Depends', 'yellow') : stops ? tag('Stops', 'red') : tag('Passes', 'green')
  const condition = isConditional
    ? html`<br>${stops ? 'Stops' : 'Passes'} ${conditionWords(when)}, else ${stops ? 'passes' : 'stops'}.`
    : NOTHING
  return html`${said}${shadow}${condition}`
}

function codeList(codes: readonly string[], nameOf: ListPage['nameOf']): Html {
  return html`<ul class="govuk-list dg-codes">${codes.map((code) => {
    const name = nameOf(code)
    return html`<li><strong>${code}</strong>${name ? ` ${name}` : ''}</li>`
  })}</ul>`
}

function codesOf({ srv, alert, dccAlert }: TableRow): readonly string[] {
  return [...srv, ...alert, ...dccAlert]
}

function matches(row: TableRow, query: string, nameOf: ListPage['nameOf']): boolean {
  const words = query.toLowerCase().replace(/^0x/, '')
  const texts = [
    row.id,
    row.why,
    CLASS_WORDS[row.class],
    ...codesOf(row).flatMap((code) => [code, nameOf(code) ?? '']),
  ]
  return texts.some((text) => text.toLowerCase().includes(words))
}
