/** A load report as the content of an HTML page: what it was, whether it held, and what happened over time. */
import { type Html, html, NOTHING } from '../../control/html/html.ts'
import { dataTable } from '../../control/html/lists.ts'
import { type Line, linePlot } from './line-plot.ts'
import type { LoadReport, Sample } from './report.ts'
import { figure, LATENCY_COLUMNS, latencyRows, loopText, thresholdValue } from './report-words.ts'

export function reportContent(report: LoadReport): Html {
  const isCrossed = report.thresholds.some((each) => each.isCrossed)
  return html`<p><strong>${isCrossed ? 'A threshold was crossed.' : 'All thresholds held.'}</strong> ${settingText(report)}</p>
${thresholdTable(report)}
<h2>Latency</h2>
${dataTable({
  caption: 'Milliseconds from an HDR histogram',
  head: ['', ...LATENCY_COLUMNS.map(([name]) => name)],
  rows: latencyRows(report),
  numeric: LATENCY_COLUMNS.map((_, index) => index + 1),
  whenEmpty: 'No message was answered.',
})}
<p>Measured in ${report.isCorrectedForCoordinatedOmission ? 'an' : 'a'} ${loopText(report)}.</p>
<h2>Verdicts</h2>
${outcomeTable(report)}${lostTable(report)}${wrongTable(report)}
<h2>Over time</h2>
${plots(report)}
${secondsTable(report)}`
}

function settingText({
  startedAt,
  ended,
  seconds,
  model,
  targets,
  mix,
  messages,
  gateway,
}: LoadReport): Html {
  const load =
    model.kind === 'closed'
      ? `${model.connections} connections, each sending when it is answered`
      : `stages ${model.stages.map(({ seconds: length, from, to }) => `${figure(length)} s from ${figure(from)}/s to ${figure(to)}/s`).join(', ')}`
  const rate = figure(seconds > 0 ? messages.answered / seconds : 0)
  return html`${startedAt}: ${figure(messages.sent)} messages of the mix <code>${mix}</code> to ${Object.entries(
    targets,
  ).map(
    ([direction, url]) => html`<code>${url}</code> (${direction}) `,
  )}in ${seconds.toFixed(1)} s; ${load}; ${figure(messages.answered)} answered (${rate}/s), ${figure(messages.lost)} lost, ${figure(messages.failed)} failed, ${figure(messages.wrong)} wrong.${ended === 'interrupted' ? html` <strong>Ended early</strong>, with ${figure(messages.unfinished)} messages under way.` : NOTHING}${gateway ? ` The gateway used ${figure(gateway.cpuMicrosPerMessage)} µs of CPU a message and at most ${figure(gateway.peakMemoryBytes / 1e6)} MB.` : ''}`
}

function thresholdTable({ thresholds }: LoadReport): Html {
  return dataTable({
    caption: 'Thresholds',
    head: ['Must not be', 'Was', ''],
    rows: thresholds.map((each) => [
      each.text,
      thresholdValue(each),
      each.isCrossed ? html`<strong>crossed</strong>` : 'held',
    ]),
    numeric: [1],
  })
}

function outcomeTable({ outcomes }: LoadReport): Html {
  return dataTable({
    caption: 'What became of messages',
    head: ['Direction', 'Expected', 'Verdict', 'Answer', 'Messages'],
    rows: outcomes.map(({ direction, expected, verdict, answer, messages }) => [
      direction,
      expected,
      verdict,
      answer,
      figure(messages),
    ]),
    numeric: [4],
    whenEmpty: 'No message was answered.',
  })
}

function lostTable({ lostBecause }: LoadReport): Html {
  const rows = Object.entries(lostBecause).map(([why, count]) => [why, figure(count)])
  if (rows.length === 0) return NOTHING
  return dataTable({ caption: 'Lost', head: ['Why', 'Messages'], rows, numeric: [1] })
}

function wrongTable({ wrongMessages, messages: { wrong } }: LoadReport): Html {
  if (wrong === 0) return NOTHING
  return dataTable({
    caption: `The first of ${figure(wrong)} wrong verdicts`,
    head: ['Message', 'Direction', 'Expected', 'Verdict', 'Answer', 'Decision'],
    rows: wrongMessages.map(({ message, direction, expected, verdict, answer, decision }) => [
      message,
      direction,
      expected,
      verdict,
      answer,
      html`<code>${decision ?? 'unknown'}</code>`,
    ]),
  })
}

/** What is left behind the last whole second is too short for a rate. */
const SHORTEST_SECONDS = 0.25

interface Moment extends Sample {
  readonly seconds: number
}

function momentsOf({ samples }: LoadReport): readonly Moment[] {
  const moments = samples.map((sample, index) => ({
    ...sample,
    seconds: sample.at - (samples[index - 1]?.at ?? 0),
  }))
  return moments.filter(({ seconds }) => seconds >= SHORTEST_SECONDS)
}

function plots(report: LoadReport): Html {
  const moments = momentsOf(report)
  if (moments.length === 0) return html`<p>It was too short for that.</p>`
  const times = moments.map(({ at }) => at)
  const line = (name: string, value: (moment: Moment) => number | null): Line => ({
    name,
    values: moments.map(value),
  })
  const perSecond = (count: number | null, { seconds }: Moment) => (count === null ? null : count / seconds)
  const verdicts = [...new Set(report.outcomes.map(({ verdict }) => verdict))]
  const hasUsage = moments.some(({ memoryBytes }) => memoryBytes !== null)
  const isOpen = report.model.kind === 'open'
  return html`${linePlot({
    title: 'Rate',
    unit: 'messages/s',
    times,
    lines: [
      ...(isOpen ? [line('asked', (moment) => perSecond(moment.asked, moment))] : []),
      line('answered', (moment) => perSecond(moment.answered, moment)),
    ],
  })}
${linePlot({
  title: 'Latency',
  unit: 'ms, each step ten times the one below',
  times,
  isLogarithmic: true,
  hasBand: true,
  lines: [line('p50', ({ p50 }) => p50), line('p99', ({ p99 }) => p99), line('max', ({ max }) => max)],
})}
${linePlot({
  title: 'Verdicts',
  unit: 'messages/s',
  times,
  lines: [
    ...verdicts.map((verdict) => line(verdict, (moment) => perSecond(moment.verdicts[verdict] ?? 0, moment))),
    ...(report.messages.lost > 0 ? [line('lost', (moment) => perSecond(moment.lost, moment))] : []),
    ...(report.messages.wrong > 0 ? [line('wrong', (moment) => perSecond(moment.wrong, moment))] : []),
  ],
})}
${hasUsage ? linePlot({ title: 'CPU of the gateway', unit: 'cores', times, lines: [line('CPU', ({ cpu }) => cpu)] }) : NOTHING}
${hasUsage ? linePlot({ title: 'Memory of the gateway', unit: 'MB', times, lines: [line('resident', ({ memoryBytes }) => memoryBytes && memoryBytes / 1e6)] }) : NOTHING}`
}

function secondsTable({ samples }: LoadReport): Html {
  const ms = (value: number | null) => (value === null ? '–' : figure(value))
  return html`<details><summary>Second by second</summary>
${dataTable({
  caption: 'Messages, and latency in milliseconds',
  head: ['Until, s', 'Asked', 'Sent', 'Answered', 'Lost', 'Wrong', 'p50', 'p99', 'max'],
  rows: samples.map(({ at, asked, sent, answered, lost, wrong, p50, p99, max }) => [
    at.toFixed(1),
    ms(asked),
    ...[sent, answered, lost, wrong].map(figure),
    ...[p50, p99, max].map(ms),
  ]),
  numeric: [0, 1, 2, 3, 4, 5, 6, 7, 8],
})}</details>`
}
