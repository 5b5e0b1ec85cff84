/** Notices to partners: whether each was delivered, and the button that sends one again. */
import { instantOf } from '../../../core/device/device.ts'
import { formatEui64 } from '../../../core/duis/eui64.ts'
import type { Notice, NoticeState } from '../../../core/notice/notice.ts'
import type { LaneStatus } from '../../../store/notice-store.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { dataTable, type Fact, type PageLinks, pagination, summaryList } from '../../html/lists.ts'
import { insetText, submitButton, tag } from '../../html/notices.ts'
import { counted, timeElement, timeOrNone } from '../../html/times.ts'
import { NOTICE_STATE_TAGS, NOTICE_WORDS } from '../../html/wording.ts'
import { formTo, page, type Visitor } from '../parts/document.ts'

export interface NoticesPage extends PageLinks {
  readonly visitor: Visitor
  readonly notices: readonly Notice[]
  readonly lanes: readonly LaneStatus[]
  readonly state: NoticeState | undefined
  readonly nameOf: (party: string) => string
  /** Whether the visitor may have notices sent again. */
  readonly mayResend: boolean
  /** How many were sent again just now. */
  readonly resent: number
  readonly csvHref: string
}

const FILTERS: readonly (readonly [state: NoticeState | undefined, text: string])[] = [
  [undefined, 'All'],
  ['waiting', 'Waiting'],
  ['dead', 'Given up'],
  ['delivered', 'Delivered'],
]

export function noticesPage(shown: NoticesPage): Html {
  const { visitor, lanes, nameOf, resent, csvHref } = shown
  return page({
    title: 'Notices',
    visitor,
    section: 'notices',
    content: html`<p class="govuk-body">A CSP is told which Devices in its regions are Restricted, a Supplier what is asked of it. No notice has a meter point number or a reference.</p>
${resent > 0 ? insetText(`${counted(resent, 'notice')} will be sent again.`) : NOTHING}
${lanes.map((lane) => laneNote(lane, nameOf))}
<ul class="govuk-list">${FILTERS.map((filter) => filterLink(filter, shown.state))}</ul>
<p class="govuk-body"><a class="govuk-link" href="${csvHref}" download>Download as CSV</a></p>
${chooseToResend(shown)}${pagination(shown)}`,
  })
}

/** The table; with boxes to choose by where something may be sent again. */
function chooseToResend(shown: NoticesPage): Html {
  const { visitor, notices, mayResend } = shown
  if (!mayResend || !notices.some(isSendable)) return noticeTable(shown, false)
  return formTo(
    visitor,
    '/notices/resend',
    html`${noticeTable(shown, true)}${submitButton('Send the chosen ones again', 'secondary')}`,
  )
}

function isSendable({ state }: Notice): boolean {
  return state !== 'pull'
}

function noticeTable({ notices, nameOf }: NoticesPage, withBoxes: boolean): Html {
  return dataTable({
    caption: 'The newest first',
    head: [...(withBoxes ? ['Choose'] : []), 'Notice', 'Device', 'To', 'Made', 'Delivery', 'Next attempt'],
    rows: notices.map((notice) => [
      ...(withBoxes ? [isSendable(notice) ? box(notice) : '–'] : []),
      html`<a class="govuk-link" href="/notices/${notice.id}">${NOTICE_WORDS[notice.kind]}</a>`,
      notice.device === undefined
        ? 'All of them'
        : html`<span class="dg-id">${formatEui64(notice.device)}</span>`,
      nameOf(notice.party),
      timeElement(notice.createdAt),
      html`${stateTag(notice.state)}${notice.problem === undefined || notice.state === 'delivered' ? NOTHING : html` ${problemWords(notice.problem)}`}`,
      nextAttempt(notice),
    ]),
    whenEmpty: 'There is no such notice.',
  })
}

function box({ id, kind, device }: Notice): Html {
  const name = `${NOTICE_WORDS[kind]}${device === undefined ? '' : `, ${formatEui64(device)}`}`
  return html`<input class="dg-box" type="checkbox" name="notice" value="${id}" aria-label="${name}">`
}

function nextAttempt({ state, nextAt }: Pick<Notice, 'state' | 'nextAt'>): Html | string {
  if (state === 'waiting') return timeElement(nextAt)
  return state === 'dead' ? 'None: send it again by hand' : '–'
}

/** Why an attempt failed, as who is not a programmer would say it; another text as it is. */
function problemWords(problem: string): string {
  const status = Number(/^answered with status (\d{3})$/.exec(problem)?.[1])
  if (Number.isNaN(status)) return `It could not be delivered: ${problem}.`
  if (status === 401 || status === 403) return `Its receiver does not let us in (${status}).`
  if (status === 404 || status === 410) return `There is no receiver at this address (${status}).`
  if (status === 429) return `Its receiver asks us to wait (${status}).`
  return status >= 500
    ? `Its receiver is in trouble (${status}).`
    : `Its receiver turns this notice down (${status}).`
}

/** What a notice says by name, in words. */
const CONTENT_WORDS: Readonly<Record<string, string>> = {
  kind: 'What it is about',
  device: 'Device',
  hub: 'Communications Hub',
  region: 'CSP region',
  effectiveAt: 'Takes effect',
  from: 'Restricted from',
  until: 'Restricted until',
  reason: 'Reason',
  sequence: 'Number for this Device',
  restriction: 'Receipt of the flag',
  task: 'Task',
  dueAt: 'To be answered by',
  clearAt: 'Clears at',
  schedule: 'Schedule',
  srv: 'Service Requests of the schedule',
}

const TIMES = new Set(['effectiveAt', 'from', 'until', 'dueAt', 'clearAt', 'asOf'])

function contentFact([name, value]: readonly [string, string | number | boolean | null]): Fact {
  return { name: CONTENT_WORDS[name] ?? name, value: contentValue(name, value) }
}

function contentValue(name: string, value: string | number | boolean | null): Html | string {
  if (value === null) return '–'
  const at = typeof value === 'string' && TIMES.has(name) ? Date.parse(value) : Number.NaN
  if (!Number.isNaN(at)) return timeElement(instantOf(at))
  if (name === 'kind')
    return Object.entries(NOTICE_WORDS).find(([kind]) => kind === value)?.[1] ?? String(value)
  return value === 'consumer-choice' ? 'The consumer’s choice' : String(value)
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
      state !== 'delivered' && state !== 'pull' && { name: 'Next attempt', value: nextAttempt(notice) },
      problem !== undefined && { name: 'Last problem', value: problemWords(problem) },
      { name: 'Notice ID', value: id },
    ])}
<h2 class="govuk-heading-m">What it says</h2>
${summaryList(Object.entries(content).map(contentFact))}
${mayResend ? formTo(visitor, `/notices/${id}/resend`, submitButton('Send it again', 'secondary')) : NOTHING}`,
  })
}
