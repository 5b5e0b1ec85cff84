/**
 * Incidents as they are opened: whoever names a Device that is Restricted is told so before an engineer is sent, and says why
 * the incident goes on all the same. Being told is a look at the flag, so it is in the audit; so is the reason.
 */
import { type Instant, isRestricted } from '../core/device/device.ts'
import { isoTime, isoTimeIfAny, isoTimeOrNull } from '../core/device/iso-time.ts'
import { type DeviceKey, formatEui64 } from '../core/duis/eui64.ts'
import { type Incident, incidentProblems, reasonProblem } from '../core/report/incident.ts'
import type { Actor } from '../core/restriction/party.ts'
import type { InventoryDevice } from '../core/restriction/restriction.ts'
import { keptText } from '../core/restriction/typed-text.ts'
import type { Clock } from '../observe/clock.ts'
import { denialOf, reachOf } from '../restrictions/permissions.ts'
import type { ControlStore, ControlUnit } from '../store/control-store.ts'

/** An incident as it is asked for. */
export interface IncidentRequest extends Omit<Incident, 'openedBy'> {
  /** Why it goes on although the Device is Restricted; undefined where nobody was told yet. */
  readonly reason?: string | undefined
}

/** A Device of the incident that is Restricted. */
export interface RestrictedDevice {
  readonly device: DeviceKey
  readonly since: Instant
}

export type IncidentRecorded =
  /** `told`: what it went on in spite of; empty where nothing is Restricted. */
  | { readonly ok: true; readonly incident: Incident; readonly told: readonly RestrictedDevice[] }
  /** Everything that is wrong with it; where `told` is not empty, all that is missing is a reason to go on. */
  | {
      readonly ok: false
      readonly problems: readonly string[]
      readonly told: readonly RestrictedDevice[]
    }

export interface IncidentPorts {
  readonly store: ControlStore
  readonly regionsOfCsp: ReadonlyMap<string, readonly string[]>
  readonly clock: Pick<Clock, 'now'>
}

/** Records an incident; one that was recorded under its reference goes, and stays in the audit. */
export async function recordIncident(
  ports: IncidentPorts,
  actor: Actor,
  request: IncidentRequest,
): Promise<IncidentRecorded> {
  const denial = denialOf(actor, 'record-incident')
  const problems = denial ? [denial.text] : incidentProblems(request)
  if (problems.length > 0) return { ok: false, problems, told: [] }
  const { device } = request
  const concerned = device === undefined ? [] : await devicesOf(ports.store, device)
  const now = ports.clock.now()
  const told = await restrictedOf(ports.store, device, concerned, now)
  const hidden = hiddenProblem(ports, actor, device, concerned, told)
  if (hidden !== undefined) return { ok: false, problems: [hidden], told: [] }
  return ports.store.change((unit) => record({ unit, actor, now, told }, request))
}

/** The Device, and all behind it where it is a Communications Hub; none where the inventory does not know it. */
function devicesOf(store: ControlStore, key: DeviceKey): Promise<readonly InventoryDevice[]> {
  return store.read(async (view) => {
    const [found, behind] = [await view.inventory.find(key), await view.inventory.ofHub(key)]
    return [...(found ? [found] : []), ...behind.filter((each) => each.key !== key)]
  })
}

/** As gateways have it: also by a flag that operations set straight on the Device. */
async function restrictedOf(
  store: ControlStore,
  device: DeviceKey | undefined,
  concerned: readonly InventoryDevice[],
  now: Instant,
): Promise<readonly RestrictedDevice[]> {
  if (device === undefined) return []
  const keys = [device, ...concerned.map(({ key }) => key).filter((key) => key !== device)]
  const records = await store.load(keys)
  return records.flatMap((found, place) => {
    const since = isRestricted(found, now) ? found.restriction?.from : undefined
    return since === undefined ? [] : { device: keys[place] ?? device, since }
  })
}

/** Why the actor may not open an incident about this; a CSP names a Device of its regions, and a mistyped Device is nobody's. */
function hiddenProblem(
  { regionsOfCsp }: IncidentPorts,
  actor: Actor,
  device: DeviceKey | undefined,
  concerned: readonly InventoryDevice[],
  told: readonly RestrictedDevice[],
): string | undefined {
  if (reachOf(actor, 'record-incident') === 'own') {
    if (device === undefined) return 'give the Device that the incident is about'
    const regions = regionsOfCsp.get(actor.party) ?? []
    if (!concerned.some(({ region }) => region !== undefined && regions.includes(region)))
      return 'the inventory has no such Device in your regions; check its ID'
  }
  const isUnknown = device !== undefined && concerned.length === 0 && told.length === 0
  return isUnknown ? 'the inventory does not know this Device; check its ID' : undefined
}

interface Recording {
  readonly unit: ControlUnit
  readonly actor: Actor
  readonly now: Instant
  readonly told: readonly RestrictedDevice[]
}

async function record(
  { unit, actor, now, told }: Recording,
  { reason = '', ...incident }: IncidentRequest,
): Promise<IncidentRecorded> {
  const { reference, from, until, regions, srvs, device } = incident
  const existing = await unit.incidents.find(reference)
  if (existing && reachOf(actor, 'record-incident') === 'own' && existing.openedBy !== actor.party)
    return { ok: false, problems: ['this reference is that of another incident'], told: [] }
  const write = (action: string, subject: string, detail: object) =>
    unit.audit.append({ at: now, actor, action, subject, detail: { ...detail } })
  for (const each of told)
    await write('restriction.looked-up', formatEui64(each.device), { incident: reference })
  // Whoever went on once is not asked again when the same incident changes or ends.
  const asksReason = told.length > 0 && existing?.device !== device
  const missing = asksReason ? reasonProblem(reason) : undefined
  if (missing !== undefined) return { ok: false, problems: [missing], told }
  const opened: Incident = { ...incident, openedBy: existing?.openedBy ?? actor.party }
  await unit.incidents.put(opened)
  await write('incident.recorded', reference, {
    ...{ from: isoTime(from), until: isoTimeOrNull(until), regions, srvs },
    ...(device !== undefined && { device: formatEui64(device) }),
    ...(told.length > 0 && { restrictedSince: isoTimeIfAny(told[0]?.since) }),
    ...(asksReason && { reason: keptText(reason) }),
  })
  return { ok: true, incident: opened, told }
}
