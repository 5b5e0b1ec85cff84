/** The list of notices, one notice, and sending it again. */
import { NOTICE_STATES, type NoticeState } from '../../../core/notice/notice.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import type { ControlContext } from '../../context.ts'
import { noticePage, noticesPage } from '../views/partner-notices.ts'
import type { TroubleShown } from './changed.ts'
import { addressWith, goTo, PAGE_ROWS, type PageContext, show, signedIn } from './page-context.ts'

export function addNoticePages(page: PageContext, trouble: TroubleShown): void {
  page.get('/notices', { operation: 'notices' }, (context) => list(page, context))
  page.get('/notices/:id', { operation: 'notices' }, (context) => one(page, context, trouble))
  page.post('/notices/:id/resend', { operation: 'resend-notice' }, async (context) => {
    const id = context.req.param('id') ?? ''
    const done = await page.notices.resend(signedIn(context).actor, id)
    return done.ok ? goTo(context, `/notices/${id}`) : trouble.notFound(context)
  })
}

async function list(page: PageContext, context: ControlContext): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const state = stateOf(context.req.query('state'))
  const after = context.req.query('after')
  const found = await page.notices.list(actor, state === undefined ? {} : { state }, PAGE_ROWS, after)
  const next = found.ok ? found.next : undefined
  const view = noticesPage({
    ...{ visitor, state, nameOf: (party) => nameOf(page, party) },
    notices: found.ok ? found.items : [],
    lanes: await page.notices.lanes(actor),
    firstHref: after === undefined ? undefined : addressWith('/notices', { state }),
    nextHref: next === undefined ? undefined : addressWith('/notices', { state, after: next }),
  })
  return show(context, view)
}

async function one(page: PageContext, context: ControlContext, trouble: TroubleShown): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const found = await page.notices.find(actor, context.req.param('id') ?? '')
  if (!found.ok) return trouble.notFound(context)
  const { notice } = found
  const mayResend = notice.state !== 'pull' && reachOf(actor, 'resend-notice') !== undefined
  return show(context, noticePage({ visitor, notice, mayResend, partyName: nameOf(page, notice.party) }))
}

function nameOf({ parties }: Pick<PageContext, 'parties'>, party: string): string {
  return parties.find(({ id }) => id === party)?.name ?? party
}

function stateOf(text: string | undefined): NoticeState | undefined {
  return NOTICE_STATES.find((state) => state === text)
}
