/** The answers of the form that sets a flag, from the fields to the request that the rules judge. */
import { type DeviceKey, formatEui64 } from '../../../core/duis/eui64.ts'
import type { SetRequest } from '../../../core/restriction/requests.ts'
import type { Fuel } from '../../../core/restriction/restriction.ts'
import type { DateText } from '../parts/fields.ts'
import type { Problem } from '../parts/problems.ts'
import type { Form } from './form.ts'
import { instantOfWhen, isoDate, readWhen, type WhenAnswers } from './when.ts'

/** The meter a change is about: its meter point, or the Device where that is not known. */
export type Subject =
  | { readonly kind: 'meter-point'; readonly mpxn: string }
  | { readonly kind: 'device'; readonly device: DeviceKey }

export interface SetAnswers {
  readonly steps: readonly string[]
  readonly date: DateText
  readonly evidence: string
  readonly reference: string
  readonly isLastResort: boolean
  readonly isCreditMode: boolean
  readonly when: WhenAnswers
  readonly onBehalfOf: string
  readonly ticket: string
  readonly fuel: string
}

const NO_DATE: DateText = { day: '', month: '', year: '' }

export const NO_SET_ANSWERS: SetAnswers = {
  steps: [],
  date: NO_DATE,
  evidence: '',
  reference: '',
  isLastResort: false,
  isCreditMode: false,
  when: { when: 'now', day: NO_DATE, time: '' },
  onBehalfOf: '',
  ticket: '',
  fuel: '',
}

export function readSetAnswers(form: Form): SetAnswers {
  return {
    steps: form.texts('steps'),
    date: form.date('date'),
    evidence: form.text('evidence'),
    reference: form.text('reference'),
    isLastResort: form.isTicked('isLastResort'),
    isCreditMode: form.isTicked('isCreditMode'),
    when: readWhen(form),
    onBehalfOf: form.text('onBehalfOf'),
    ticket: form.text('ticket'),
    fuel: form.text('fuel'),
  }
}

export type SetReading =
  | { readonly ok: true; readonly request: SetRequest }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** The request, unless the time cannot be read; everything else is for the rules to judge. */
export function setRequestOf(subject: Subject, answers: SetAnswers, version: number | undefined): SetReading {
  const when = instantOfWhen(answers.when)
  if (!when.ok) return when
  const { steps, evidence, isLastResort, isCreditMode } = answers
  return {
    ok: true,
    request: {
      ...namedBy(subject),
      from: when.at,
      declaration: { steps, date: isoDate(answers.date), evidence, isLastResort, isCreditMode },
      reference: answers.reference || undefined,
      onBehalfOf: answers.onBehalfOf || undefined,
      ticket: answers.ticket || undefined,
      fuel: fuelOf(answers.fuel),
      version,
    },
  }
}

/** The subject as a request names it. */
export function namedBy(subject: Subject): Pick<SetRequest, 'mpxn' | 'device'> {
  return subject.kind === 'meter-point' ? { mpxn: subject.mpxn } : { device: subject.device }
}

/** Where the subject's own page is. */
export function addressOf(subject: Subject): string {
  return subject.kind === 'meter-point'
    ? `/meter-points/${subject.mpxn}`
    : `/devices/${formatEui64(subject.device)}`
}

/** The subject in words. */
export function titleOf(subject: Subject): string {
  return subject.kind === 'meter-point'
    ? `Meter point ${subject.mpxn}`
    : `Device ${formatEui64(subject.device)}`
}

function fuelOf(text: string): Fuel | undefined {
  return text === 'electricity' || text === 'gas' ? text : undefined
}
