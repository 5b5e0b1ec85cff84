/**
 * An incident: a time in which Service Requests failed for a reason that has nothing to do with flags, as the incident desk
 * records it. The exceptions list names it beside the Devices that were Restricted meanwhile, so that no failure is put
 * down to the one when it was the other.
 */
import type { Instant } from '../device/device.ts'
import type { DeviceKey } from '../duis/eui64.ts'
import { looksPersonal } from '../restriction/declaration.ts'
import { keptText, untypedIn } from '../restriction/typed-text.ts'
import type { BoundedSpan } from './span.ts'

export interface Incident {
  /** The incident desk's own; a later record under the same one takes the place of the earlier. */
  readonly reference: string
  readonly from: Instant
  /** Undefined while it lasts. */
  readonly until: Instant | undefined
  /** CSP regions as the inventory writes them; empty: everywhere. */
  readonly regions: readonly string[]
  /** Empty: all. */
  readonly srvs: readonly string[]
  /** The Device that it is about, a Communications Hub for all behind it; undefined where it is about no single one. */
  readonly device: DeviceKey | undefined
  /** The party that opened it; undefined for those of an earlier release. */
  readonly openedBy: string | undefined
}

const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9-]{2,39}$/
const REGION = /^\S(?:.{0,62}\S)?$/
const SRV = /^\d{1,2}(?:\.\d{1,2}){1,2}$/

/** Everything that is wrong with an incident, each with what to give instead; none when it may be recorded. */
export function incidentProblems({
  reference,
  from,
  until,
  regions,
  srvs,
}: Omit<Incident, 'device' | 'openedBy'>): readonly string[] {
  return [
    ...(REFERENCE.test(reference)
      ? []
      : ['give a reference of 3 to 40 letters, digits and hyphens, for example INC-204711']),
    ...(until === undefined || until > from ? [] : ['give an end that is after the start']),
    ...regions.filter((region) => !REGION.test(region)).map((region) => `"${region}" is no name of a region`),
    ...srvs.filter((srv) => !SRV.test(srv)).map((srv) => `"${srv}" is no SRV; give one like 4.8.1`),
  ]
}

/** Where a Device was Restricted, and when. */
interface Stay {
  readonly device: DeviceKey
  readonly hub: DeviceKey | undefined
  readonly region: string
  readonly spans: readonly BoundedSpan[]
}

/** Whether it was about the Device or its hub, or lay in its region, at some moment of the spans. */
export function concerns(incident: Incident, { device, hub, region, spans }: Stay): boolean {
  const { from, until, regions } = incident
  if (incident.device !== undefined && incident.device !== device && incident.device !== hub) return false
  if (regions.length > 0 && !regions.includes(region)) return false
  return spans.some((span) => from < span.until && (until === undefined || until > span.from))
}

/** What whoever opens an incident is told of a Restricted Device; `since` as they read times. */
export function toldOfRestricted(id: string, since: string): string {
  return `${id}: Restricted since ${since} by consumer choice, excluded from the monthly measures of its CSP and from performance by Supplier. It is quiet because the consumer asked for that; send no engineer for that alone.`
}

const MAX_REASON_CHARACTERS = 200

/** What is wrong with the reason to go on in spite of that; undefined when nothing is. */
export function reasonProblem(reason: string): string | undefined {
  const text = keptText(reason)
  if (text === '' || text.length > MAX_REASON_CHARACTERS || untypedIn(text) !== undefined)
    return 'Say why the incident is to go on, in at most 200 characters'
  return looksPersonal(text) ? 'Leave personal data out of the reason' : undefined
}
