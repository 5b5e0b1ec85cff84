/** A plot over time as SVG that is made here: lines, a band between two of them, and a legend. Needs no script to be read. */
import { type Html, html, NOTHING } from '../../control/html/html.ts'

export interface Line {
  readonly name: string
  /** One for each time; gaps are null. */
  readonly values: readonly (number | null)[]
}

export interface Plot {
  readonly title: string
  /** Of the values, for people. */
  readonly unit: string
  /** Seconds from the start, ascending. */
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  /** Whether the area between the first two lines is shaded. */
  readonly hasBand?: boolean
  /** Powers of ten at equal distances: for values of unlike size. */
  readonly isLogarithmic?: boolean
}

const [WIDTH, HEIGHT] = [720, 240] as const
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 12, 30, 34] as const
const COLOURS = ['#1d70b8', '#d4351c', '#00703c', '#a35f00', '#6f2da8', '#505a5f'] as const

export function linePlot(plot: Plot): Html {
  const scale = scaleOf(plot)
  const across = (seconds: number) => LEFT + ((WIDTH - LEFT - RIGHT) * seconds) / (plot.times.at(-1) || 1)
  const down = (value: number) => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * scale.part(value)
  return html`<figure style="margin: 1rem 0"><svg role="img" font-size="12" font-family="Arial, Helvetica, sans-serif" aria-label="${plot.title} in ${plot.unit} over time" viewBox="0 0 ${WIDTH} ${HEIGHT}" xmlns="http://www.w3.org/2000/svg">
<text x="0" y="14" font-weight="bold">${plot.title}, ${plot.unit}</text>
${plot.hasBand ? band(plot, across, down) : NOTHING}
${scale.ticks.map(
  (
    tick,
  ) => html`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(down(tick))}" y2="${at(down(tick))}" stroke="#b1b4b6" stroke-width="0.5"/>
<text x="${LEFT - 6}" y="${at(down(tick) + 4)}" text-anchor="end">${tickText(tick)}</text>`,
)}
${timeTicks(plot.times.at(-1) ?? 0).map((tick) => html`<text x="${at(across(tick))}" y="${HEIGHT - 14}" text-anchor="middle">${tickText(tick)} s</text>`)}
${plot.lines.map((line, index) => html`${pathOf(line, plot.times, across, down, COLOURS[index % COLOURS.length] ?? '')}${legend(line.name, index, plot.lines)}`)}
</svg></figure>`
}

/** Between the first line and the second, where both are known. */
function band(
  { lines: [low, high], times }: Plot,
  across: (seconds: number) => number,
  down: (value: number) => number,
): Html {
  const points = times.flatMap((time, index) => {
    const [from, to] = [low?.values[index], high?.values[index]]
    return from == null || to == null ? [] : [{ x: at(across(time)), from: at(down(from)), to: at(down(to)) }]
  })
  const outline = [
    ...points.map(({ x, to }) => `${x},${to}`),
    ...points.reverse().map(({ x, from }) => `${x},${from}`),
  ]
  return html`<polygon points="${outline.join(' ')}" fill="${COLOURS[0]}" fill-opacity="0.12"/>`
}

/** One polyline for each stretch without a gap; a value that stands alone is a dot. */
function pathOf(
  { values }: Line,
  times: readonly number[],
  across: (seconds: number) => number,
  down: (value: number) => number,
  colour: string,
): Html {
  const stretches: string[][] = [[]]
  for (const [index, value] of values.entries()) {
    const time = times[index]
    if (value === null || time === undefined) stretches.push([])
    else stretches.at(-1)?.push(`${at(across(time))},${at(down(value))}`)
  }
  return html`${stretches.map((points) => {
    if (points.length === 0) return NOTHING
    if (points.length > 1)
      return html`<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.5"/>`
    const [x = '', y = ''] = points[0]?.split(',') ?? []
    return html`<circle cx="${x}" cy="${y}" r="2" fill="${colour}"/>`
  })}`
}

const LETTER = 6.4

function legend(name: string, index: number, lines: readonly Line[]): Html {
  const letters = lines.slice(index + 1).reduce((sum, line) => sum + line.name.length, 0)
  const behind = letters * LETTER + (lines.length - 1 - index) * 26
  const right = WIDTH - RIGHT - behind
  const left = right - name.length * LETTER
  return html`<rect x="${at(left - 16)}" y="5" width="10" height="10" fill="${COLOURS[index % COLOURS.length]}"/><text x="${at(left)}" y="14">${name}</text>`
}

interface Scale {
  readonly ticks: readonly number[]
  /** Where a value lies, from 0 to 1. */
  part(value: number): number
}

function scaleOf({ lines, isLogarithmic }: Plot): Scale {
  const values = lines.flatMap((line) => line.values.filter((value) => value !== null))
  const most = values.reduce((highest, value) => Math.max(highest, value), 0)
  return isLogarithmic ? logarithmic(values, most) : linear(most)
}

function linear(most: number): Scale {
  const step = niceStep(most / 4)
  const count = Math.max(1, Math.ceil(most / step - 1e-9))
  return {
    ticks: Array.from({ length: count + 1 }, (_, index) => index * step),
    part: (value) => value / (count * step),
  }
}

function logarithmic(values: readonly number[], most: number): Scale {
  const least = values.reduce((lowest, value) => (value > 0 ? Math.min(lowest, value) : lowest), most || 1)
  const from = Math.floor(Math.log10(least))
  const to = Math.max(from + 1, Math.ceil(Math.log10(most || 1)))
  return {
    ticks: Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)),
    part: (value) => Math.max(0, (Math.log10(Math.max(value, 1e-9)) - from) / (to - from)),
  }
}

function timeTicks(seconds: number): readonly number[] {
  const step = niceStep(seconds / 8)
  return Array.from({ length: Math.floor(seconds / step + 1e-9) + 1 }, (_, index) => index * step)
}

/** 1, 2 or 5 times a power of ten, at least as large. */
function niceStep(least: number): number {
  if (least <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(least))
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10)
}

/** Without the dust that sums of tenths leave behind. */
function tickText(value: number): string {
  return Number(value.toPrecision(6)).toLocaleString('en-GB', { maximumFractionDigits: 6 })
}

/** A coordinate, to a tenth. */
function at(value: number): string {
  return value.toFixed(1)
}
