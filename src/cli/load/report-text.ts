/** A load report for the terminal. */
import { countOf } from '../../config/configuration-fault.ts'
import type { LoadReport } from './report.ts'
import { figure, LATENCY_COLUMNS, latencyRows, loopText, thresholdText } from './report-words.ts'

/** The page and the JSON have more. */
const WRONG_SHOWN = 5

export function reportLines(report: LoadReport): string[] {
  const { messages, outcomes, lostBecause, wrongMessages, thresholds, gateway } = report
  const rows = outcomes.map((each) => [
    each.direction,
    each.expected,
    each.verdict,
    each.answer,
    figure(each.messages),
  ])
  return [
    summary(report),
    '',
    ...columns([['latency ms', ...LATENCY_COLUMNS.map(([name]) => name)], ...latencyRows(report)]),
    loopText(report),
    '',
    ...columns([['direction', 'expected', 'verdict', 'answer', 'messages'], ...rows]),
    ...Object.entries(lostBecause).map(([why, count]) => `no reply: ${why}: ${figure(count)}`),
    ...(gateway ? ['', gatewayText(gateway)] : []),
    ...(wrongMessages.length > 0 ? ['', `some of ${countOf(messages.wrong, 'wrong verdict')}:`] : []),
    ...wrongMessages
      .slice(0, WRONG_SHOWN)
      .map(
        ({ message, expected, verdict, answer, decision }) =>
          `  ${message}: expected ${expected}, got ${verdict} (${answer}), decision ${decision ?? 'unknown'}`,
      ),
    '',
    ...thresholds.map((threshold) => thresholdText(threshold)),
  ]
}

function summary({
  ended,
  seconds,
  messages: { sent, answered, lost, unfinished, failed, wrong },
}: LoadReport): string {
  const rate = figure(seconds > 0 ? answered / seconds : 0)
  const end = ended === 'interrupted' ? `, ended early with ${figure(unfinished)} under way` : ''
  return `${figure(sent)} sent, ${figure(answered)} answered in ${seconds.toFixed(1)} s (${rate}/s), ${figure(lost)} lost, ${figure(failed)} failed, ${figure(wrong)} wrong${end}`
}

function gatewayText({ cpuMicrosPerMessage, peakMemoryBytes }: NonNullable<LoadReport['gateway']>): string {
  return `the gateway used ${figure(cpuMicrosPerMessage)} µs of CPU a message, and at most ${figure(peakMemoryBytes / 1e6)} MB`
}

/** Columns under each other; figures end where their heading ends. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  const isFigure = (column: number) => rows.slice(1).every((row) => /^[\d,.]*$/.test(row[column] ?? ''))
  return rows.map((row) =>
    row
      .map((text, column) =>
        isFigure(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}
