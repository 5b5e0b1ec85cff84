/** Steps that journeys on the page share: signing in, and restricting a meter through the forms. */
import { MPAN } from '../../restriction/scene.ts'
import { type Household, Visit } from './household.ts'

/** A declaration as the restrict form sends it. */
export const DECLARED = {
  steps: ['advice-given', 'alternatives-offered'],
  'date-day': '20',
  'date-month': '11',
  'date-year': '2026',
  evidence: 'CASE-4711',
  isLastResort: 'yes',
  isCreditMode: 'yes',
  when: 'now',
} as const

export async function signedIn(house: Household, holder: string): Promise<Visit> {
  return new Visit(house).signIn(house.tokenOf(holder))
}

/** Goes through the form and the check page, up to the receipt. */
export async function restrict(
  visit: Visit,
  fields: Readonly<Record<string, string | readonly string[]>> = {},
  mpxn = MPAN,
) {
  await visit.get(`/restrict?mpxn=${mpxn}`)
  await visit.post(visit.at, { ...DECLARED, ...fields })
  return visit.post(visit.at, {})
}
