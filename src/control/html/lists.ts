/** Facts and rows: summary lists, tables that scroll by themselves, and the way to the next page. */
import { type Html, type HtmlValue, html, NOTHING } from './html.ts'

export interface Fact {
  readonly name: string
  readonly value: HtmlValue
  /** Where the fact is changed; `what` tells screen readers which one. */
  readonly change?: { readonly href: string; readonly what: string }
}

/** Names and values, one below the other. */
export function summaryList(facts: readonly (Fact | false | undefined)[]): Html {
  const given = facts.filter((fact) => fact !== false && fact !== undefined)
  const hasActions = given.some(({ change }) => change)
  return html`<dl class="govuk-summary-list">${given.map((fact) => factRow(fact, hasActions))}</dl>`
}

function factRow({ name, value, change }: Fact, hasActions: boolean): Html {
  const plain = hasActions && !change ? ' govuk-summary-list__row--no-actions' : ''
  return html`<div class="govuk-summary-list__row${plain}">
  <dt class="govuk-summary-list__key">${name}</dt>
  <dd class="govuk-summary-list__value">${value}</dd>
  ${
    change
      ? html`<dd class="govuk-summary-list__actions"><a class="govuk-link" href="${change.href}">Change<span class="govuk-visually-hidden"> ${change.what}</span></a></dd>`
      : NOTHING
  }
</div>`
}

export interface DataTable {
  readonly caption: string
  /** The caption is there for screen readers only, because a heading says the same. */
  readonly isCaptionHidden?: boolean
  readonly head: readonly string[]
  readonly rows: readonly (readonly HtmlValue[])[]
  /** Columns of figures, from 0. */
  readonly numeric?: readonly number[]
  /** Said in place of a table without rows; nothing when absent. */
  readonly whenEmpty?: string
}

/** A table; on a narrow screen each row becomes a block in which every cell names its column. */
export function dataTable(table: DataTable): Html {
  if (table.rows.length === 0) return html`<p class="govuk-body">${table.whenEmpty ?? ''}</p>`
  const caption = table.isCaptionHidden ? 'govuk-visually-hidden' : 'govuk-table__caption--m'
  const isNumber = (column: number): boolean => table.numeric?.includes(column) ?? false
  return html`<table class="govuk-table dg-table">
  <caption class="govuk-table__caption ${caption}">${table.caption}</caption>
  <thead class="govuk-table__head"><tr class="govuk-table__row">${table.head.map(
    (name, column) =>
      html`<th scope="col" class="govuk-table__header${isNumber(column) ? ' govuk-table__header--numeric' : ''}">${name}</th>`,
  )}</tr></thead>
  <tbody class="govuk-table__body">${table.rows.map(
    (row) =>
      html`<tr class="govuk-table__row">${row.map((value, column) => cell(table.head[column] ?? '', value, isNumber(column)))}</tr>`,
  )}</tbody>
</table>`
}

function cell(name: string, value: HtmlValue, isNumber: boolean): Html {
  return html`<td class="govuk-table__cell${isNumber ? ' govuk-table__cell--numeric' : ''}" data-column="${name}">${value}</td>`
}

/** Where the other pages of a listing are; undefined where there are none. */
export interface PageLinks {
  readonly firstHref: string | undefined
  readonly nextHref: string | undefined
}

/** Links to the first page and the next; nothing when there is neither. */
export function pagination({ firstHref: newer, nextHref: older }: PageLinks): Html {
  return stepLinks('Pagination', {
    prev: newer === undefined ? undefined : { href: newer, text: 'First page' },
    next: older === undefined ? undefined : { href: older, text: 'Next page' },
  })
}

interface Step {
  readonly href: string
  readonly text: string
}

/** Links to what comes before and after, such as the months of a report; nothing when there is neither. */
export function stepLinks(
  name: string,
  { prev, next }: { readonly prev: Step | undefined; readonly next: Step | undefined },
): Html {
  if (!prev && !next) return NOTHING
  return html`<nav class="govuk-pagination govuk-pagination--block" aria-label="${name}">${
    prev && pageLink('prev', prev)
  }${next && pageLink('next', next)}</nav>`
}

const ARROWS = {
  prev: 'm6.5938-0.0078125-6.7266 6.7266 6.7441 6.4062 1.377-1.449-4.1856-3.9768h12.896v-2h-12.984l4.2931-4.293-1.414-1.414z',
  next: 'm8.107-0.0078125-1.4136 1.414 4.2926 4.293h-12.986v2h12.896l-4.1855 3.9766 1.377 1.4492 6.7441-6.4062-6.7246-6.7266z',
} as const

function pageLink(way: keyof typeof ARROWS, { href, text }: Step): Html {
  return html`<div class="govuk-pagination__${way}"><a class="govuk-link govuk-pagination__link" href="${href}" rel="${way}">
  <svg class="govuk-pagination__icon govuk-pagination__icon--${way}" xmlns="http://www.w3.org/2000/svg" height="13" width="15" aria-hidden="true" focusable="false" viewBox="0 0 15 13"><path d="${ARROWS[way]}"></path></svg>
  <span class="govuk-pagination__link-title govuk-pagination__link-title--decorated">${text}</span></a></div>`
}
