/** The list of notices, one notice, and sending it again. */
import { isoTime, isoTimeIfAny } from '../../../core/device/iso-time.ts'
import { formatEui64 } from '../../../core/duis/eui64.ts'
import { NOTICE_STATES, type Notice, type NoticeState } from '../../../core/notice/notice.ts'
import { CSV_TYPE, type CsvRecords, csvTexts } from '../../../csv/csv-writer.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import { everyItem } from '../../every-item.ts'
import { noticePage, noticesPage } from '../views/partner-notices.ts'
import { addressWith, PAGE_ROWS, type Pages, type Visit } from './visit.ts'

export function addNoticePages({ get, post, page }: Pages): void {
  get('/notices', { operation: 'notices' }, list)
  get('/notices.csv', { operation: 'notices' }, (visit) => {
    const notices = everyItem((limit, after) => page.notices.list(visit.actor, filterOf(visit), limit, after))
    return visit.file('notices.csv', CSV_TYPE, csvTexts(NOTICE_RECORDS, notices))
  })
  post('/notices/resend', { operation: 'resend-notice' }, resendChosen)
  get('/notices/:id', { operation: 'notices' }, one)
  post('/notices/:id/resend', { operation: 'resend-notice' }, async (visit) => {
    const done = await page.notices.resend(visit.actor, visit.param())
    return done.ok ? visit.goTo(`/notices/${visit.param()}`) : visit.notFound()
  })
}

function filterOf(visit: Visit): { readonly state?: NoticeState } {
  const state = NOTICE_STATES.find((each) => each === visit.query('state'))
  return state === undefined ? {} : { state }
}

/** Those that are not the visitor's to send, or not for sending, are passed over. */
async function resendChosen(visit: Visit): Promise<Response> {
  const chosen = (await visit.answers()).texts('notice').slice(0, PAGE_ROWS)
  let resent = 0
  for (const id of chosen) if ((await visit.page.notices.resend(visit.actor, id)).ok) resent++
  return visit.goTo(addressWith('/notices', { state: 'waiting', resent: String(resent) }))
}

const NOTICE_RECORDS: CsvRecords<Notice> = {
  columns: [
    ...['notice', 'kind', 'party', 'device', 'state', 'made', 'attempts', 'nextAttempt'],
    ...['settled', 'problem'],
  ],
  record: ({ id, kind, party, device, state, createdAt, attempts, nextAt, settledAt, problem }) => [
    ...[id, kind, party, device === undefined ? undefined : formatEui64(device), state, isoTime(createdAt)],
    ...[attempts, state === 'waiting' ? isoTime(nextAt) : undefined, isoTimeIfAny(settledAt), problem],
  ],
}

async function list(visit: Visit): Promise<Response> {
  const { page, actor, visitor } = visit
  const { state } = filterOf(visit)
  const found = await page.notices.list(actor, filterOf(visit), PAGE_ROWS, visit.after)
  const view = noticesPage({
    ...{ visitor, state, nameOf: (party) => nameOf(visit, party) },
    ...{
      mayResend: reachOf(actor, 'resend-notice') !== undefined,
      csvHref: addressWith('/notices.csv', { state }),
    },
    resent: Number.parseInt(visit.query('resent'), 10) || 0,
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
