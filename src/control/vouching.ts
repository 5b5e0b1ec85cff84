/**
 * Gateways that the control plane cannot vouch for: what is in force, is so in every gateway that reports. One that does not may
 * be stopped, or may carry messages behind a broken network; by its lease it trusts no flag then. One whose clock is behind
 * holds up what comes.
 */

import type { Instant } from '../core/device/device.ts'
import { DAY_MS } from '../core/device/durations.ts'
import type { ControlView, GatewayStatus } from '../store/control-store.ts'

export interface Unvouched {
  readonly gateway: string
  readonly why: 'silent' | 'clock-behind'
  readonly seenAt: Instant
  /** Time since its last report, or that its clock is behind. */
  readonly byMs: number
}

/** A gateway that has been silent for longer is gone. */
const GONE_AFTER_MS = DAY_MS

function unvouchedIn(gateways: readonly GatewayStatus[]): readonly Unvouched[] {
  return gateways.flatMap(({ id: gateway, seenAt, silentMs, isLive, state, clock }): Unvouched[] => {
    if (isLive && clock?.isBehind) return [{ gateway, why: 'clock-behind', seenAt, byMs: -clock.skewMs }]
    const isSilent = !isLive && state !== 'stopped' && silentMs < GONE_AFTER_MS
    return isSilent ? [{ gateway, why: 'silent', seenAt, byMs: silentMs }] : []
  })
}

export async function unvouchedOf(view: Pick<ControlView, 'gateways'>): Promise<readonly Unvouched[]> {
  return unvouchedIn(await view.gateways.statuses())
}
