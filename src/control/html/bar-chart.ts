/** A bar chart as SVG made on the server, beside the table of the same figures that it stands for. */
import { type Html, html } from './html.ts'

export interface Bar {
  readonly name: string
  readonly value: number
  /** Class of the bar's colour in the stylesheet. */
  readonly look: 'pass' | 'stop' | 'wait'
}

const ROW_HEIGHT = 44
const LABEL_Y = 14
const BAR_Y = 20
const BAR_HEIGHT = 16
/** Units of the drawing; it is scaled to the width of the page. */
const WIDTH = 600
/** Kept free at the right end for the figure. */
const FIGURE_WIDTH = 90

/** Horizontal bars, longest value across the whole width. Screen readers get the title; the table has the figures. */
export function barChart(id: string, title: string, bars: readonly Bar[]): Html {
  const most = Math.max(1, ...bars.map(({ value }) => value))
  const height = bars.length * ROW_HEIGHT
  return html`<figure class="dg-chart">
<svg role="img" aria-labelledby="${id}-title" viewBox="0 0 ${WIDTH} ${height}" xmlns="http://www.w3.org/2000/svg">
<title id="${id}-title">${title}</title>
${bars.map((each, row) => bar(each, row * ROW_HEIGHT, most))}
</svg></figure>`
}

function bar({ name, value, look }: Bar, top: number, most: number): Html {
  const width = Math.round(((WIDTH - FIGURE_WIDTH) * value) / most)
  return html`<text class="dg-chart__name" x="0" y="${top + LABEL_Y}">${name}</text>
<rect class="dg-chart__bar dg-chart__bar--${look}" x="0" y="${top + BAR_Y}" width="${Math.max(width, 2)}" height="${BAR_HEIGHT}"></rect>
<text class="dg-chart__figure" x="${Math.max(width, 2) + 8}" y="${top + BAR_Y + 14}">${value.toLocaleString('en-GB')}</text>`
}
