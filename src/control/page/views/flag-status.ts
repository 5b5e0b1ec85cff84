/** Where one flag stands: Restricted or not, since when, by whom, and whether the change is in force everywhere. */
import type { Instant } from '../../../core/device/device.ts'
import type { RestrictionRecord } from '../../../core/restriction/restriction.ts'
import { stateOf } from '../../../core/restriction/state.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { tag } from '../parts/notices.ts'
import { durationText, timeOf } from '../parts/times.ts'
import { STATE_TAGS } from '../wording.ts'

/** A flag as one role may see it. */
export interface ShownFlag {
  readonly record: RestrictionRecord
  /** Party and person that set it; undefined where the role may not see them. */
  readonly setBy: string | undefined
}

/** How far the last change of a flag has come. */
export interface Progress {
  readonly text: string
  /** True once nothing more is going to happen. */
  readonly isSettled: boolean
}

/** `propagating`, or `in force after N ms`. */
export function progressOf({ inForceAt, recordedAt }: RestrictionRecord): Progress {
  if (inForceAt === undefined) {
    return { text: 'Propagating: not every gateway has this change yet', isSettled: false }
  }
  return { text: `In force in every gateway after ${durationText(inForceAt - recordedAt)}`, isSettled: true }
}

/** The box at the top of a meter's page. `here` is the page's own address, to check again without JavaScript. */
export function flagStatus(flag: ShownFlag | undefined, now: Instant, here: string): Html {
  if (!flag) {
    return html`<div class="dg-status"><p class="govuk-body">${tag('Not Restricted', 'green')}</p>
<p class="govuk-body">Reads and Alerts of this meter pass.</p></div>`
  }
  const { record } = flag
  const look = record.inForceAt === undefined ? 'dg-status--changing' : 'dg-status--restricted'
  return html`<div class="dg-status ${look}"><p class="govuk-body">${stateTag(record, now)} by consumer choice</p>
${sentence(flag, now)}${endSentence(record)}${liveStatus(record, here)}</div>`
}

/** The tag of a record's state. */
export function stateTag(record: RestrictionRecord, now: Instant): Html {
  const [text, colour] = STATE_TAGS[stateOf(record, now)]
  return tag(text, colour)
}

/** The line that JavaScript keeps up to date; without it there is a link. */
export function liveStatus(record: RestrictionRecord, here: string): Html {
  const { text, isSettled } = progressOf(record)
  const address = `/restrictions/${encodeURIComponent(record.id)}/status`
  return html`<p class="govuk-body">Status: <strong role="status"${
    isSettled ? NOTHING : html` data-live-status="${address}"`
  }>${text}</strong>${isSettled ? NOTHING : html` <a class="govuk-link" href="${here}">Check again</a>`}</p>`
}

function sentence({ record, setBy }: ShownFlag, now: Instant): Html {
  const since = record.from > now ? 'From' : 'Since'
  return html`<p class="govuk-body">${since} ${timeOf(record.from)}${
    setBy === undefined ? NOTHING : html`, set by ${setBy}`
  }.</p>`
}

function endSentence({ until }: RestrictionRecord): Html {
  return until === undefined ? NOTHING : html`<p class="govuk-body">It ends at ${timeOf(until)}.</p>`
}
