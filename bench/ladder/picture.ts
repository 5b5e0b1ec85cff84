/** The ladder as a picture: CPU time a message of each rung as a bar, with the spread of the rounds as a line. */
import { digits } from '../support/spread.ts'
import type { BenchResult, RungResult } from './result.ts'

const ROW = 26
const TOP = 64
const LABELS = 170
const BARS = 480
const VALUES = 150
const WIDTH = LABELS + BARS + VALUES

/** SVG without a script or a font of its own; readable on light and dark pages. */
export function pictureOf(result: BenchResult): string {
  const longest = Math.max(1, ...result.rungs.map(({ figures }) => figures?.cpuMicros.max ?? 0))
  // One very dear rung would press all others flat: bars are cut at six times the median one.
  const scale = BARS / Math.min(longest, 6 * medianCost(result))
  const rows = result.rungs.map((rung, index) => bar(rung, TOP + index * ROW, scale))
  const height = TOP + result.rungs.length * ROW + 34
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title" font-family="sans-serif" font-size="13">
<title id="title">CPU microseconds for each message, by rung</title>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="12" y="24" font-size="16" font-weight="bold" fill="#0b0c0c">CPU µs a message, process in between, at saturation</text>
<text x="12" y="44" fill="#505a5f">${escaped(captionOf(result))}</text>
${rows.join('\n')}
<text x="12" y="${height - 10}" fill="#505a5f">Bar: median of ${result.rounds} rounds. Line: least to most. A cut bar has its value beside it.</text>
</svg>
`
}

function captionOf({ machine, commit }: BenchResult): string {
  return `${machine.cores} × ${machine.cpu}, Node ${machine.node}, commit ${commit}`
}

function medianCost({ rungs }: BenchResult): number {
  const costs = rungs
    .flatMap(({ figures }) => (figures ? [figures.cpuMicros.median] : []))
    .sort((a, b) => a - b)
  return costs[Math.floor(costs.length / 2)] || 1
}

function bar({ name, traffic, figures }: RungResult, y: number, scale: number): string {
  const label = `<text x="12" y="${y + 14}" fill="#0b0c0c">${escaped(name)}</text>`
  if (!figures) return `${label}<text x="${LABELS}" y="${y + 14}" fill="#d4351c">failed</text>`
  const { median, min, max } = figures.cpuMicros
  const width = (value: number) => Math.min(BARS, value * scale).toFixed(1)
  const [from, to] = [LABELS + Number(width(min)), LABELS + Number(width(max))]
  return `${label}<rect x="${LABELS}" y="${y}" width="${width(median)}" height="18" fill="${colourOf(name, traffic)}"/>
<line x1="${from}" x2="${to}" y1="${y + 9}" y2="${y + 9}" stroke="#0b0c0c"/>
<text x="${LABELS + BARS + 8}" y="${y + 14}" fill="#0b0c0c">${digits(median)}</text>`
}

/** Ours in blue, floors in grey, peers in turquoise. */
function colourOf(name: string, traffic: string): string {
  if (name === 'direct' || name === 'pipe') return '#b1b4b6'
  if (name.startsWith('haproxy') || name.startsWith('nginx')) return '#28a197'
  return traffic === 'rejects' ? '#5694ca' : '#1d70b8'
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
