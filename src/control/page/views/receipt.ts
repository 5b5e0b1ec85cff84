/** The page after a change: its receipt, how far it has come, what happens next. */
import type { Instant } from '../../../core/device/device.ts'
import { formatEui64 } from '../../../core/duis/eui64.ts'
import type { DarkSchedule } from '../../../core/restriction/schedule.ts'
import type { FlagView } from '../../../restrictions/views.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { dataTable } from '../../html/lists.ts'
import { confirmationPanel } from '../../html/notices.ts'
import { timeElement } from '../../html/times.ts'
import type { Unvouched } from '../../vouching.ts'
import { addressOf, subjectOf } from '../forms/subject.ts'
import { page, type Visitor } from '../parts/document.ts'
import { liveStatus } from './flag-status.ts'

/** What the owner of each may do about it; nothing where there is none. */
export function darkSchedules(schedules: readonly DarkSchedule[]): Html {
  if (schedules.length === 0) return NOTHING
  return html`<h2 class="govuk-heading-m" id="schedules">Schedules that go dark</h2>
<p class="govuk-body">Their answers are destroyed while the flag is set. Each is its owner’s to delete; owners are told.</p>
${dataTable({
  caption: 'Live schedules of these Devices',
  isCaptionHidden: true,
  head: ['Schedule', 'Reads', 'Device', 'Owner'],
  rows: schedules.map(({ id, srvs, device, owner, party }) => [
    id,
    srvs.join(', ') || 'Not known',
    html`<span class="dg-id">${formatEui64(device)}</span>`,
    party ?? html`<span class="dg-id">${formatEui64(owner)}</span>`,
  ]),
})}`
}

export interface Receipt {
  readonly visitor: Visitor
  readonly flag: FlagView
  readonly unvouched: readonly Unvouched[]
  readonly here: string
  readonly change: 'set' | 'clear'
  /** That go dark; none after a clear. */
  readonly schedules: readonly DarkSchedule[]
  readonly now: Instant
}

/** The page after a change: the receipt, how far it has come, what happens next. */
export function receiptPage(receipt: Receipt): Html {
  const { visitor, flag, here, change, now } = receipt
  const isSet = change === 'set'
  const at = isSet ? flag.from : (flag.until ?? now)
  const isLater = at > now
  const done = isSet ? 'Restricted' : 'no longer Restricted'
  const title = `The meter ${isLater ? 'will be' : 'is'} ${done}`
  return page({
    title,
    visitor,
    section: 'search',
    ownHeading: true,
    content: html`${confirmationPanel(title, html`Receipt<br><strong>${flag.id}</strong>`)}
<p class="govuk-body">${isLater ? 'From' : 'Since'} ${timeElement(at)}.</p>
${liveStatus(flag, receipt.unvouched, here)}
${darkSchedules(receipt.schedules)}
<h2 class="govuk-heading-m">What happens next</h2>
<ul class="govuk-list govuk-list--bullet">${(isSet ? AFTER_SET : AFTER_CLEAR).map((text) => html`<li>${text}</li>`)}</ul>
${isSet ? html`<p class="govuk-body"><a class="govuk-link" href="${addressOf(subjectOf(flag))}/letter">Letter and script for the consumer</a></p>` : NOTHING}
<p class="govuk-body"><a class="govuk-link" href="${addressOf(subjectOf(flag))}">See the meter</a></p>
<p class="govuk-body"><a class="govuk-link" href="/search">Find another meter</a></p>`,
  })
}

const AFTER_SET = [
  'Whoever asks for readings of this meter is answered at once that they are refused.',
  'Safety, security and supply Alerts and firmware updates go on as before.',
  'Delete schedules that read this meter: their answers are destroyed.',
  'You can clear the flag at any time.',
]

const AFTER_CLEAR = [
  'Readings and Alerts of this meter pass again. What was stopped meanwhile does not come later.',
  'Schedules that were deleted do not come back by themselves.',
]
