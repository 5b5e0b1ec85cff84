/**
 * A bar chart as SVG made on the server, beside the table of the same figures that it stands for. Lengths are shares of the width
 * and texts have their size on every screen.
 */
import { type Html, html } from './html.ts'

export interface Bar {
  readonly name: string
  readonly value: number
  /** Class of the bar's colour in the stylesheet. */
  readonly look: 'pass' | 'stop' | 'wait'
}

/** What the page and documents to print have of it in their styles. */
export const CHART_STYLE = `
.dg-chart { margin: 0 0 24px; max-width: 720px; }
.dg-chart svg { display: block; width: 100%; }
.dg-chart text { font-family: Arial, Helvetica, sans-serif; font-size: 16px; fill: #0b0c0c; }
.dg-chart__figure { font-weight: 700; }
.dg-chart__bar--pass { fill: #00703c; }
.dg-chart__bar--stop { fill: #942514; }
.dg-chart__bar--wait { fill: #1d70b8; }
`

/** In CSS pixels, as all that follow but the share. */
const ROW_HEIGHT = 48
const LABEL_Y = 15
const BAR_Y = 22
const BAR_HEIGHT = 16
const FIGURE_Y = BAR_Y + 14
/** The longest bar; the rest of the width is for its figure. */
const LONGEST_PERCENT = 65

/** Horizontal bars. Screen readers get the title; the table has the figures. */
export function barChart(id: string, title: string, bars: readonly Bar[]): Html {
  const most = Math.max(1, ...bars.map(({ value }) => value))
  return html`<figure class="dg-chart">
<svg role="img" aria-labelledby="${id}-title" height="${bars.length * ROW_HEIGHT}" xmlns="http://www.w3.org/2000/svg">
<title id="${id}-title">${title}</title>
${bars.map((each, row) => bar(each, row * ROW_HEIGHT, most))}
</svg></figure>`
}

function bar({ name, value, look }: Bar, top: number, most: number): Html {
  const percent = Math.max(Math.round((LONGEST_PERCENT * 10 * value) / most) / 10, value > 0 ? 0.5 : 0)
  return html`<text class="dg-chart__name" x="0" y="${top + LABEL_Y}">${name}</text>
<rect class="dg-chart__bar--${look}" x="0" y="${top + BAR_Y}" width="${percent}%" height="${BAR_HEIGHT}"></rect>
<text class="dg-chart__figure" x="${percent}%" dx="${value > 0 ? 8 : 0}" y="${top + FIGURE_Y}">${value.toLocaleString('en-GB')}</text>`
}
