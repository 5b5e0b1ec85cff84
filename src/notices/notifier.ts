/**
 * Tells partners: makes notices of what the outbox holds, and has a lane for each partner with a webhook.
 *
 * Runs in every control plane. Making notices needs no lease, because entries leave the outbox in the transaction that makes
 * them; each lane has its own. Stopped or killed at any point, the next start goes on where the store says.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import process from 'node:process'
import type { Dispatcher } from 'undici'
import type { Partner } from '../core/notice/notice.ts'
import type { Table } from '../core/policy/table.ts'
import { idOf, RANDOM_BYTES } from '../core/restriction/ids.ts'
import type { Clock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import { Repeated } from '../observe/repeated.ts'
import type { Transactions } from '../store/control-store.ts'
import type { Leases } from '../store/leases.ts'
import { makeDigests } from './digests.ts'
import { FanOut, type NewNoticeId } from './fan-out.ts'
import { Lane, type LaneLimits } from './lane.ts'
import { type Webhook, webhookSender } from './webhook.ts'

export interface NotifierLimits extends LaneLimits {
  /** What a partner may take to answer. */
  readonly timeoutMs: number
  /** From one digest to the next. */
  readonly digestMs: number
}

export interface NotifierOptions {
  readonly store: Transactions
  /** Throws a StoreFailure while there is no store. */
  readonly leases: Leases
  readonly partners: readonly Partner[]
  /** The table in force. */
  readonly table: () => Pick<Table, 'rows'>
  /** Of the partners that are pushed to. */
  readonly webhooks: readonly Webhook[]
  readonly limits: NotifierLimits
  /** Names this installation as a URI. */
  readonly source: string
  readonly clock: Clock
  readonly log: Logger
  readonly newId?: NewNoticeId
  readonly random?: () => number
  /** Connections to a partner, for a client certificate; plain ones when absent. */
  readonly dispatcherOf?: (webhook: Webhook, connections: number) => Dispatcher | Promise<Dispatcher>
}

/** IDs of the running system. */
export const randomNoticeId: NewNoticeId = (at) => idOf('N', at, randomBytes(RANDOM_BYTES))

export class Notifier {
  readonly #options: NotifierOptions
  readonly #fanOut: FanOut
  readonly #lanes: readonly Lane[]
  readonly #dispatchers: Promise<Dispatcher>[] = []
  readonly #newId: NewNoticeId
  readonly #repeated: Repeated
  #hasFollowed = false
  #isFailing = false

  constructor(options: NotifierOptions) {
    const { store, clock, partners, table, log, newId = randomNoticeId } = options
    this.#options = options
    this.#repeated = new Repeated({ work: () => this.#makeAndWake(), everyMs: options.limits.pollMs })
    this.#newId = newId
    this.#fanOut = new FanOut({ store, clock, partners, table, log, newId })
    const holder = `${hostname()}:${process.pid}:${randomBytes(6).toString('base64url')}`
    this.#lanes = options.webhooks.map((webhook) => this.#laneOf(webhook, holder))
  }

  start(): void {
    for (const lane of this.#lanes) lane.start()
    void this.#repeated.start()
  }

  /** Settles when nothing is on its way any more. */
  async stop(): Promise<void> {
    await Promise.all([this.#repeated.stop(), ...this.#lanes.map((lane) => lane.stop())])
    await Promise.all(this.#dispatchers.map(async (dispatcher) => (await dispatcher).destroy()))
  }

  async #makeAndWake(): Promise<void> {
    if ((await this.#makeOrLog()) > 0) for (const lane of this.#lanes) lane.wake()
  }

  /** The log is told when trouble begins and when it is over, not each time in between. */
  async #makeOrLog(): Promise<number> {
    const { log } = this.#options
    try {
      const made = await this.#make()
      if (this.#isFailing) log.info('notices are made again')
      this.#isFailing = false
      return made
    } catch (error) {
      if (!this.#isFailing)
        log.warn({ err: error }, 'notices cannot be made; it is tried again until they can')
      this.#isFailing = true
      return 0
    }
  }

  async #make(): Promise<number> {
    const { store, partners, limits, clock } = this.#options
    if (!this.#hasFollowed) await this.#fanOut.followPartners()
    this.#hasFollowed = true
    const made = await this.#fanOut.run()
    const digest = { store, newId: this.#newId, partners, everyMs: limits.digestMs, now: clock.now() }
    return made + (await makeDigests(digest))
  }

  #laneOf(webhook: Webhook, holder: string): Lane {
    const { store, leases, clock, limits, log, source } = this.#options
    const dispatcher = this.#dispatcherOf(webhook)
    const { timeoutMs } = limits
    return new Lane({
      ...{ party: webhook.party, store, leases, clock, limits, holder, log },
      random: this.#options.random ?? Math.random,
      send: webhookSender({ webhook, source, timeoutMs, clock, dispatcher }),
    })
  }

  #dispatcherOf(webhook: Webhook): Promise<Dispatcher> {
    const { dispatcherOf = plainDispatcher, limits } = this.#options
    const dispatcher = Promise.resolve(dispatcherOf(webhook, limits.concurrency))
    this.#dispatchers.push(dispatcher)
    return dispatcher
  }
}

/** Where nobody is told, the client is not loaded. */
async function plainDispatcher(_: Webhook, connections: number): Promise<Dispatcher> {
  const { Agent } = await import('undici')
  return new Agent({ connections })
}
