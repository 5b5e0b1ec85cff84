/** What the rules of change refuse, as problems of the form: each beside the field that mends it. */
import type { Refusal, RuleId } from '../../../core/restriction/refusal.ts'
import type { Problem } from '../parts/problems.ts'

interface Place {
  readonly field: string
  /** In place of the rule's own words, which suit the API as well. */
  readonly text?: string
}

const PLACES: Partial<Record<RuleId, Place>> = {
  'on-behalf-missing': { field: 'onBehalfOf', text: 'Choose the Supplier you act for.' },
  'on-behalf-not-allowed': { field: 'onBehalfOf' },
  'on-behalf-not-supplier': { field: 'onBehalfOf' },
  'on-behalf-not-responsible': { field: 'onBehalfOf' },
  'ticket-missing': {
    field: 'ticket',
    text: 'Enter the ticket number: 3 to 40 letters, digits and hyphens, such as INC-204711.',
  },
  'fuel-missing': { field: 'fuel', text: 'Say whether the meter is for electricity or for gas.' },
  'steps-missing': { field: 'steps', text: 'Tick at least one step that you took before this request.' },
  'preference-date': {
    field: 'date',
    text: 'Enter the day on which the preference was recorded. It must be a real day, today at the latest.',
  },
  'evidence-missing': {
    field: 'evidence',
    text: 'Enter your own reference to the evidence, such as CASE-4711, in at most 200 characters.',
  },
  'reference-too-long': { field: 'reference' },
  'last-resort-not-confirmed': {
    field: 'isLastResort',
    text: 'Confirm that the flag is a last resort.',
  },
  'credit-mode-not-confirmed': {
    field: 'isCreditMode',
    text: 'Confirm that the meter is in credit mode. A prepayment meter is not Restricted.',
  },
  'in-the-past': { field: 'when-date', text: 'The day and time must not be in the past.' },
  'too-far-ahead': { field: 'when-date' },
  'not-responsible-then': { field: 'when-date' },
  'clear-reason': { field: 'reason', text: 'Choose why the flag is cleared.' },
  'clear-reference-missing': {
    field: 'reference',
    text: 'Enter your own reference to the instruction, such as CASE-4712.',
  },
  'outcome-not-offered': { field: 'outcome', text: 'Choose one of the answers.' },
  'delay-out-of-range': { field: 'days', text: 'Enter a whole number of days from 0 to 90.' },
}

/** The problems; those that no field can mend have no field. `personalField` holds the free text of this form. */
export function problemsOf(refusals: readonly Refusal[], personalField: string): readonly Problem[] {
  return refusals.map((refusal) => {
    const place = refusal.rule === 'personal-data' ? { field: personalField } : PLACES[refusal.rule]
    return { field: place?.field, text: place?.text ?? `${refusal.text} ${refusal.whatToDo}` }
  })
}
