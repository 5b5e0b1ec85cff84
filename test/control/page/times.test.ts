/** Times on pages: UK time with its zone, UTC for machines, and what is typed near a change of clocks. */
import t from 'tap'
import { clockText, timeElement, timeText } from '../../../src/control/html/times.ts'
import { Answers } from '../../../src/control/page/forms/answers.ts'
import { whenOf } from '../../../src/control/page/forms/when.ts'
import { instantOf } from '../../../src/core/device/device.ts'

const instant = (iso: string) => instantOf(Date.parse(iso))

t.test('a time is said as clocks in Great Britain show it, with its zone', async (t) => {
  t.equal(timeText(instant('2026-11-23T14:05:00Z')), '23 November 2026, 14:05 GMT')
  t.equal(timeText(instant('2026-06-30T23:30:00Z')), '1 July 2026, 00:30 BST')
  t.equal(clockText(instant('2026-10-25T00:30:00Z')), '01:30 BST')
  t.equal(clockText(instant('2026-10-25T01:30:00Z')), '01:30 GMT')
})

t.test('a machine reads the instant in UTC', async (t) => {
  const element = String(timeElement(instant('2026-07-01T12:00:00Z')))
  t.equal(element, '<time datetime="2026-07-01T12:00:00.000Z">1 July 2026, 13:00 BST</time>')
})

/** What a form makes of a day such as `2026-10-25` and a time. */
function typed(day: string, time: string) {
  const [year, month, date] = day.split('-')
  const fields = { when: 'later', 'when-date-day': date, 'when-date-month': month, 'when-date-year': year }
  const texts = Object.entries({ ...fields, 'when-time': time })
  const read = whenOf(new Answers(texts.map(([name, text]) => [name, [text ?? '']])))
  return read.ok ? new Date(read.at ?? 0).toISOString() : read.problems.map(({ text }) => text).join(' ')
}

t.test('a time that is typed is UK time', async (t) => {
  t.equal(typed('2026-07-01', '00:30'), '2026-06-30T23:30:00.000Z')
  t.equal(typed('2026-12-01', '8.30'), '2026-12-01T08:30:00.000Z')
  t.equal(typed('2026-07-01', '00:30 BST'), '2026-06-30T23:30:00.000Z')
})

t.test('a time that no clock shows, or that clocks show twice, is refused with what to do', async (t) => {
  t.match(typed('2026-03-29', '01:30'), 'never show this time')
  t.equal(typed('2026-03-29', '02:00'), '2026-03-29T01:00:00.000Z')
  t.match(typed('2026-10-25', '01:30'), 'twice')
  t.equal(typed('2026-10-25', '01:30 BST'), '2026-10-25T00:30:00.000Z')
  t.equal(typed('2026-10-25', '01:30 gmt'), '2026-10-25T01:30:00.000Z')
  t.match(typed('2026-07-01', '10:00 GMT'), 'on the other time')
  t.match(typed('2026-04-31', '10:00'), 'no such day')
  t.match(typed('2026-04-30', '24:00'), 'no such day')
  t.match(typed('2026-04-30', '10:60'), 'no such day')
})
