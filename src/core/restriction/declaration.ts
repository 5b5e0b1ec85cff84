/**
 * Checks what goes with a request in words: the declaration of all reasonable steps, references, the clear reason.
 * Every check answers with all that is wrong, so that a form is mended in one go.
 */
import type { Instant } from '../device/device.ts'
import { looksPersonal } from './personal-data.ts'
import { type Refusal, refuse } from './refusal.ts'
import {
  ARS_STEPS,
  type ArsStep,
  CLEAR_REASONS,
  type ClearReason,
  type ClearRequest,
  type DeclarationForm,
} from './requests.ts'
import type { Declaration } from './restriction.ts'

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
    ...evidenceRefusals(form.evidence.trim()),
    ...(form.isLastResort ? [] : [refuse('last-resort-not-confirmed')]),
    ...(form.isCreditMode ? [] : [refuse('credit-mode-not-confirmed')]),
  ]
  if (refusals.length > 0) return { refusals }
  return {
    declaration: {
      steps: [...new Set(steps)],
      date: form.date,
      evidence: form.evidence.trim(),
      isLastResort: true,
      isCreditMode: true,
    },
  }
}

/** What is wrong with an optional reference. */
export function referenceRefusals(reference: string | undefined): readonly Refusal[] {
  const text = reference?.trim() ?? ''
  if (text.length > MAX_REFERENCE_CHARACTERS) return [refuse('reference-too-long')]
  return looksPersonal(text) ? [refuse('personal-data')] : []
}

/** What is wrong with the words of a clear request. */
export function clearWordsRefusals(request: ClearRequest): readonly Refusal[] {
  return [
    ...(isClearReason(request.reason) ? [] : [refuse('clear-reason')]),
    ...(request.reference.trim() === '' ? [refuse('clear-reference-missing')] : []),
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
  return looksPersonal(evidence) ? [refuse('personal-data')] : []
}

/** The consumer's own calendar: shortly after midnight in summer, UTC is still at the day before. */
const londonDay = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/London',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
})

function isDayUpTo(text: string, now: Instant): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const midnight = Date.parse(`${text}T00:00:00Z`)
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== text) return false
  return text <= londonDay.format(now)
}
