/** The frame of a document to print: no script, nothing loaded from elsewhere, so that it can be filed as it is. */
import { raw } from 'hono/html'
import { CHART_STYLE } from '../html/bar-chart.ts'
import { type Html, html } from '../html/html.ts'

const STYLE = raw(`<style>
body { font: 11pt/1.4 Arial, Helvetica, sans-serif; color: #0b0c0c; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 20pt; } h2 { font-size: 14pt; margin-top: 2rem; break-after: avoid; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-size: 9pt; }
caption { text-align: left; font-weight: bold; padding: 0.3rem 0; }
th, td { border-bottom: 1px solid #b1b4b6; padding: 0.25rem 0.5rem 0.25rem 0; text-align: left; vertical-align: top; }
tr { break-inside: avoid; } thead { display: table-header-group; }
td ul { margin: 0; padding-left: 1rem; } .hash, .dg-id { font-size: 8pt; } pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 8pt; }
td { overflow-wrap: break-word; }
@page { size: A4 landscape; margin: 14mm; }
.govuk-table__cell--numeric, .govuk-table__header--numeric { text-align: right; }
.dg-id, code, .hash { overflow-wrap: anywhere; font-family: monospace; }
${CHART_STYLE}.govuk-visually-hidden { position: absolute; clip-path: inset(50%); }
@media screen and (max-width: 62rem) { table { display: block; overflow-x: auto; } }
@media print { body { margin: 0; max-width: none; } }
</style>`)

/** Everything before the content. */
export function printedHead(title: string): Html {
  return html`<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
${STYLE}
</head>
<body>
<main>
<h1>${title}</h1>
`
}

/** Everything behind it. */
export function printedFoot(): Html {
  return html`</main>
</body>
</html>
`
}
