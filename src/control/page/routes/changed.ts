/** What follows a change: its receipt, how far it has come, and the page for a flag that changed meanwhile. */
import type { FlagView } from '../../../restrictions/views.ts'
import type { ControlContext } from '../../context.ts'
import type { Problem } from '../../http/problems.ts'
import { namedBy, type Subject } from '../forms/set-answers.ts'
import { changedMeanwhilePage } from '../views/clear.ts'
import { type FlagKnown, progressOf } from '../views/flag-status.ts'
import { receiptPage } from '../views/restrict.ts'
import { type PageContext, show, signedIn } from './page-context.ts'

export interface TroubleShown {
  /** Shows that there is no such thing for this role. */
  notFound(context: ControlContext): Response | Promise<Response>
}

/** The same, and any other problem. */
export interface ProblemShown extends TroubleShown {
  problem(context: ControlContext, problem: Problem): Response | Promise<Response>
}

export function addReceiptPages(page: PageContext, trouble: TroubleShown): void {
  for (const change of ['set', 'clear'] as const) {
    page.get(`/receipts/:id/${change}`, { operation: 'history' }, async (context) => {
      const flag = await flagOf(page, context)
      if (!flag) return trouble.notFound(context)
      const { actor, visitor } = signedIn(context)
      const here = `/receipts/${flag.id}/${change}`
      const schedules = change === 'set' ? await page.restrictions.schedules(actor, flag.id) : []
      return show(context, receiptPage({ visitor, flag, here, change, schedules, now: page.clock.now() }))
    })
  }
  page.get('/restrictions/:id/status', { operation: 'history' }, async (context) => {
    const flag = await flagOf(page, context)
    return flag ? context.json(progressOf(flag)) : trouble.notFound(context)
  })
}

async function flagOf(page: PageContext, context: ControlContext): Promise<FlagView | undefined> {
  const found = await page.restrictions.find(signedIn(context).actor, context.req.param('id') ?? '')
  return found.ok ? found.flag : undefined
}

/** The flag as it stands now, in place of the change that was asked for. */
export async function showChanged(
  page: PageContext,
  context: ControlContext,
  subject: Subject,
): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const seen = await page.restrictions.lookUp(actor, namedBy(subject))
  const flag = seen.ok
    ? seen.flags.find(({ state }) => state === 'effective' || state === 'scheduled')
    : undefined
  const known: FlagKnown = flag ? { kind: 'flag', flag } : { kind: 'clear' }
  return show(context, changedMeanwhilePage({ visitor, subject, known, now: page.clock.now() }), 412)
}
