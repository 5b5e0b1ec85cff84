/**
 * How often each Restricted Device sends an alert whose row has `alarmAbove`: what passes now and then may tell a household's day
 * when it comes often.
 *
 * Counted in this process and for this day (UTC) alone: workers and gateways count for themselves, a restart begins anew. The
 * message has gone on by then: no alert waits for a flag here. One whose flag had to be looked up counts when that is done.
 */
import type { FlagReading, Instant } from '../core/device/device.ts'
import { DAY_MS } from '../core/device/durations.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { MessageFacts } from '../core/duis/facts.ts'
import type { Table } from '../core/policy/table.ts'
import type { Clock } from '../observe/clock.ts'
import type { Flags } from './judge.ts'

/** Device and alert code together; the one counted first makes room. */
const CAPACITY = 100_000

export class FrequentAlerts {
  readonly #flags: Pick<Flags, 'read'>
  readonly #clock: Clock
  readonly #capacity: number
  #day = 0
  readonly #counts = new Map<string, number>()

  constructor(flags: Pick<Flags, 'read'>, clock: Clock, capacity: number = CAPACITY) {
    this.#flags = flags
    this.#clock = clock
    this.#capacity = capacity
  }

  /** Counts a message that went on; true when a Restricted Device has now sent such an alert more often than its row bears. */
  isTooMany({ byAlert }: Table, facts: MessageFacts): boolean {
    let isTooMany = false
    for (const claim of facts.claims) {
      if (claim.type !== 'alert') continue
      const limit = byAlert.get(claim.code)?.alarmAbove
      if (limit !== undefined && this.#countFor(claim.code, facts.devices) > limit) isTooMany = true
    }
    return isTooMany
  }

  /** The highest count of a Restricted Device among them; 0 when there is none, or while that is not known. */
  #countFor(code: string, devices: readonly DeviceKey[]): number {
    const readings = this.#flags.read(devices, this.#clock.now())
    if (!(readings instanceof Promise)) return this.#countRestricted(code, devices, readings)
    void readings.then((late) => this.#countRestricted(code, devices, late))
    return 0
  }

  #countRestricted(code: string, devices: readonly DeviceKey[], readings: readonly FlagReading[]): number {
    const restricted = devices.filter((_, index) => readings[index]?.state === 'restricted')
    return Math.max(0, ...restricted.map((device) => this.#count(code, device)))
  }

  #count(code: string, device: DeviceKey): number {
    this.#beginDay(this.#clock.now())
    const key = `${code} ${device}`
    const count = (this.#counts.get(key) ?? 0) + 1
    if (count === 1 && this.#counts.size >= this.#capacity) this.#dropFirst()
    this.#counts.set(key, count)
    return count
  }

  #beginDay(now: Instant): void {
    const day = Math.floor(now / DAY_MS)
    if (day === this.#day) return
    this.#day = day
    this.#counts.clear()
  }

  #dropFirst(): void {
    const [first] = this.#counts.keys()
    if (first !== undefined) this.#counts.delete(first)
  }
}
