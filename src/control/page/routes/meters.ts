/** Home, search, and the page of a meter point or Device. */
import { type DeviceKey, formatEui64 } from '../../../core/duis/eui64.ts'
import { readMpxn } from '../../../core/restriction/mpxn.ts'
import type { RuleId } from '../../../core/restriction/refusal.ts'
import { registrationAt } from '../../../core/restriction/registration.ts'
import type { Fuel, Registration } from '../../../core/restriction/restriction.ts'
import type { LookUp } from '../../../restrictions/look-up.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import type { HistoryEntry } from '../../../restrictions/views.ts'
import { readDeviceId } from '../../api/schemas.ts'
import type { ControlContext } from '../../context.ts'
import { addressOf, namedBy, type Subject, titleOf } from '../forms/set-answers.ts'
import type { FlagKnown } from '../views/flag-status.ts'
import { homePage } from '../views/home.ts'
import { type MeterPage, meterPage } from '../views/meter-point.ts'
import { type Missing, searchPage } from '../views/search.ts'
import {
  addressWith,
  goTo,
  PAGE_ROWS,
  type PageContext,
  type SignedIn,
  show,
  signedIn,
} from './page-context.ts'

export function addMeterPages(page: PageContext): void {
  page.get('/', 'signed-in', (context) => home(page, context))
  page.get('/search', { operation: 'look-up' }, search)
  page.get('/meter-points/:mpxn', { operation: 'look-up' }, (context) => {
    const reading = readMpxn(context.req.param('mpxn') ?? '')
    const subject: Subject | undefined = reading.ok ? { kind: 'meter-point', mpxn: reading.mpxn } : undefined
    return meter(page, context, subject)
  })
  page.get('/devices/:id', { operation: 'look-up' }, (context) => {
    const device = readDeviceId(context.req.param('id') ?? '')
    return meter(page, context, device === undefined ? undefined : { kind: 'device', device })
  })
}

async function home(page: PageContext, context: ControlContext): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const tasks = await page.restrictions.tasks(actor, { isOpen: true }, PAGE_ROWS)
  const openTasks = tasks.ok ? { count: tasks.items.length, isMore: tasks.next !== undefined } : undefined
  const hasOtherRoles = (context.get('identity')?.roles.length ?? 0) > 1
  return show(context, homePage({ visitor, openTasks, hasOtherRoles }))
}

function search(context: ControlContext): Response | Promise<Response> {
  const { visitor } = signedIn(context)
  const query = context.req.query('q')
  if (query === undefined) return show(context, searchPage({ visitor, query: '' }))
  const reading = readSearch(query)
  if ('subject' in reading) return goTo(context, addressOf(reading.subject))
  return show(context, searchPage({ visitor, query, problems: [{ field: 'q', text: reading.text }] }), 422)
}

/** What was meant: 16 hexadecimal digits are a Device ID, fewer decimal ones a meter point, however they are grouped. */
export function readSearch(text: string): { readonly subject: Subject } | { readonly text: string } {
  const device = readDeviceId(text)
  if (device !== undefined) return { subject: { kind: 'device', device } }
  const plain = text.replace(/[\s:.-]/g, '')
  if (!/^\d+$/.test(plain)) return { text: WHAT_TO_ENTER }
  const reading = readMpxn(plain)
  if (reading.ok) return { subject: { kind: 'meter-point', mpxn: reading.mpxn } }
  return { text: `Check the number: ${reading.text}.` }
}

const WHAT_TO_ENTER =
  'Enter an MPAN (13 digits), an MPRN (6 to 10 digits) or a Device ID (16 hexadecimal digits).'

async function meter(
  page: PageContext,
  context: ControlContext,
  subject: Subject | undefined,
): Promise<Response> {
  const who = signedIn(context)
  const { visitor } = who
  if (!subject) {
    const problems = [{ field: 'q', text: WHAT_TO_ENTER }]
    return show(context, searchPage({ visitor, query: '', problems }), 404)
  }
  const seen = await page.restrictions.lookUp(who.actor, namedBy(subject))
  if (seen.ok) return show(context, meterPage(await meterOf(page, who, subject, seen)))
  const rule = seen.refusals[0]?.rule
  const missing = missingOf(subject, rule, who)
  return show(
    context,
    searchPage({ visitor, query: missing.text, missing }),
    rule === 'not-visible' ? 403 : 404,
  )
}

/** The Service Centre may restrict a Device that the inventory does not know yet. */
function missingOf(subject: Subject, rule: RuleId | undefined, { actor }: SignedIn): Missing {
  const isHidden = rule === 'not-visible'
  if (subject.kind === 'meter-point') return { kind: 'meter-point', text: subject.mpxn, isHidden }
  const text = formatEui64(subject.device)
  const mayRestrict = rule === 'unknown-device' && actor.role === 'service-centre'
  return { kind: 'device', text, isHidden, restrictHref: mayRestrict ? restrictHref(subject) : undefined }
}

async function meterOf(page: PageContext, who: SignedIn, subject: Subject, seen: LookUp): Promise<MeterPage> {
  const { actor, visitor } = who
  const flag = seen.flags.find(({ state }) => state === 'effective' || state === 'scheduled')
  const mayChange = reachOf(actor, 'set') !== undefined
  const device = subject.kind === 'device' ? subject.device : undefined
  const known = knownOf(seen)
  return {
    visitor,
    now: page.clock.now(),
    here: addressOf(subject),
    title: titleOf(subject),
    mpxn: seen.mpxn,
    fuel: fuelOf(seen, subject),
    device: seen.devices.find(({ key }) => key === device),
    devices: seen.devices,
    known,
    flags: reachOf(actor, 'history') === undefined ? undefined : seen.flags,
    events: await eventsOf(page, who, seen),
    ...(await partiesOf(page, who, seen.mpxn)),
    warnings: warningsOf(seen),
    restrictHref: mayChange && known.kind === 'clear' ? restrictHref(subjectOf(subject, seen)) : undefined,
    clearHref: mayChange && flag ? addressWith('/clear', { flag: flag.id }) : undefined,
  }
}

function knownOf({ flags, devices }: LookUp): FlagKnown {
  const flag = flags.find(({ state }) => state === 'effective' || state === 'scheduled')
  if (flag) return { kind: 'flag', flag }
  const [since] = devices.flatMap((device) => device.since ?? [])
  return since === undefined ? { kind: 'clear' } : { kind: 'since', since }
}

/** The meter point where it is known: a flag is held for that. */
function subjectOf(subject: Subject, { mpxn }: LookUp): Subject {
  return mpxn === undefined ? subject : { kind: 'meter-point', mpxn }
}

function restrictHref(subject: Subject): string {
  return addressWith(
    '/restrict',
    subject.kind === 'meter-point' ? { mpxn: subject.mpxn } : { device: formatEui64(subject.device) },
  )
}

function fuelOf({ flags, devices, mpxn }: LookUp, subject: Subject): Fuel | undefined {
  const number = mpxn ?? (subject.kind === 'meter-point' ? subject.mpxn : undefined)
  const reading = number === undefined ? undefined : readMpxn(number)
  if (reading?.ok) return reading.fuel
  return flags[0]?.fuel ?? fuelOfType(devices, subject)
}

function fuelOfType(devices: LookUp['devices'], subject: Subject): Fuel | undefined {
  const key: DeviceKey | undefined = subject.kind === 'device' ? subject.device : undefined
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

async function eventsOf(
  page: PageContext,
  { actor }: SignedIn,
  { flags }: LookUp,
): Promise<readonly HistoryEntry[]> {
  const [newest] = flags
  if (!newest) return []
  const history = await page.restrictions.history(actor, newest.id, MAX_EVENTS)
  return history.ok ? history.items : []
}

/** Names of whoever answers for the meter point, for roles that see every meter point. */
async function partiesOf(
  page: PageContext,
  { actor }: SignedIn,
  mpxn: string | undefined,
): Promise<Pick<MeterPage, 'supplier' | 'networkOperator'>> {
  if (mpxn === undefined || reachOf(actor, 'look-up') !== 'any') {
    return { supplier: undefined, networkOperator: undefined }
  }
  const registrations = await page.store.read((view) => view.registrations(mpxn))
  const name = (role: Registration['role']): string => {
    const id = registrationAt(registrations, role, page.clock.now())?.party
    const party = page.parties.find((each) => each.id === id)
    return party ? `${party.name} (${party.id})` : (id ?? 'None registered')
  }
  return { supplier: name('supplier'), networkOperator: name('network-operator') }
}
