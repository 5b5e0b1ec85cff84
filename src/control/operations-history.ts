/**
 * What gateways decided minute by minute, in the memory of the control plane: gateways report totals since they started, and
 * the store keeps the last report only. It begins with the process and reaches back an hour.
 */
import { type Instant, instantOf } from '../core/device/device.ts'
import { HOUR_MS, MINUTE_MS } from '../core/device/durations.ts'
import type { Clock } from '../observe/clock.ts'
import type { ControlStore, GatewayStatus } from '../store/control-store.ts'
import { GATEWAY_COUNTS, type GatewayCount, type GatewayCounts } from '../store/gateway-counts.ts'

type Growing = Partial<Record<GatewayCount, number>>

/** A minute on the clock. */
export interface Minute {
  readonly from: Instant
  /** What all gateways decided, by verdict; undefined where nobody looked. */
  readonly counts: GatewayCounts | undefined
}

export interface OverTime {
  /** When the first look was; undefined before it. */
  readonly since: Instant | undefined
  /** Every minute since then, at most of the last hour, the one under way last. */
  readonly minutes: readonly Minute[]
}

export class OperationsHistory {
  readonly #store: Pick<ControlStore, 'read'>
  readonly #clock: Pick<Clock, 'now'>
  #since: Instant | undefined
  /** Totals by gateway, as they were last seen. */
  #totals: ReadonlyMap<string, GatewayCounts> = new Map()
  readonly #minutes = new Map<number, Growing>()

  constructor(store: Pick<ControlStore, 'read'>, clock: Pick<Clock, 'now'>) {
    this.#store = store
    this.#clock = clock
  }

  /** Looks at what gateways have reported up to now; what came since the last look counts in this minute. */
  async look(): Promise<void> {
    const gateways = await this.#store.read((view) => view.gateways.statuses())
    this.#note(gateways, this.#clock.now())
  }

  #note(gateways: readonly Pick<GatewayStatus, 'id' | 'counts'>[], now: Instant): void {
    const minute = minuteOf(now)
    const counts = this.#minutes.get(minute) ?? {}
    this.#minutes.set(minute, counts)
    if (this.#since !== undefined)
      for (const { id, counts: totals } of gateways) addGrowth(counts, totals, this.#totals.get(id) ?? {})
    this.#totals = new Map(gateways.map((gateway) => [gateway.id, gateway.counts]))
    this.#since ??= now
    for (const old of this.#minutes.keys()) if (old <= minute - HOUR_MS) this.#minutes.delete(old)
  }

  /** What was seen up to now. */
  overTime(): OverTime {
    const since = this.#since
    if (since === undefined) return { since, minutes: [] }
    const last = minuteOf(this.#clock.now())
    const first = Math.max(minuteOf(since), last - HOUR_MS + MINUTE_MS)
    const count = Math.max(0, Math.round((last - first) / MINUTE_MS) + 1)
    return {
      since,
      minutes: Array.from({ length: count }, (_, place) => {
        const from = first + place * MINUTE_MS
        return { from: instantOf(from), counts: this.#minutes.get(from) }
      }),
    }
  }
}

function minuteOf(at: Instant): number {
  return Math.floor(at / MINUTE_MS) * MINUTE_MS
}

/** A total that has shrunk is that of a gateway which started anew: all of it is growth. */
function addGrowth(counts: Growing, totals: GatewayCounts, before: GatewayCounts): void {
  const isNew = GATEWAY_COUNTS.some((count) => (totals[count] ?? 0) < (before[count] ?? 0))
  for (const count of GATEWAY_COUNTS) {
    const total = totals[count]
    if (total !== undefined) counts[count] = (counts[count] ?? 0) + total - (isNew ? 0 : (before[count] ?? 0))
  }
}
