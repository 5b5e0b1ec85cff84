/** What follows a change: its receipt, how far it has come, and the page for a flag that changed meanwhile. */
import type { FlagView } from '../../../restrictions/views.ts'
import { namedBy, type Subject } from '../forms/subject.ts'
import { changedMeanwhilePage } from '../views/change.ts'
import { type FlagKnown, progressOf } from '../views/flag-status.ts'
import { receiptPage } from '../views/receipt.ts'
import type { Pages, Visit } from './visit.ts'

export function addReceiptPages({ get }: Pages): void {
  for (const change of ['set', 'clear'] as const) {
    get(`/receipts/:id/${change}`, { operation: 'history' }, async (visit) => {
      const flag = await flagOf(visit)
      if (!flag) return visit.notFound()
      const { page, actor, visitor, now } = visit
      const here = `/receipts/${flag.id}/${change}`
      const schedules = change === 'set' ? await page.restrictions.schedules(actor, flag.id) : []
      const unvouched = await page.unvouched()
      return visit.show(receiptPage({ visitor, flag, unvouched, here, change, schedules, now }))
    })
  }
  get('/restrictions/:id/status', { operation: 'history' }, async (visit) => {
    const flag = await flagOf(visit)
    if (!flag) return visit.notFound()
    return visit.context.json(progressOf(flag, await visit.page.unvouched()))
  })
}

async function flagOf(visit: Visit): Promise<FlagView | undefined> {
  const found = await visit.page.restrictions.find(visit.actor, visit.param())
  return found.ok ? found.flag : undefined
}

/** The open flag of those seen; undefined when none is. */
export function openFlagIn(flags: readonly FlagView[]): FlagView | undefined {
  return flags.find(({ state }) => state === 'effective' || state === 'scheduled')
}

/** The flag as it is now, in place of the change that was asked for. */
export async function showChanged(visit: Visit, subject: Subject): Promise<Response> {
  const { page, actor, visitor, now } = visit
  const seen = await page.restrictions.lookUp(actor, namedBy(subject))
  const flag = seen.ok ? openFlagIn(seen.flags) : undefined
  const unvouched = await page.unvouched()
  const known: FlagKnown = flag ? { kind: 'flag', flag, unvouched } : { kind: 'clear' }
  return visit.show(changedMeanwhilePage({ visitor, subject, known, now }), 412)
}
