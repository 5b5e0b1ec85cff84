/**
 * Figures over time as columns, drawn as SVG on the server beside the table of the same figures. Its texts are not in the
 * drawing, which is stretched to the width of the page: they have their size on every screen.
 */
import { type Html, html, NOTHING } from './html.ts'

/** One of the parts that a column is stacked of. */
export interface Part {
  readonly name: string
  /** Class of its colour in the stylesheet. */
  readonly look: 'pass' | 'stop' | 'wait'
}

interface Column {
  /** What stands below it: `13:05`, `Nov`. */
  readonly label: string
  /** A figure for each part, from the bottom up; undefined where nobody knows, which leaves a gap. */
  readonly values: readonly number[] | undefined
}

export interface ColumnChart {
  readonly id: string
  /** For whoever does not see the drawing: what it shows, and where the figures are. */
  readonly title: string
  readonly parts: readonly Part[]
  readonly columns: readonly Column[]
  /** How the figure at the top of the scale is written; as a plain number when absent. */
  readonly scale?: (top: number) => string
}

/** Units of the drawing. */
const WIDTH = 600
const HEIGHT = 160
/** Columns that all have room for their labels; of more, the first, the middle and the last have one. */
const LABELLED_COLUMNS = 12

/** Columns of stacked parts; the highest decides the scale. */
export function columnChart({ id, title, parts, columns, scale = figure }: ColumnChart): Html {
  const top = roundedUp(Math.max(0, ...columns.map(({ values = [] }) => sum(values))))
  return html`<figure class="dg-columns">
${parts.length > 1 ? legend(parts) : NOTHING}<p class="dg-columns__scale" aria-hidden="true">${scale(top)}</p>
<svg role="img" aria-labelledby="${id}-title" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" xmlns="http://www.w3.org/2000/svg">
<title id="${id}-title">${title}</title>
${[0, 0.5, 1].map((share) => html`<line class="dg-columns__line" x1="0" x2="${WIDTH}" y1="${share * HEIGHT}" y2="${share * HEIGHT}"></line>`)}
${columns.map((column, place) => columnOf(column, place, columns.length, top, parts))}
</svg>
<div class="dg-columns__axis${columns.length > LABELLED_COLUMNS && ' dg-columns__axis--ends'}" aria-hidden="true">${labelsOf(columns).map((label) => html`<span>${label}</span>`)}</div>
</figure>`
}

function legend(parts: readonly Part[]): Html {
  return html`<figcaption><ul class="dg-columns__key" aria-hidden="true">${parts.map(
    ({ name, look }) =>
      html`<li><svg width="14" height="14"><rect class="dg-chart__bar--${look}" width="14" height="14"></rect></svg> ${name}</li>`,
  )}</ul></figcaption>`
}

function columnOf(
  { values = [] }: Column,
  place: number,
  count: number,
  top: number,
  parts: readonly Part[],
): readonly Html[] {
  const width = WIDTH / count
  let y = HEIGHT
  return parts.flatMap(({ look }, part) => {
    const height = (HEIGHT * (values[part] ?? 0)) / top
    y -= height
    if (height === 0) return []
    return html`<rect class="dg-chart__bar--${look}" x="${rounded((place + 0.1) * width)}" y="${rounded(y)}" width="${rounded(width * 0.8)}" height="${rounded(height)}"></rect>`
  })
}

function labelsOf(columns: readonly Column[]): readonly string[] {
  if (columns.length <= LABELLED_COLUMNS) return columns.map(({ label }) => label)
  return [0, Math.floor(columns.length / 2), columns.length - 1].map((place) => columns[place]?.label ?? '')
}

/** The next of 1, 2, 5, 10, 20, 50 and so on that is no less; 1 at least. */
function roundedUp(most: number): number {
  let power = 1
  while (power * 10 < most) power *= 10
  return [power, 2 * power, 5 * power].find((step) => step >= most) ?? 10 * power
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

function figure(value: number): string {
  return value.toLocaleString('en-GB')
}
