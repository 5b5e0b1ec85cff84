/**
 * Whether a captured message may keep its payload. It may only where nothing speaks against it: it was asked for, the message
 * went on, and every Device that it concerns is known not to be Restricted. Not knowing counts against it.
 */
import type { FlagReading } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { Verdict } from '../core/policy/verdict.ts'

/** What the rule looks at. */
export interface PayloadCase {
  /** Whoever ordered the capture wants payloads. */
  readonly isWanted: boolean
  readonly verdict: Verdict
  readonly devices: readonly DeviceKey[]
  /** One reading per Device; undefined when they are not all at hand. */
  readonly readings: readonly FlagReading[] | undefined
}

/** The Devices' flags count beside the verdict, for a row that lets everything pass does not ask for them. */
export function mayKeepPayload({ isWanted, verdict, devices, readings }: PayloadCase): boolean {
  if (!isWanted || verdict.kind !== 'forward') return false
  if (verdict.flag !== 'clear' && verdict.flag !== 'not-needed') return false
  if (devices.length === 0 || readings?.length !== devices.length) return false
  return readings.every((reading) => reading.state === 'clear' && !reading.isStale)
}
