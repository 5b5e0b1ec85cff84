/** A result as tables: for the terminal and, with the same cells, for a Markdown page. */
import { digits, type Spread, spreadText } from '../support/spread.ts'
import type { BenchResult, RateResult, RungResult } from './result.ts'

/** Rows of cells; the first row is the head. */
export type Cells = readonly (readonly string[])[]

/** CPU first: what a message costs, and what saturation gave. */
export function costTable({ rungs }: BenchResult): Cells {
  const head = [
    'rung',
    'CPU µs a message',
    'messages/s',
    'core share: between, generator, upstream',
    'peak memory MiB',
    'alone on its core',
  ]
  return [head, ...rungs.map(costRow)]
}

function costRow({ name, figures }: RungResult): string[] {
  if (!figures) return [name, 'failed', '', '', '', '']
  const { cpuMicros, throughput, coreShare, peakBytes, company } = figures
  const shares = [coreShare.between, coreShare.generator, coreShare.farSide]
  return [
    name,
    spreadText(cpuMicros),
    spreadText(throughput),
    shares.map(({ median }) => `${Math.round(median * 100)} %`).join(', '),
    digits(Math.round(peakBytes / 2 ** 20)),
    company.length === 0 ? 'yes' : `no: ${company.join(', ')}`,
  ]
}

/** Latency at the rate that all rungs had, and at half of what each can take; milliseconds. */
export function latencyTable({ rungs }: BenchResult): Cells {
  const head = [
    'rung',
    'rate',
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'CPU µs a message',
    'waited for a core, ms a second: main thread, all threads',
    'the same: generator, upstream',
    'generator late, p99 ms',
  ]
  return [head, ...rungs.flatMap(latencyRows)]
}

function latencyRows({ name, figures }: RungResult): string[][] {
  if (!figures) return [[name, 'failed', '', '', '', '', '', '', '']]
  const { fixed, half } = figures
  return [...(fixed ? [rateRow(name, fixed, '')] : []), ...(half ? [rateRow(name, half, ' (half)')] : [])]
}

function rateRow(name: string, result: RateResult, note: string): string[] {
  const { rate, p50, p99, p999, cpuMicros, generatorLateP99, coreWait } = result
  const { main, all, generator, farSide } = coreWait
  const medians = (...spreads: Spread[]) => spreads.map(({ median }) => digits(median)).join(', ')
  return [
    name,
    `${digits(rate)}/s${note}`,
    ...[p50, p99, p999, cpuMicros].map(spreadText),
    medians(main, all),
    medians(generator, farSide),
    digits(generatorLateP99.median),
  ]
}

/** Aligned columns for a terminal. */
export function asText(cells: Cells): string {
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')
  return cells.map((row) => line(row).trimEnd()).join('\n')
}

export function asMarkdown(cells: Cells): string {
  const [head = [], ...rows] = cells
  const line = (row: readonly string[]) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}
