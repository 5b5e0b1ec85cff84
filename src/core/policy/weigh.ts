/**
 * What the flags make of a survey's stops: the strictest finding over every stop and every Device.
 */
import type { DeviceType, FlagReading, Instant } from '../device/device.ts'
import type { DeviceKey } from '../duis/eui64.ts'
import { stopsType } from './conditions.ts'
import { isOlderThanFlag } from './in-flight.ts'
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
  /** The Device is Restricted, and the message was under way when its flag took effect. */
  readonly isInFlight: boolean
  /** The inventory does not know the Device, and the table says that it waits for that. */
  readonly isUnlisted?: true
}

/**
 * Every stop of one mode with every Device; absent when there is no such stop or none covers a Device's type. `underWay`:
 * when the Request of a Response was forwarded, where that may count. `waiting`: Devices without a flag that the message waits for.
 */
export function weigh(
  stops: readonly Stop[],
  mode: Rule['mode'],
  devices: readonly DeviceKey[],
  flags: readonly FlagReading[],
  underWay: Instant | undefined,
  waiting: ReadonlySet<DeviceKey> = NONE_WAITING,
): Finding | undefined {
  let strictest: Finding | undefined
  for (const stop of stops) {
    if (stop.rule.mode !== mode) continue
    if (devices.length === 0) return withoutDevice(stop)
    for (let index = 0; index < devices.length; index++) {
      const reading = flags[index] ?? UNKNOWN
      const device = devices[index] as DeviceKey
      const waits = waiting.size > 0 && waiting.has(device)
      if (!waits && strictest !== undefined && addsNothing(reading, strictest)) continue
      const known = findingOf(stop, device, reading, underWay)
      const finding = waits && known ? whenWaiting(known) : known
      if (finding && (strictest === undefined || outranks(finding, strictest))) strictest = finding
    }
  }
  return strictest
}

/** A clear reading no older than one already weighed: of 50,000 Devices nearly all, so nothing is made for them. */
function addsNothing(reading: FlagReading, strictest: Finding): boolean {
  return reading.state === 'clear' && !reading.isStale && reading.ageMs <= (strictest.ageMs ?? 0)
}

const NONE_WAITING: ReadonlySet<DeviceKey> = new Set()

function whenWaiting(finding: Finding): Finding {
  return finding.outcome === 'forward' ? { ...finding, outcome: 'defer', isUnlisted: true } : finding
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
    isInFlight: false,
  }
}

function findingOf(
  stop: Stop,
  device: DeviceKey,
  reading: FlagReading,
  underWay: Instant | undefined,
): Finding | undefined {
  const type: DeviceType | undefined = reading.state === 'unknown' ? undefined : reading.type
  if (!stopsType(stop, type)) return undefined
  if (reading.state === 'unknown') {
    const outcome = stop.rule.onUnknown ?? 'block' // compileTable sees to it that every blocking row says
    return { outcome, stop, device, flag: 'unknown', version: undefined, ageMs: undefined, isInFlight: false }
  }
  const { version, ageMs, isStale } = reading
  const wasUnderWay = isOlderThanFlag(underWay, reading)
  const known = reading.state === 'restricted' && !wasUnderWay ? 'block' : 'forward'
  const outcome = isStale ? whenStale(stop.rule, known) : known
  const flag = isStale ? 'stale' : reading.state
  return { outcome, stop, device, flag, version, ageMs, isInFlight: wasUnderWay && outcome === 'forward' }
}

/** Past the lease nobody knows when the flag took effect, so only a row that goes by the last reading goes by that. */
function whenStale(rule: Rule, known: Outcome): Outcome {
  const onStale = rule.onStale ?? 'block'
  return onStale === 'as-known' ? known : onStale
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
