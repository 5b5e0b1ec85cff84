/** Decisions explained on the page. */
import { decisionsFor } from '../../api/decisions.ts'
import type { ControlContext } from '../../context.ts'
import { decisionPage } from '../views/decision.ts'
import type { ProblemShown } from './changed.ts'
import { type PageContext, show, signedIn } from './page-context.ts'

export function addDecisionPages(page: PageContext, trouble: ProblemShown): void {
  page.get('/decisions', { operation: 'decisions' }, (context) => lookUp(page, context, trouble))
}

async function lookUp(page: PageContext, context: ControlContext, trouble: ProblemShown): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const reference = (context.req.query('reference') ?? '').trim()
  const all = await page.policy.readers.run(() => page.policy.decisions.find(reference))
  if (all === 'too-many') return trouble.problem(context, { code: 'too-many-waiting' })
  const found = decisionsFor(actor, page.parties, all)
  return show(context, decisionPage({ visitor, reference, found }))
}
