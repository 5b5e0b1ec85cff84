/** Listings: flags with their CSV, the list in force, and the gateways. */
import { isoTimeIfAny } from '../../../core/device/iso-time.ts'
import { formatEui64 } from '../../../core/duis/eui64.ts'
import { CSV_TYPE, type CsvRecords, csvTexts } from '../../../csv/csv-writer.ts'
import type { FlagView } from '../../../restrictions/views.ts'
import { everyItem } from '../../every-item.ts'
import { readSubject } from '../forms/subject.ts'
import { listPage } from '../views/list-in-force.ts'
import { operationsPage } from '../views/operations.ts'
import { restrictedPage, type ShownStates } from '../views/restricted.ts'
import { addressWith, PAGE_ROWS, type Pages, type Visit } from './visit.ts'

export function addListPages({ get }: Pages): void {
  get('/restricted', { operation: 'list' }, restricted)
  get('/restricted.csv', { operation: 'list' }, restrictedCsv)
  get('/list-in-force', 'public', listInForce)
  get('/operations', { operation: 'gateways' }, operations)
}

interface Narrowed {
  readonly states: ShownStates
  readonly query: string
  readonly mpxn?: string
  /** What is wrong with the number typed. */
  readonly text?: string
}

function narrowed(visit: Visit): Narrowed {
  const query = visit.query('mpxn')
  const by = { states: visit.query('states') === 'all' ? 'all' : 'open', query } as const
  if (query === '') return by
  const reading = readSubject(query)
  if ('text' in reading) return { ...by, text: reading.text }
  return reading.subject.kind === 'meter-point'
    ? { ...by, mpxn: reading.subject.mpxn }
    : { ...by, text: 'Enter an MPAN or MPRN here; Find a meter takes Device IDs.' }
}

function filterOf({ states, mpxn }: Narrowed) {
  return { ...(mpxn === undefined ? {} : { mpxn }), ...(states === 'open' ? { open: true } : {}) }
}

async function restricted(visit: Visit): Promise<Response> {
  const { page, actor, visitor } = visit
  const { text, ...by } = narrowed(visit)
  const found =
    text === undefined ? await page.restrictions.mine(actor, filterOf(by), PAGE_ROWS, visit.after) : undefined
  const shared = { states: by.states, mpxn: by.mpxn }
  const problems = text === undefined ? [] : [{ field: 'mpxn', text }]
  const list = restrictedPage({
    ...{ visitor, states: by.states, query: by.query, problems },
    flags: found?.ok ? found.items : [],
    ...visit.pageLinks('/restricted', shared, found?.ok ? found.next : undefined),
    csvHref: addressWith('/restricted.csv', shared),
  })
  return visit.showForm(list, problems)
}

const FLAG_RECORDS: CsvRecords<FlagView> = {
  columns: [
    ...['receipt', 'mpxn', 'fuel', 'state', 'from', 'until', 'in_force_at'],
    ...['meter', 'devices', 'clear_reason'],
  ],
  record: ({ id, mpxn, fuel, state, from, until, inForceAt, meter, members, clearReason }) => [
    ...[id, mpxn, fuel, state, isoTimeIfAny(from), isoTimeIfAny(until), isoTimeIfAny(inForceAt)],
    ...[formatEui64(meter), members.map(formatEui64).join(' '), clearReason],
  ],
}

function restrictedCsv(visit: Visit): Promise<Response> {
  const filter = filterOf(narrowed(visit))
  const flags = everyItem((limit, after) => visit.page.restrictions.mine(visit.actor, filter, limit, after))
  return visit.file('restricted-meters.csv', CSV_TYPE, csvTexts(FLAG_RECORDS, flags))
}

async function listInForce(visit: Visit): Promise<Response> {
  const { page } = visit
  const { bySrv, alerts, dccAlerts } = page.catalogue
  const nameOf = (code: string): string | undefined =>
    (bySrv.get(code) ?? alerts.get(code) ?? dccAlerts.get(code))?.name
  const table = await page.policy.running()
  if (!table) return visit.problem({ code: 'list-not-at-hand' })
  const visitor = visit.isSignedIn ? visit.visitor : undefined
  return visit.show(listPage({ visitor, table, nameOf, query: visit.query('q') }))
}

async function operations(visit: Visit): Promise<Response> {
  const { page, visitor, now } = visit
  const { revision: tableRevision } = page.table()
  const view = operationsPage({
    ...{ visitor, now, tableRevision, isHeld: visit.query('hold') === 'yes' },
    ...{ overTime: await page.overTime(), lags: await page.recentLag() },
    ...(await page.operations()),
  })
  return visit.show(view)
}
