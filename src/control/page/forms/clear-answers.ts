/** The answers of the form that clears a flag, from the fields to the request that the rules judge. */
import type { ClearRequest } from '../../../core/restriction/requests.ts'
import type { Problem } from '../parts/problems.ts'
import type { Form } from './form.ts'
import { instantOfWhen, readWhen, type WhenAnswers } from './when.ts'

export interface ClearAnswers {
  readonly reason: string
  readonly reference: string
  readonly when: WhenAnswers
  readonly onBehalfOf: string
  readonly ticket: string
}

const NO_DATE = { day: '', month: '', year: '' }

export const NO_CLEAR_ANSWERS: ClearAnswers = {
  reason: '',
  reference: '',
  when: { when: 'now', day: NO_DATE, time: '' },
  onBehalfOf: '',
  ticket: '',
}

export function readClearAnswers(form: Form): ClearAnswers {
  return {
    reason: form.text('reason'),
    reference: form.text('reference'),
    when: readWhen(form),
    onBehalfOf: form.text('onBehalfOf'),
    ticket: form.text('ticket'),
  }
}

export type ClearReading =
  | { readonly ok: true; readonly request: ClearRequest }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** The request, unless the time cannot be read; everything else is for the rules to judge. */
export function clearRequestOf(restriction: string, answers: ClearAnswers, version: number): ClearReading {
  const when = instantOfWhen(answers.when)
  if (!when.ok) return when
  return {
    ok: true,
    request: {
      restriction,
      at: when.at,
      reason: answers.reason,
      reference: answers.reference,
      onBehalfOf: answers.onBehalfOf || undefined,
      ticket: answers.ticket || undefined,
      version,
    },
  }
}
