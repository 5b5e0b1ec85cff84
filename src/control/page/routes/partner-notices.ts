/** The list of notices, one notice, and sending it again. */
import { NOTICE_STATES } from '../../../core/notice/notice.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import { noticePage, noticesPage } from '../views/partner-notices.ts'
import { PAGE_ROWS, type Pages, type Visit } from './visit.ts'

export function addNoticePages({ get, post, page }: Pages): void {
  get('/notices', { operation: 'notices' }, list)
  get('/notices/:id', { operation: 'notices' }, one)
  post('/notices/:id/resend', { operation: 'resend-notice' }, async (visit) => {
    const done = await page.notices.resend(visit.actor, visit.param())
    return done.ok ? visit.goTo(`/notices/${visit.param()}`) : visit.notFound()
  })
}

async function list(visit: Visit): Promise<Response> {
  const { page, actor, visitor } = visit
  const state = NOTICE_STATES.find((each) => each === visit.query('state'))
  const found = await page.notices.list(actor, state === undefined ? {} : { state }, PAGE_ROWS, visit.after)
  const view = noticesPage({
    ...{ visitor, state, nameOf: (party) => nameOf(visit, party) },
    notices: found.ok ? found.items : [],
    lanes: await page.notices.lanes(actor),
    ...visit.pageLinks('/notices', { state }, found.ok ? found.next : undefined),
  })
  return visit.show(view)
}

async function one(visit: Visit): Promise<Response> {
  const { page, actor, visitor } = visit
  const found = await page.notices.find(actor, visit.param())
  if (!found.ok) return visit.notFound()
  const { notice } = found
  const mayResend = notice.state !== 'pull' && reachOf(actor, 'resend-notice') !== undefined
  return visit.show(noticePage({ visitor, notice, mayResend, partyName: nameOf(visit, notice.party) }))
}

function nameOf({ page }: Visit, party: string): string {
  return page.parties.find(({ id }) => id === party)?.name ?? party
}
