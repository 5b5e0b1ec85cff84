/**
 * Checks what goes with a request: the declaration of all reasonable steps, references, the clear reason, the time.
 * Every check answers with all that is wrong, so that a form is mended in one go.
 */
import type { Instant } from '../device/device.ts'
import { type Refusal, refuse } from './refusal.ts'
import {
  ARS_STEPS,
  type ArsStep,
  CLEAR_REASONS,
  type ClearReason,
  type ClearRequest,
  type DeclarationForm,
  type RestrictionRules,
} from './requests.ts'
import type { Declaration } from './restriction.ts'
import { keptText, untypedIn } from './typed-text.ts'

const MAX_REFERENCE_CHARACTERS = 200

/** The declaration as it is kept, or everything that is wrong with it. */
export function readDeclaration(
  form: DeclarationForm,
  now: Instant,
): { readonly declaration: Declaration } | { readonly refusals: readonly Refusal[] } {
  const steps = form.steps.filter(isArsStep)
  const refusals = [
    ...(steps.length === 0 || steps.length < form.steps.length ? [refuse('steps-missing')] : []),
    ...(isDayUpTo(form.date, now) ? [] : [refuse('preference-date')]),
    ...evidenceRefusals(keptText(form.evidence)),
    ...(form.isLastResort ? [] : [refuse('last-resort-not-confirmed')]),
    ...(form.isCreditMode ? [] : [refuse('credit-mode-not-confirmed')]),
  ]
  if (refusals.length > 0) return { refusals }
  return {
    declaration: {
      steps: [...new Set(steps)],
      date: form.date,
      evidence: keptText(form.evidence),
      isLastResort: true,
      isCreditMode: true,
    },
  }
}

/** What is wrong with an optional reference. */
export function referenceRefusals(reference: string | undefined): readonly Refusal[] {
  const text = keptText(reference ?? '')
  if (text.length > MAX_REFERENCE_CHARACTERS) return [refuse('reference-too-long')]
  return textRefusals(text)
}

/** What is wrong with the words of a clear request. */
export function clearWordsRefusals(request: ClearRequest): readonly Refusal[] {
  return [
    ...(isClearReason(request.reason) ? [] : [refuse('clear-reason')]),
    ...(keptText(request.reference) === '' ? [refuse('clear-reference-missing')] : []),
    ...referenceRefusals(request.reference),
  ]
}

function isArsStep(text: string): text is ArsStep {
  return (ARS_STEPS as readonly string[]).includes(text)
}

function isClearReason(text: string): text is ClearReason {
  return (CLEAR_REASONS as readonly string[]).includes(text)
}

function evidenceRefusals(evidence: string): readonly Refusal[] {
  if (evidence === '' || evidence.length > MAX_REFERENCE_CHARACTERS) return [refuse('evidence-missing')]
  return textRefusals(evidence)
}

function textRefusals(text: string): readonly Refusal[] {
  if (untypedIn(text) !== undefined) return [refuse('text-untyped')]
  return looksPersonal(text) ? [refuse('personal-data')] : []
}

const ISO_DAY = { year: 'numeric', month: '2-digit', day: '2-digit' } as const

/** Made for the first day that is checked: it has Node load the calendars. */
let londonDay: Intl.DateTimeFormat | undefined

/** By the consumer's own calendar: shortly after midnight in summer, UTC is still at the day before. */
function dayInLondon(now: Instant): string {
  londonDay ??= new Intl.DateTimeFormat('en-CA', { ...ISO_DAY, timeZone: 'Europe/London' })
  return londonDay.format(now)
}

function isDayUpTo(text: string, now: Instant): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const midnight = Date.parse(`${text}T00:00:00Z`)
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== text) return false
  return text <= dayInLondon(now)
}

const E_MAIL = /[^\s@]+@[^\s@]+\.[^\s@]+/
/** A British number with its leading 0 or +44 and nine or ten digits more, however they are grouped. */
const PHONE = /(?:\+\s?44|(?<![\w-])\(?0)[\s().-]*(?:\d[\s().-]*){9,10}(?!\d)/
/** Long enough for an MPAN, an MPRN of today or a phone number; references with letters rarely run so long. */
const LONG_DIGIT_RUN = /\d{9,}/
/** An MPAN in the groups in which bills print it. */
const GROUPED_MPAN = /(?<!\d)\d{2}[ -]?\d{4}[ -]?\d{4}[ -]?\d{3}(?!\d)/
/** Six to ten digits that stand alone: an MPRN. `CASE-204711` is a reference. */
const BARE_MPRN = /(?<!\S)\d{6,10}(?!\S)/

/**
 * Whether the text holds something like an e-mail address, a phone number or a meter point number: what people paste by mistake,
 * not what somebody hides on purpose. Names and postcodes are not looked for.
 */
export function looksPersonal(text: string): boolean {
  return [E_MAIL, PHONE, LONG_DIGIT_RUN, GROUPED_MPAN, BARE_MPRN].some((pattern) => pattern.test(text))
}

/**
 * The time at which the change takes effect. A time within the clock skew counts as now, so that nothing is ever
 * recorded as in force before it was asked for.
 */
export function effectiveTime(asked: Instant | undefined, now: Instant): Instant {
  return asked === undefined || asked < now ? now : asked
}

/** What is wrong with the time asked for; undefined when it will do. */
export function timeRefusal(
  asked: Instant | undefined,
  now: Instant,
  rules: RestrictionRules,
): Refusal | undefined {
  if (asked === undefined) return undefined
  if (!(asked >= now - rules.clockSkewMs)) return refuse('in-the-past')
  return asked > now + rules.aheadMs ? refuse('too-far-ahead') : undefined
}
