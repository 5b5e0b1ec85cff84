/**
 * What the flags make of a survey's stops: the strictest finding over every stop and every Device.
 */
import type { DeviceType, FlagReading } from '../device/device.ts'
import type { DeviceKey } from '../duis/eui64.ts'
import { blocks, both, holdsForDevice } from './conditions.ts'
import type { Stop } from './survey.ts'
import type { Rule } from './table.ts'
import type { Grounds } from './verdict.ts'

export type Outcome = 'forward' | 'defer' | 'block'

/** What one stop means for one Device. */
export interface Finding {
  readonly outcome: Outcome
  readonly stop: Stop
  /** Absent when the message names none. */
  readonly device: DeviceKey | undefined
  readonly flag: Grounds['flag']
  readonly version: number | undefined
  readonly ageMs: number | undefined
}

/** Every stop of one mode with every Device; absent when there is no such stop or none covers a Device's type. */
export function weigh(
  stops: readonly Stop[],
  mode: Rule['mode'],
  devices: readonly DeviceKey[],
  flags: readonly FlagReading[],
): Finding | undefined {
  let strictest: Finding | undefined
  for (const stop of stops) {
    if (stop.rule.mode !== mode) continue
    if (devices.length === 0) return withoutDevice(stop)
    for (let index = 0; index < devices.length; index++) {
      const reading = flags[index] ?? UNKNOWN
      if (strictest !== undefined && addsNothing(reading, strictest)) continue
      const finding = findingOf(stop, devices[index] as DeviceKey, reading)
      if (finding && (strictest === undefined || outranks(finding, strictest))) strictest = finding
    }
  }
  return strictest
}

/** A clear reading no older than one already weighed: of 50,000 Devices nearly all, so nothing is made for them. */
function addsNothing(reading: FlagReading, strictest: Finding): boolean {
  return reading.state === 'clear' && !reading.isStale && reading.ageMs <= (strictest.ageMs ?? 0)
}

/** How strict an outcome is; a greater number wins. */
export const STRICTNESS: Readonly<Record<Outcome, number>> = { forward: 0, defer: 1, block: 2 }

const UNKNOWN: FlagReading = { state: 'unknown' }

function withoutDevice(stop: Stop): Finding {
  return {
    outcome: 'block',
    stop,
    device: undefined,
    flag: 'not-needed',
    version: undefined,
    ageMs: undefined,
  }
}

function findingOf(stop: Stop, device: DeviceKey, reading: FlagReading): Finding | undefined {
  const type: DeviceType | undefined = reading.state === 'unknown' ? undefined : reading.type
  if (!blocks(stop.rule, both(stop.truth, holdsForDevice(stop.rule.when, type)))) return undefined
  if (reading.state === 'unknown') {
    const outcome = stop.rule.onUnknown ?? 'block' // compileTable sees to it that every blocking row says
    return { outcome, stop, device, flag: 'unknown', version: undefined, ageMs: undefined }
  }
  const { version, ageMs } = reading
  if (reading.isStale)
    return { outcome: whenStale(stop.rule, reading.state), stop, device, flag: 'stale', version, ageMs }
  return { outcome: lastKnown(reading.state), stop, device, flag: reading.state, version, ageMs }
}

function whenStale(rule: Rule, state: 'restricted' | 'clear'): Outcome {
  const onStale = rule.onStale ?? 'block'
  return onStale === 'as-known' ? lastKnown(state) : onStale
}

function lastKnown(state: 'restricted' | 'clear'): Outcome {
  return state === 'restricted' ? 'block' : 'forward'
}

/** Between equal outcomes the surer reason is named, then the older reading. */
const SURENESS: Readonly<Record<Grounds['flag'], number>> = {
  'not-needed': 0,
  clear: 0,
  stale: 1,
  unknown: 2,
  restricted: 3,
}

function outranks(finding: Finding, other: Finding): boolean {
  const byOutcome = STRICTNESS[finding.outcome] - STRICTNESS[other.outcome]
  if (byOutcome !== 0) return byOutcome > 0
  const byReason = SURENESS[finding.flag] - SURENESS[other.flag]
  if (byReason !== 0) return byReason > 0
  return (finding.ageMs ?? 0) > (other.ageMs ?? 0)
}
