/** Decisions explained on the page. */
import { decisionsFor } from '../../api/decisions.ts'
import type { ControlContext } from '../../context.ts'
import { decisionPage } from '../views/decision.ts'
import { type PageContext, show, signedIn } from './page-context.ts'

export function addDecisionPages(page: PageContext): void {
  page.get('/decisions', { operation: 'decisions' }, (context) => lookUp(page, context))
}

async function lookUp(page: PageContext, context: ControlContext): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const reference = (context.req.query('reference') ?? '').trim()
  const found = decisionsFor(actor, page.parties, await page.policy.decisions.find(reference))
  return show(context, decisionPage({ visitor, reference, found }))
}
