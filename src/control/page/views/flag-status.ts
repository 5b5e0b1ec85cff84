/** Where one flag stands: Restricted or not, since when, by whom, and whether the change is in force everywhere. */
import type { Instant } from '../../../core/device/device.ts'
import type { RestrictionState } from '../../../core/restriction/restriction.ts'
import type { FlagView } from '../../../restrictions/views.ts'
import { type Html, html, NOTHING } from '../../html/html.ts'
import { tag } from '../../html/notices.ts'
import { durationText, timeElement } from '../../html/times.ts'
import { STATE_TAGS } from '../../html/wording.ts'
import type { Unvouched } from '../../vouching.ts'

/** What a role knows of a meter's flag: the whole, or since when it is Restricted, or that it is not. */
export type FlagKnown =
  | { readonly kind: 'flag'; readonly flag: FlagView; readonly unvouched: readonly Unvouched[] }
  | { readonly kind: 'since'; readonly since: Instant }
  | { readonly kind: 'clear' }

/** How far the last change of a flag has come. */
export interface Progress {
  readonly text: string
  /** True once nothing more is going to happen. */
  readonly isSettled: boolean
}

/** What the progress of a flag's last change is told from. */
export type Changing = Pick<FlagView, 'version' | 'recordedAt' | 'until' | 'inForceAt'>

/** `propagating`, or `in force after N ms` where the flag itself tells when it was changed; and of which gateways not. */
export function progressOf(flag: Changing, unvouched: readonly Unvouched[]): Progress {
  const { inForceAt } = flag
  const except = unvouched.map((one) => `; ${unvouchedText(one)}`).join('')
  if (inForceAt === undefined) {
    return { text: `Propagating: not every gateway has this change yet${except}`, isSettled: false }
  }
  const changedAt = changeTimeOf(flag, inForceAt)
  const after = changedAt === undefined ? '' : ` after ${durationText(inForceAt - changedAt)}`
  const where = unvouched.length === 0 ? 'every gateway' : 'every gateway that reports'
  return { text: `In force in ${where}${after}${except}`, isSettled: true }
}

function unvouchedText({ gateway, why, byMs }: Unvouched): string {
  const time = durationText(byMs)
  return why === 'silent'
    ? `${gateway} has not reported for ${time}`
    : `the clock of ${gateway} is ${time} behind`
}

/** A first version was recorded when it was set, and a clear at once ends the flag at that moment. */
function changeTimeOf({ version, recordedAt, until }: Changing, inForceAt: Instant): Instant | undefined {
  if (version === 1) return recordedAt
  return until !== undefined && until <= inForceAt ? until : undefined
}

/** The box at the top of a meter's page. `here` is the page's own address, to check again without JavaScript. */
export function flagStatus(known: FlagKnown, now: Instant, here: string): Html {
  switch (known.kind) {
    case 'clear':
      return html`<div class="dg-status"><p class="govuk-body">${tag('Not Restricted', 'green')}</p>
<p class="govuk-body">Readings and Alerts of this meter pass.</p></div>`
    case 'since':
      return html`<div class="dg-status dg-status--restricted"><p class="govuk-body">${stateTag('effective')} by consumer choice</p>
<p class="govuk-body">Since ${timeElement(known.since)}.</p></div>`
    case 'flag':
      return wholeStatus(known, now, here)
  }
}

function wholeStatus(
  { flag, unvouched }: Extract<FlagKnown, { kind: 'flag' }>,
  now: Instant,
  here: string,
): Html {
  const look = flag.inForceAt === undefined ? 'dg-status--changing' : 'dg-status--restricted'
  const by = setterText(flag)
  return html`<div class="dg-status ${look}"><p class="govuk-body">${stateTag(flag.state)} by consumer choice</p>
<p class="govuk-body">${flag.from > now ? 'From' : 'Since'} ${timeElement(flag.from)}${
    by === undefined ? NOTHING : html`, set by ${by}`
  }.</p>${flag.until === undefined ? NOTHING : html`<p class="govuk-body">It ends at ${timeElement(flag.until)}.</p>`}${liveStatus(flag, unvouched, here)}</div>`
}

export function stateTag(state: RestrictionState): Html {
  const [text, colour] = STATE_TAGS[state]
  return tag(text, colour)
}

/** Who set a flag, for whom and on which ticket; undefined for those who may not know. */
export function setterText({ setter }: Pick<FlagView, 'setter'>): string | undefined {
  if (!setter) return undefined
  const { setBy, onBehalfOf, ticket } = setter
  const who = `${setBy.party} (${setBy.name})`
  return onBehalfOf === undefined ? who : `${who} for ${onBehalfOf}, ticket ${ticket ?? 'not given'}`
}

/** The line that JavaScript keeps up to date; without it there is a link. */
export function liveStatus(
  flag: Changing & Pick<FlagView, 'id'>,
  unvouched: readonly Unvouched[],
  here: string,
): Html {
  const { text, isSettled } = progressOf(flag, unvouched)
  if (isSettled) return html`<p class="govuk-body">Status: <strong>${text}</strong></p>`
  const address = `/restrictions/${encodeURIComponent(flag.id)}/status`
  return html`<p class="govuk-body">Status: <strong role="status" data-live-status="${address}">${text}</strong>
<a class="govuk-link" href="${here}">Check again</a></p>`
}
