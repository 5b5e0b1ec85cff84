/** What DSP operations look at: the gateways, and what the store has. */
import type { Instant } from '../core/device/device.ts'
import { HOUR_MS, MINUTE_MS } from '../core/device/durations.ts'
import type { Change, ControlStore, GatewayStatus } from '../store/control-store.ts'

export interface AtWork {
  readonly gateways: readonly GatewayStatus[]
  /** Devices in the inventory. */
  readonly devices: number
  /** The last change there is. */
  readonly latest: number
}

export async function atWork(store: ControlStore): Promise<AtWork> {
  const latest = await store.position()
  const found = await store.read(async (view) => ({
    gateways: await view.gateways.statuses(),
    devices: await view.inventory.count(),
  }))
  return { ...found, latest }
}

/** How soon changes of a minute were in force in every gateway. */
export interface LagMinute {
  /** The minute in which they were recorded. */
  readonly from: number
  readonly changes: number
  /** Of those that are in force; undefined when none is. */
  readonly longestMs: number | undefined
  /** Changes that are not in force yet. */
  readonly waiting: number
}

/** As many of the newest changes as are looked at. */
export const RECENT_CHANGES = 1_000

/** The newest changes of the last hour by minute, as the store has them; minutes without a change are left out. */
export async function recentLag(store: ControlStore, now: Instant): Promise<readonly LagMinute[]> {
  const latest = await store.position()
  const changes = await store.read((view) =>
    view.changes.after(Math.max(0, latest - RECENT_CHANGES), RECENT_CHANGES),
  )
  const recent = changes.filter(({ at }) => at > now - HOUR_MS)
  const byMinute = Map.groupBy(recent, ({ at }) => Math.floor(at / MINUTE_MS) * MINUTE_MS)
  return [...byMinute].map(([from, each]) => lagOf(from, each))
}

function lagOf(from: number, changes: readonly Change[]): LagMinute {
  const lags = changes.flatMap(({ at, inForceAt }) =>
    inForceAt === undefined ? [] : [Math.max(0, inForceAt - at)],
  )
  return {
    ...{ from, changes: changes.length, waiting: changes.length - lags.length },
    longestMs: lags.length === 0 ? undefined : Math.max(...lags),
  }
}
