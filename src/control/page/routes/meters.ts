/** Home, search, and the page of a meter point or Device. */
import { formatEui64 } from '../../../core/duis/eui64.ts'
import { readMpxn } from '../../../core/restriction/mpxn.ts'
import type { RuleId } from '../../../core/restriction/refusal.ts'
import type { Fuel } from '../../../core/restriction/restriction.ts'
import type { LookUp } from '../../../restrictions/look-up.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import type { DeviceView, HistoryEntry } from '../../../restrictions/views.ts'
import { readDeviceId } from '../../device-id.ts'
import type { Unvouched } from '../../vouching.ts'
import { addressOf, namedBy, readSubject, type Subject, titleOf, WHAT_TO_ENTER } from '../forms/subject.ts'
import type { FlagKnown } from '../views/flag-status.ts'
import { homePage } from '../views/home.ts'
import { type MeterPage, meterPage } from '../views/meter-point.ts'
import { type Missing, searchPage } from '../views/search.ts'
import { openFlagIn } from './changed.ts'
import { addressWith, PAGE_ROWS, type Pages, type Visit } from './visit.ts'

export function addMeterPages({ get }: Pages): void {
  get('/', 'signed-in', home)
  get('/search', { operation: 'look-up' }, search)
  get('/meter-points/:mpxn', { operation: 'look-up' }, (visit) => {
    const reading = readMpxn(visit.param('mpxn'))
    return meter(visit, reading.ok ? { kind: 'meter-point', mpxn: reading.mpxn } : undefined)
  })
  get('/devices/:id', { operation: 'look-up' }, (visit) => {
    const device = readDeviceId(visit.param())
    return meter(visit, device === undefined ? undefined : { kind: 'device', device })
  })
}

async function home(visit: Visit): Promise<Response> {
  const { page, actor, visitor, roles } = visit
  const tasks = await page.restrictions.tasks(actor, { isOpen: true }, PAGE_ROWS)
  const openTasks = tasks.ok ? { count: tasks.items.length, isMore: tasks.next !== undefined } : undefined
  return visit.show(homePage({ visitor, openTasks, hasOtherRoles: roles.length > 1 }))
}

function search(visit: Visit): Response | Promise<Response> {
  const { visitor } = visit
  const query = visit.context.req.query('q')
  if (query === undefined) return visit.show(searchPage({ visitor, query: '' }))
  const reading = readSubject(query)
  if ('subject' in reading) return visit.goTo(addressOf(reading.subject))
  return visit.show(searchPage({ visitor, query, problems: [{ field: 'q', text: reading.text }] }), 422)
}

async function meter(visit: Visit, subject: Subject | undefined): Promise<Response> {
  const { page, actor, visitor } = visit
  if (!subject) {
    const problems = [{ field: 'q', text: WHAT_TO_ENTER }]
    return visit.show(searchPage({ visitor, query: '', problems }), 404)
  }
  const seen = await page.restrictions.lookUp(actor, namedBy(subject))
  if (seen.ok) return visit.show(meterPage(await meterOf(visit, subject, seen)))
  const rule = seen.refusals[0]?.rule
  const missing = missingOf(subject, rule, visit)
  return visit.show(searchPage({ visitor, query: missing.text, missing }), rule === 'not-visible' ? 403 : 404)
}

/** The Service Centre may restrict a Device that the inventory does not know yet. */
function missingOf(subject: Subject, rule: RuleId | undefined, { actor }: Visit): Missing {
  const isHidden = rule === 'not-visible'
  if (subject.kind === 'meter-point') return { kind: 'meter-point', text: subject.mpxn, isHidden }
  const text = formatEui64(subject.device)
  const mayRestrict = rule === 'unknown-device' && actor.role === 'service-centre'
  return { kind: 'device', text, isHidden, restrictHref: mayRestrict ? restrictHref(subject) : undefined }
}

async function meterOf(visit: Visit, subject: Subject, seen: LookUp): Promise<MeterPage> {
  const { visitor, actor, now } = visit
  const { devices, flags, mpxn } = seen
  const flag = openFlagIn(flags)
  const mayChange = reachOf(actor, 'set') !== undefined
  const device = subject.kind === 'device' ? devices.find(({ key }) => key === subject.device) : undefined
  const known = knownOf(seen, await visit.page.unvouched())
  return {
    ...{ visitor, now, here: addressOf(subject), title: titleOf(subject), mpxn, device, devices, known },
    fuel: fuelOf(seen, subject),
    flags: reachOf(actor, 'history') === undefined ? undefined : flags,
    events: await eventsOf(visit, seen),
    ...(await partiesOf(visit, mpxn)),
    warnings: warningsOf(seen),
    restrictHref: mayChange && known.kind === 'clear' ? restrictHref(heldFor(subject, seen)) : undefined,
    clearHref: mayChange && flag ? addressWith('/clear', { flag: flag.id }) : undefined,
    incidentHref: incidentHrefOf(visit, seen, device),
    letterHref: mayChange ? `${addressOf(subject)}/letter` : undefined,
  }
}

function knownOf({ flags, devices }: LookUp, unvouched: readonly Unvouched[]): FlagKnown {
  const flag = openFlagIn(flags)
  if (flag) return { kind: 'flag', flag, unvouched }
  const [since] = devices.flatMap((device) => device.since ?? [])
  return since === undefined ? { kind: 'clear' } : { kind: 'since', since }
}

/** About the Device that was asked for, else about the meter. */
function incidentHrefOf({ actor }: Visit, { devices }: LookUp, asked: DeviceView | undefined) {
  const device = asked ?? devices.find(({ type }) => isMeter(type))
  if (!device || reachOf(actor, 'record-incident') === undefined) return undefined
  return addressWith('/incidents/new', { device: formatEui64(device.key) })
}

/** The meter point where it is known: a flag is held for that. */
function heldFor(subject: Subject, { mpxn }: LookUp): Subject {
  return mpxn === undefined ? subject : { kind: 'meter-point', mpxn }
}

function restrictHref(subject: Subject): string {
  return addressWith(
    '/restrict',
    subject.kind === 'meter-point' ? { mpxn: subject.mpxn } : { device: formatEui64(subject.device) },
  )
}

/** Undefined where neither the number nor the inventory tells. */
export function fuelOf({ flags, devices, mpxn }: LookUp, subject: Subject): Fuel | undefined {
  const number = mpxn ?? (subject.kind === 'meter-point' ? subject.mpxn : undefined)
  const reading = number === undefined ? undefined : readMpxn(number)
  if (reading?.ok) return reading.fuel
  return flags[0]?.fuel ?? fuelOfType(devices, subject)
}

function fuelOfType(devices: LookUp['devices'], subject: Subject): Fuel | undefined {
  const key = subject.kind === 'device' ? subject.device : undefined
  const type = devices.find((device) => device.key === key)?.type
  if (type === 'ESME') return 'electricity'
  return type === 'GSME' || type === 'GPF' ? 'gas' : undefined
}

function warningsOf({ devices, mpxn }: LookUp): readonly string[] {
  const meters = devices.filter((device) => device.mpxn === mpxn && isMeter(device.type))
  return meters.some(({ status }) => status !== undefined && status !== 'Commissioned')
    ? ['The meter is not Commissioned. The flag does not depend on that: the two are separate.']
    : []
}

function isMeter(type: string | undefined): boolean {
  return type === 'ESME' || type === 'GSME'
}

const MAX_EVENTS = 20

async function eventsOf({ page, actor }: Visit, { flags }: LookUp): Promise<readonly HistoryEntry[]> {
  const [newest] = flags
  if (!newest) return []
  const history = await page.restrictions.history(actor, newest.id, MAX_EVENTS)
  return history.ok ? history.items : []
}

/** Names of whoever answers for the meter point, for roles that see every meter point. */
async function partiesOf(
  { page, actor, now }: Visit,
  mpxn: string | undefined,
): Promise<Pick<MeterPage, 'supplier' | 'networkOperator'>> {
  if (mpxn === undefined || reachOf(actor, 'look-up') !== 'any') {
    return { supplier: undefined, networkOperator: undefined }
  }
  const parties = await page.restrictions.partiesOf(mpxn, now)
  const name = (id: string | undefined): string => {
    const party = page.parties.find((each) => each.id === id)
    return party ? `${party.name} (${party.id})` : (id ?? 'None registered')
  }
  return { supplier: name(parties.supplier), networkOperator: name(parties.networkOperator) }
}
