/**
 * An incident: a time in which Service Requests failed for a reason that has nothing to do with flags, as the incident desk
 * records it. The exceptions list names it beside the Devices that were Restricted meanwhile, so that no failure is put
 * down to the one when it was the other.
 */
import type { Instant } from '../device/device.ts'
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
}

const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9-]{2,39}$/
const REGION = /^\S(?:.{0,62}\S)?$/
const SRV = /^\d{1,2}(?:\.\d{1,2}){1,2}$/

/** Everything that is wrong with an incident, each with what to give instead; none when it may be recorded. */
export function incidentProblems({ reference, from, until, regions, srvs }: Incident): readonly string[] {
  return [
    ...(REFERENCE.test(reference)
      ? []
      : ['give a reference of 3 to 40 letters, digits and hyphens, for example INC-204711']),
    ...(until === undefined || until > from ? [] : ['give an end that is after the start']),
    ...regions.filter((region) => !REGION.test(region)).map((region) => `"${region}" is no name of a region`),
    ...srvs.filter((srv) => !SRV.test(srv)).map((srv) => `"${srv}" is no SRV; give one like 4.8.1`),
  ]
}

/** Whether it lay in the region at some moment of the spans. */
export function concerns(incident: Incident, region: string, spans: readonly BoundedSpan[]): boolean {
  const { from, until, regions } = incident
  if (regions.length > 0 && !regions.includes(region)) return false
  return spans.some((span) => from < span.until && (until === undefined || until > span.from))
}
