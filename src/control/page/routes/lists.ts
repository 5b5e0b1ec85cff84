/** Listings: flags with their CSV, the list in force, the audit, the gateways. */

import { formatEui64 } from '../../../core/duis/eui64.ts'
import type { Actor } from '../../../core/restriction/party.ts'
import { CSV_TYPE, csvRecord } from '../../../csv/csv-writer.ts'
import type { FlagView } from '../../../restrictions/views.ts'
import type { ControlContext } from '../../context.ts'
import { textResponse } from '../../http/text-response.ts'
import { tableOfGateways } from '../../table-of-gateways.ts'
import { problemsOf } from '../forms/refused.ts'
import type { Subject } from '../forms/set-answers.ts'
import { auditPage } from '../views/audit.ts'
import { listPage } from '../views/list-in-force.ts'
import { operationsPage } from '../views/operations.ts'
import { restrictedPage, type ShownStates } from '../views/restricted.ts'
import type { ProblemShown } from './changed.ts'
import { readSearch } from './meters.ts'
import { addressWith, PAGE_ROWS, type PageContext, show, signedIn } from './page-context.ts'

export function addListPages(page: PageContext, trouble: ProblemShown): void {
  page.get('/restricted', { operation: 'list' }, (context) => restricted(page, context))
  page.get('/restricted.csv', { operation: 'list' }, (context) => restrictedCsv(page, context))
  page.get('/list-in-force', { operation: 'table' }, (context) => listInForce(page, context, trouble))
  page.get('/audit', { operation: 'audit' }, (context) => audit(page, context))
  page.get('/operations', { operation: 'gateways' }, (context) => operations(page, context))
}

interface Narrowed {
  readonly states: ShownStates
  readonly query: string
  readonly mpxn: string | undefined
  /** What is wrong with the number typed. */
  readonly text: string | undefined
}

function narrowed(context: ControlContext): Narrowed {
  const states = context.req.query('states') === 'all' ? 'all' : 'open'
  const query = (context.req.query('mpxn') ?? '').trim()
  const reading: { subject: Subject } | { text: string } | undefined =
    query === '' ? undefined : readSearch(query)
  if (!reading) return { states, query, mpxn: undefined, text: undefined }
  if ('text' in reading) return { states, query, mpxn: undefined, text: reading.text }
  const { subject } = reading
  if (subject.kind === 'device')
    return {
      states,
      query,
      mpxn: undefined,
      text: 'Enter an MPAN or MPRN here; Find a meter takes Device IDs.',
    }
  return { states, query, mpxn: subject.mpxn, text: undefined }
}

function filterOf({ states, mpxn }: Narrowed) {
  return { ...(mpxn === undefined ? {} : { mpxn }), ...(states === 'open' ? { open: true } : {}) }
}

async function restricted(page: PageContext, context: ControlContext): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const by = narrowed(context)
  const after = context.req.query('after')
  const found =
    by.text === undefined ? await page.restrictions.mine(actor, filterOf(by), PAGE_ROWS, after) : undefined
  const shared = { states: by.states, mpxn: by.mpxn }
  const next = found?.ok ? found.next : undefined
  const list = restrictedPage({
    visitor,
    flags: found?.ok ? found.items : [],
    states: by.states,
    query: by.query,
    problems: by.text === undefined ? [] : [{ field: 'mpxn', text: by.text }],
    firstHref: after === undefined ? undefined : addressWith('/restricted', shared),
    nextHref: next === undefined ? undefined : addressWith('/restricted', { ...shared, after: next }),
    csvHref: addressWith('/restricted.csv', shared),
  })
  return show(context, list, by.text === undefined ? 200 : 422)
}

const CSV_HEAD = [
  'receipt',
  'mpxn',
  'fuel',
  'state',
  'from',
  'until',
  'in_force_at',
  'meter',
  'devices',
  'clear_reason',
]
const CSV_ROWS = 500

async function restrictedCsv(page: PageContext, context: ControlContext): Promise<Response> {
  const { actor } = signedIn(context)
  return textResponse(context, flagRecords(page, actor, narrowed(context)), {
    'content-type': CSV_TYPE,
    'content-disposition': 'attachment; filename="restricted-meters.csv"',
  })
}

async function* flagRecords(
  page: PageContext,
  actor: Actor,
  by: Narrowed,
): AsyncGenerator<string, void, undefined> {
  yield csvRecord(CSV_HEAD)
  let after: string | undefined
  do {
    const found = await page.restrictions.mine(actor, filterOf(by), CSV_ROWS, after)
    if (!found.ok) return
    yield found.items.map(flagRecord).join('')
    after = found.next
  } while (after !== undefined)
}

function flagRecord(flag: FlagView): string {
  const { id, mpxn, fuel, state, from, until, inForceAt, meter, members, clearReason } = flag
  return csvRecord([
    ...[id, mpxn, fuel, state, isoOf(from), isoOf(until), isoOf(inForceAt)],
    ...[formatEui64(meter), members.map(formatEui64).join(' '), clearReason],
  ])
}

function isoOf(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString()
}

async function listInForce(
  page: PageContext,
  context: ControlContext,
  trouble: ProblemShown,
): Promise<Response> {
  const { bySrv, alerts, dccAlerts } = page.catalogue
  const nameOf = (code: string): string | undefined =>
    (bySrv.get(code) ?? alerts.get(code) ?? dccAlerts.get(code))?.name
  const query = (context.req.query('q') ?? '').trim()
  const table = await tableOfGateways(page)
  if (!table) return trouble.problem(context, { code: 'list-not-at-hand' })
  return show(context, listPage({ visitor: signedIn(context).visitor, table, nameOf, query }))
}

async function audit(page: PageContext, context: ControlContext): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const subject = (context.req.query('subject') ?? '').trim()
  const party = (context.req.query('party') ?? '').trim()
  const after = context.req.query('after')
  const filter = { ...(subject === '' ? {} : { subject }), ...(party === '' ? {} : { party }) }
  const found = await page.restrictions.audit(actor, filter, PAGE_ROWS, after)
  const problems = found.ok ? [] : problemsOf(found.refusals, 'subject')
  const { items, next } = found.ok ? found : { items: [], next: undefined }
  const firstHref = after === undefined ? undefined : addressWith('/audit', filter)
  const nextHref = next === undefined ? undefined : addressWith('/audit', { ...filter, after: next })
  return show(
    context,
    auditPage({ ...{ visitor, entries: items, subject, party }, ...{ firstHref, nextHref, problems } }),
  )
}

async function operations(page: PageContext, context: ControlContext): Promise<Response> {
  const [gateways, devices] = await page.store.read(
    async (view) => [await view.gateways(), await view.countDevices()] as const,
  )
  return show(
    context,
    operationsPage({
      visitor: signedIn(context).visitor,
      now: page.clock.now(),
      gateways,
      devices,
      sequence: await page.store.position(),
      tableRevision: page.table().revision,
    }),
  )
}
