/**
 * Why a message met its outcome, as a plain sentence for an operator. The two common sentences are constants.
 */
import { type DeviceKey, formatEui64 } from '../duis/eui64.ts'
import type { Finding } from './weigh.ts'

export const REASONS = {
  nothingRestricted: 'Nothing that this message claims to be is restricted.',
  noData: 'An answer without data reveals nothing and always passes.',
  notForTheseDevices: 'The restriction does not cover Devices of this type.',
  deviceClear: 'No Device concerned is Restricted.',
} as const

/** The sentence for what was found of a restricted kind. */
export function reasonOf(finding: Finding): string {
  const { outcome, stop, device, flag } = finding
  if (device === undefined) return `${stop.claimed} is stopped: it names no Device whose flag could be read.`
  if (finding.isUnlisted)
    return `${stop.claimed} waits: the inventory does not know Device ${formatEui64(device)}, and unlistedDevice says so.`
  if (flag === 'clear') return REASONS.deviceClear
  if (finding.isInFlight)
    return `${stop.claimed} passes: its Request was forwarded before the flag of Device ${formatEui64(device)} took effect.`
  if (flag === 'restricted')
    return `${stop.claimed} is stopped while Device ${formatEui64(device)} is Restricted. ${stop.rule.why}`
  return `${stop.claimed} ${VERBS[outcome]}: ${uncertainty(device, finding)}, and rule ${stop.rule.id} says so.`
}

const VERBS = { block: 'is stopped', defer: 'waits', forward: 'goes on' } as const

function uncertainty(device: DeviceKey, { flag, ageMs }: Finding): string {
  const subject = `the flag of Device ${formatEui64(device)}`
  return flag === 'stale' ? `${subject} was last known ${ageMs} ms ago` : `${subject} is unknown`
}
