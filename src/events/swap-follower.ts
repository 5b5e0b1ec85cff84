/**
 * Sees to it that a Device which a message brings into a home never reads clear before the store has settled what flag it has.
 *
 * From the decision on such a message, before anything of it goes on, its Devices are announced. They stay so
 *
 * - until the message turns out to show nothing: a Service Request that the DSP has not, or an answer that it failed;
 * - else until the store has taken the event, and this gateway has applied every change that the store then had;
 * - of a Service Request until its answer has been resolved so, or an hour has passed: it may never be answered.
 *
 * What the store knows to wait for an answer is asked of it again and again, so that a gateway that was started anew, or that
 * another gateway's messages concern, knows it as well.
 */
import type { ObservedEvent } from '../core/catalogue/catalogue.ts'
import { type Instant, instantOf } from '../core/device/device.ts'
import { HOUR_MS } from '../core/device/durations.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { MessageFacts } from '../core/duis/facts.ts'
import type { TrafficEvent } from '../core/restriction/restriction.ts'
import type { Clock } from '../observe/clock.ts'
import { BRINGING } from './traffic-events.ts'

/** Who reads announced Devices as unknown, by what announced them. */
interface Announcements {
  /** False when there is no room: every Device counts as announced from then on. */
  add(name: string, devices: readonly DeviceKey[]): boolean
  delete(name: string): void
  /** Whether everything that is announced is in it. */
  setComplete(isComplete: boolean): void
}

export interface SwapFollowerOptions {
  readonly announced: Announcements
  readonly clock: Pick<Clock, 'now'>
  /** Requests since that time that the store knows no answer of, at most `limit`, with every Device that they bring. */
  readonly unanswered: (
    events: readonly string[],
    since: Instant,
    limit: number,
  ) => Promise<readonly TrafficEvent[]>
  /** Applies what the store has now; whether that succeeded. */
  readonly catchUp: () => Promise<boolean>
  /** Whether events wait for the store. */
  readonly hasBacklog: () => boolean
}

/** How long a request may wait for its answer, and an event that could not be kept for the inventory. */
const ANSWERED_WITHIN_MS = HOUR_MS

/** Requests asked of the store at most; with more of them every Device without a flag is unknown. */
const MOST_REQUESTS = 10_000

/** What the event of a message is called among the announced. */
const nameOf = ({ decision, event }: Pick<TrafficEvent, 'decision' | 'event'>) => `${decision} ${event}`

/** Those that bring Devices into a home. */
const bringing = (events: readonly TrafficEvent[]) => events.filter(({ event }) => BRINGING.includes(event))

export class SwapFollower {
  readonly #options: SwapFollowerOptions
  /** By decision: what it announced while it is being handled. */
  readonly #underWay = new Map<string, string[]>()
  /** Taken by the store, and not yet known to be applied here. */
  readonly #taken = new Set<string>()
  /** Could not be kept: the time at which they are given up. */
  readonly #lost = new Map<string, Instant>()
  /** Requests that the store knows no answer of, by what they are called among the announced. */
  #waiting = new Map<string, TrafficEvent>()
  /** RequestIDs of requests that failed, which the store is not told of. */
  readonly #failed = new Map<string, Instant>()
  /** Requests announced here, by RequestID, and the other way round. */
  readonly #requests = new Map<string, Set<string>>()
  readonly #requestOf = new Map<string, string>()
  /** False until the store has said once what waits for an answer: until then every Device may be announced. */
  hasFollowed = false
  /** Times that there was no room. */
  #overflows = 0

  constructor(options: SwapFollowerOptions) {
    this.#options = options
    options.announced.setComplete(false)
  }

  /** A message was decided on and goes on, if at all, after this. `decision`: `…/reply` of a synchronous reply. */
  decided(decision: string, facts: MessageFacts, events: readonly ObservedEvent[]): void {
    if (facts.kind === 'service-response' && facts.responseCode?.startsWith('E'))
      this.#giveUp(facts.requestId)
    for (const event of events) {
      if (!BRINGING.includes(event)) continue
      const name = nameOf({ decision, event })
      this.#announce(name, facts.devices)
      if (facts.kind === 'service-request') this.#noteRequest(name, facts.requestId)
      const names = this.#underWay.get(decision) ?? []
      if (!names.includes(name)) this.#underWay.set(decision, [...names, name])
    }
  }

  /** These events are about to be kept, or were before a restart. */
  keeping(events: readonly TrafficEvent[]): void {
    for (const event of bringing(events)) {
      const name = nameOf(event)
      this.#forgetUnderWay(event.decision, name)
      const isRequest = event.stage === 'requested'
      if (isRequest && this.#failed.has(event.requestId ?? '')) this.#letGo(name)
      else this.#announce(name, event.devices)
    }
  }

  /** They could not be kept: nobody will resolve them but the inventory. */
  lost(events: readonly TrafficEvent[]): void {
    const until = instantOf(this.#options.clock.now() + ANSWERED_WITHIN_MS)
    for (const event of bringing(events)) this.#lost.set(nameOf(event), until)
  }

  /** The message has been handled, and its reply: what is not being kept showed nothing. */
  handled(decision: string): void {
    if (this.#underWay.size === 0) return
    for (const id of [decision, `${decision}/reply`]) {
      for (const name of this.#underWay.get(id) ?? []) this.#letGo(name)
      this.#underWay.delete(id)
    }
  }

  /** The store has taken these events. */
  taken(events: readonly TrafficEvent[]): void {
    for (const event of bringing(events)) this.#taken.add(nameOf(event))
  }

  /**
   * Asks the store what waits for an answer, and lets go of what is resolved. To be called again and again, and soon after
   * `taken`. Rejects when the store does not answer; nothing is let go of then.
   */
  async follow(): Promise<void> {
    const { unanswered, catchUp, clock, hasBacklog } = this.#options
    const now = clock.now()
    this.#dropOld(now)
    const settled = [...this.#taken]
    const overflows = this.#overflows
    const isDelivered = !hasBacklog()
    const open = await unanswered(BRINGING, instantOf(now - ANSWERED_WITHIN_MS), MOST_REQUESTS)
    const waiting = this.#announceWaiting(open)
    this.#waiting = new Map([...this.#waiting, ...waiting])
    if (!(await catchUp())) return
    for (const name of this.#waiting.keys()) if (!waiting.has(name)) this.#options.announced.delete(name)
    this.#waiting = waiting
    for (const name of settled) this.#letGo(name)
    this.hasFollowed = true
    this.#judgeWhole(open.length < MOST_REQUESTS, isDelivered && overflows === this.#overflows)
  }

  #announceWaiting(open: readonly TrafficEvent[]): Map<string, TrafficEvent> {
    const waiting = new Map<string, TrafficEvent>()
    for (const event of open) {
      if (this.#failed.has(event.requestId ?? '')) continue
      const name = `${nameOf(event)} in the store`
      this.#announce(name, event.devices)
      waiting.set(name, event)
    }
    return waiting
  }

  /** What found no room is known to be resolved once nothing is under way, and the store has taken all there was. */
  #judgeWhole(isAllOfStore: boolean, isAllTaken: boolean): void {
    if (isAllTaken && this.#underWay.size === 0) this.#overflows = 0
    this.#options.announced.setComplete(isAllOfStore && this.#overflows === 0)
  }

  #announce(name: string, devices: TrafficEvent['devices']): void {
    if (!this.#options.announced.add(name, devices)) this.#overflows++
  }

  /** The request failed: what it announced never comes. */
  #giveUp(requestId: string | undefined): void {
    if (requestId === undefined) return
    const inStore = [...this.#waiting].filter(([, event]) => event.requestId === requestId)
    const names = [...(this.#requests.get(requestId) ?? []), ...inStore.map(([name]) => name)]
    if (names.length === 0) return
    this.#failed.set(requestId, instantOf(this.#options.clock.now() + ANSWERED_WITHIN_MS))
    for (const name of names) this.#options.announced.delete(name)
  }

  #noteRequest(name: string, requestId: string | undefined): void {
    if (requestId === undefined) return
    this.#failed.delete(requestId)
    this.#requestOf.set(name, requestId)
    this.#requests.set(requestId, (this.#requests.get(requestId) ?? new Set()).add(name))
  }

  #letGo(name: string): void {
    this.#options.announced.delete(name)
    this.#taken.delete(name)
    const requestId = this.#requestOf.get(name)
    if (requestId === undefined) return
    this.#requestOf.delete(name)
    const names = this.#requests.get(requestId)
    names?.delete(name)
    if (names?.size === 0) this.#requests.delete(requestId)
  }

  #forgetUnderWay(decision: string, name: string): void {
    const left = this.#underWay.get(decision)?.filter((one) => one !== name) ?? []
    if (left.length > 0) this.#underWay.set(decision, left)
    else this.#underWay.delete(decision)
  }

  #dropOld(now: Instant): void {
    for (const [name, until] of this.#lost) {
      if (until > now) continue
      this.#lost.delete(name)
      this.#letGo(name)
    }
    for (const [requestId, until] of this.#failed) if (until <= now) this.#failed.delete(requestId)
  }
}
