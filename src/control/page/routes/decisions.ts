/** Decisions explained on the page. */
import { decisionPage } from '../views/decision.ts'
import type { Pages } from './visit.ts'

export function addDecisionPages({ get, page }: Pages): void {
  get('/decisions', { operation: 'decisions' }, async (visit) => {
    const { actor, visitor } = visit
    const reference = visit.query('reference')
    const found = await page.policy.decisions(actor, reference)
    if (found === 'too-many') return visit.problem({ code: 'too-many-waiting' })
    return visit.show(decisionPage({ visitor, reference, found }))
  })
}
