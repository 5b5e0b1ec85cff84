/**
 * Our own few styles on top of GOV.UK Frontend; served as `/assets/page.css`. A module, so that a build needs no copying.
 */
import { CHART_STYLE } from '../html/bar-chart.ts'

const WIDE_TABLE = '.dg-table:has(th:nth-child(10))'

/** Each row of such a table as a block. */
function blocksOf(table: string): string {
  return `
  ${table} thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  ${table}, ${['caption', 'tbody', 'tr', 'td'].map((part) => `${table} ${part}`).join(', ')} { display: block; width: auto; }
  ${table} tr { border-bottom: 2px solid #0b0c0c; padding: 8px 0; }
  ${table} td:has(.govuk-details[open]) { min-width: 0; }
  ${table} td { border: 0; padding: 4px 0; text-align: left; overflow-wrap: anywhere; }
  ${table} td::before { content: attr(data-column) ': '; font-weight: 700; }`
}

export const STYLESHEET = `
/* GDS Transport is licensed for gov.uk only. */
body, button, input, select, textarea, [class*='govuk-'] { font-family: Arial, Helvetica, sans-serif !important; }

.dg-brand { background: #1d4a6e; color: #fff; padding: 12px 0; }
.dg-brand__link { color: #fff; font-size: 1.5rem; font-weight: 700; text-decoration: none; }
.dg-brand__link:hover { text-decoration: underline; }
.dg-brand__link:focus { outline: 3px solid transparent; background: #fd0; color: #0b0c0c; box-shadow: 0 -2px #fd0, 0 4px #0b0c0c; }
.dg-brand__link { margin-right: 12px; }
.dg-brand__text { display: inline-block; font-family: Arial, Helvetica, sans-serif; font-size: 1.1875rem; }

.dg-visitor { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 20px; padding-top: 10px; }
.dg-visitor__who { margin: 0 0 4px; overflow-wrap: anywhere; }
.dg-visitor__own { display: flex; gap: 0 20px; align-items: baseline; }
.dg-visitor__own a { font-size: 1rem; line-height: 1.5; }
.dg-link-button { background: none; border: 0; padding: 4px 0; font-size: 1rem; line-height: 1.5; color: #1a65a6; text-decoration: underline; cursor: pointer; }
.dg-link-button:hover { color: #0f385c; text-decoration-thickness: 3px; }
.dg-link-button:focus { outline: 3px solid transparent; color: #0b0c0c; background: #fd0; box-shadow: 0 -2px #fd0, 0 4px #0b0c0c; text-decoration: none; }

/* Tables and the menu use the width of the screen; lines of text stay as long as can be read. */
@media (min-width: 60em) {
  .govuk-service-navigation__item { font-size: 1rem; }
  .govuk-service-navigation__item:not(:last-child) { margin-right: 10px; }
}
@media (min-width: 75em) {
  /* From when until when stays together. */
  .dg-table td:has(time + time) { min-width: 14rem; }
  .govuk-width-container { max-width: 1180px; }
  .govuk-service-navigation__item:not(:last-child) { margin-right: 20px; }
}
main > .govuk-body, main > .govuk-list:not(.dg-two), main > .govuk-inset-text, main > form > .govuk-form-group, main > .govuk-warning-text { max-width: 48rem; }

.dg-footer a { margin-right: 20px; }
.dg-id, .dg-break { overflow-wrap: anywhere; }
.dg-text, .govuk-caption-l { overflow-wrap: anywhere; }
.dg-text { white-space: pre-wrap; }
.dg-panel-body { font-size: 1.5rem; overflow-wrap: anywhere; }
.govuk-summary-list__value, .govuk-error-message, .govuk-inset-text, .govuk-heading-l { overflow-wrap: anywhere; }
/* Columns of a table are at least as wide as their longest word; only IDs break anywhere. */
.govuk-table__cell { overflow-wrap: break-word; }
/* Many columns stand closer, or they would not fit. */
${WIDE_TABLE} :is(.govuk-table__cell, .govuk-table__header) { padding-right: 10px; }
@media (min-width: 60em) and (max-width: 74.99em) {
  .dg-table:has(th:nth-child(7)) :is(.govuk-table__cell, .govuk-table__header) { padding-right: 10px; }
}
/* An entry that is open has room for its detail. */
.dg-table .govuk-details { margin-bottom: 0; }
.dg-table td:has(.govuk-details[open]) { min-width: 20rem; }
/* Wide enough for an MPAN in one piece. */
.dg-table .dg-id { display: inline-block; min-width: 15ch; }
.dg-two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 280px), 1fr)); gap: 0 40px; }
.dg-actions { display: flex; flex-wrap: wrap; gap: 0 16px; align-items: baseline; }
/* Months stand side by side. */
.govuk-pagination[aria-label='Months'] { display: flex; flex-wrap: wrap; gap: 0 30px; }
.govuk-pagination[aria-label='Months'] .govuk-pagination__prev + .govuk-pagination__next { padding-top: 10px; border-top: 0; }
.dg-box { width: 24px; height: 24px; margin: 0; }
.dg-filter { display: flex; flex-wrap: wrap; gap: 0 20px; align-items: flex-end; }
.dg-filter .govuk-form-group { max-width: 100%; }
.dg-status { border-left: 10px solid #1d4a6e; padding: 12px 16px; margin-bottom: 24px; background: #f3f5f7; }
.dg-status--restricted { border-color: #942514; }
.dg-status--changing { border-color: #f47738; }
.dg-status p:last-child { margin-bottom: 0; }

${CHART_STYLE}.dg-columns { margin: 0 0 24px; max-width: 720px; }
.dg-columns > svg { display: block; width: 100%; height: 160px; }
.dg-columns__line { stroke: #b1b4b6; vector-effect: non-scaling-stroke; }
.dg-columns__scale { margin: 0 0 4px; color: #484949; }
.dg-columns__axis { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); justify-items: center; margin-top: 4px; font-size: 1rem; text-align: center; }
.dg-columns__axis span { white-space: nowrap; }
.dg-columns__axis--ends { display: flex; justify-content: space-between; }
.dg-columns__key { list-style: none; display: flex; flex-wrap: wrap; gap: 0 20px; margin: 0 0 8px; padding: 0; }

/*
 * Where a table has no room, each row becomes a block and each cell names its column, so that nothing scrolls sideways, not
 * even at 320 CSS pixels (1280 pixels at 400 % zoom).
 */
@media (max-width: 60em) {
${blocksOf('.dg-table')}
  .dg-panel-body { font-size: 1.1875rem; }
  /* Of more than six labels every second has room. */
  .dg-columns__axis:has(span:nth-child(7)):not(.dg-columns__axis--ends) span:nth-child(even) { visibility: hidden; }
  .govuk-select, .govuk-input { max-width: 100%; }
}
/* Ten columns and more have no room on a small screen either. */
@media (max-width: 74.99em) {
${blocksOf(WIDE_TABLE)}
}
@media print {
  .dg-visitor, .govuk-service-navigation, .dg-brand, .govuk-back-link, .govuk-template__footer, .dg-screen-only { display: none; }
  .dg-letter { break-after: page; }
}
`
