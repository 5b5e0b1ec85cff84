/** Notices to partners: whether each was delivered, and the button that sends one again. */
import { formatEui64 } from '../../../core/duis/eui64.ts'
import type { Notice, NoticeState } from '../../../core/notice/notice.ts'
import type { LaneStatus } from '../../../store/notice-store.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { dataTable, type PageLinks, pagination, summaryList } from '../../html/lists.ts'
import { insetText, submitButton, tag } from '../../html/notices.ts'
import { timeElement, timeOrNone } from '../../html/times.ts'
import { NOTICE_STATE_TAGS, NOTICE_WORDS } from '../../html/wording.ts'
import { formTo, page, type Visitor } from '../parts/document.ts'

export interface NoticesPage extends PageLinks {
  readonly visitor: Visitor
  readonly notices: readonly Notice[]
  readonly lanes: readonly LaneStatus[]
  readonly state: NoticeState | undefined
  readonly nameOf: (party: string) => string
}

const FILTERS: readonly (readonly [state: NoticeState | undefined, text: string])[] = [
  [undefined, 'All'],
  ['waiting', 'Waiting'],
  ['dead', 'Given up'],
  ['delivered', 'Delivered'],
]

export function noticesPage(shown: NoticesPage): Html {
  const { visitor, notices, lanes, nameOf } = shown
  return page({
    title: 'Notices',
    visitor,
    section: 'notices',
    content: html`<p class="govuk-body">A CSP is told which Devices in its regions are Restricted, a Supplier what is asked of it. No notice has a meter point number or a reference.</p>
${lanes.map((lane) => laneNote(lane, nameOf))}
<ul class="govuk-list">${FILTERS.map((filter) => filterLink(filter, shown.state))}</ul>
${dataTable({
  caption: 'The newest first',
  head: ['Notice', 'Device', 'To', 'Made', 'Delivery'],
  rows: notices.map((notice) => [
    html`<a class="govuk-link" href="/notices/${notice.id}">${NOTICE_WORDS[notice.kind]}</a>`,
    notice.device === undefined ? 'All of them' : formatEui64(notice.device),
    nameOf(notice.party),
    timeElement(notice.createdAt),
    stateTag(notice.state),
  ]),
  whenEmpty: 'There is no such notice.',
})}${pagination(shown)}`,
  })
}

function filterLink([state, text]: (typeof FILTERS)[number], current: NoticeState | undefined): Html {
  if (state === current) return html`<li><strong>${text}</strong></li>`
  const href = state === undefined ? '/notices' : `/notices?state=${state}`
  return html`<li><a class="govuk-link" href="${href}">${text}</a></li>`
}

function laneNote({ party, waiting, dead, waitingSince }: LaneStatus, nameOf: NoticesPage['nameOf']): Html {
  const since = waitingSince === undefined ? NOTHING : html`, the oldest since ${timeElement(waitingSince)}`
  return insetText(
    html`${nameOf(party)}: ${waiting.toLocaleString('en-GB')} waiting${since}${
      dead === 0 ? NOTHING : html`, ${dead.toLocaleString('en-GB')} given up`
    }.`,
  )
}

function stateTag(state: NoticeState): Html {
  return tag(...NOTICE_STATE_TAGS[state])
}

export interface NoticePage {
  readonly visitor: Visitor
  readonly notice: Notice
  readonly partyName: string
  readonly mayResend: boolean
}

export function noticePage({ visitor, notice, partyName, mayResend }: NoticePage): Html {
  const { id, kind, device, state, attempts, problem, createdAt, settledAt, content } = notice
  return page({
    title: NOTICE_WORDS[kind],
    visitor,
    section: 'notices',
    back: '/notices',
    content: html`${summaryList([
      { name: 'Delivery', value: stateTag(state) },
      { name: 'To', value: partyName },
      device !== undefined && { name: 'Device', value: formatEui64(device) },
      { name: 'Made', value: timeElement(createdAt) },
      { name: state === 'dead' ? 'Given up' : 'Delivered', value: timeOrNone(settledAt, 'Not yet') },
      { name: 'Attempts', value: String(attempts) },
      problem !== undefined && { name: 'Last problem', value: problem },
      { name: 'Notice ID', value: id },
    ])}
<h2 class="govuk-heading-m">What it says</h2>
${summaryList(Object.entries(content).map(([name, value]) => ({ name, value: value === null ? '–' : String(value) })))}
${mayResend ? formTo(visitor, `/notices/${id}/resend`, submitButton('Send it again', 'secondary')) : NOTHING}`,
  })
}
