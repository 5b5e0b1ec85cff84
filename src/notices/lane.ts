/**
 * The lane of one partner: sends its notices, at least once each, those of a Device in order, several Devices at a time.
 *
 * Lanes share nothing but the store, so one slow partner holds up no other. Of several processes the one with the lane's lease
 * sends; a second that sends as well for a moment, because the first was held up, repeats notices under the same IDs. What was
 * sent is written down after each round, so a process that is killed repeats at most one round.
 */
import { type AttemptLimits, type AttemptOutcome, backOffMs, outcomeOf } from '../core/notice/attempt.ts'
import type { Notice } from '../core/notice/notice.ts'
import type { Clock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import { Repeated } from '../observe/repeated.ts'
import type { Transactions } from '../store/control-store.ts'
import type { Leases } from '../store/leases.ts'
import type { Attempted } from '../store/notice-store.ts'
import type { Send } from './webhook.ts'

export interface LaneLimits extends AttemptLimits {
  /** Notices that are on their way at once, each of another Device. */
  readonly concurrency: number
  /** How long the lease runs; another process takes over so long after a kill. */
  readonly leaseMs: number
  /** How often the store is asked when nothing wakes the lane. */
  readonly pollMs: number
}

export interface LaneOptions {
  readonly party: string
  readonly store: Transactions
  readonly leases: Leases
  readonly send: Send
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  readonly limits: LaneLimits
  /** Names this process in leases. */
  readonly holder: string
  readonly log: Logger
}

/** Rounds are cut so that little has to be repeated after a kill. */
const NOTICES_OF_A_ROUND = 4

/** An attempt with the notice it was made for. */
interface Sent {
  readonly notice: Notice
  readonly outcome: AttemptOutcome
}

export class Lane {
  readonly #options: LaneOptions
  readonly #stopped = new AbortController()
  readonly #repeated: Repeated
  #delivered = 0
  /** How many had been delivered when a notice that waits failed last: tells a bad notice from a bad partner. */
  readonly #deliveredAtFailure = new Map<string, number>()
  /** Rounds in a row in which the partner was down. */
  #downRounds = 0
  #holdsLease = false

  constructor(options: LaneOptions) {
    this.#options = options
    this.#repeated = new Repeated({
      work: () => this.#round().catch((error: unknown) => this.#storeFailed(error)),
      everyMs: options.limits.pollMs,
    })
  }

  start(): void {
    void this.#repeated.start()
  }

  /** There may be something to send. */
  wake(): void {
    if (this.#downRounds === 0) this.#repeated.wake()
  }

  /** Cuts off what is on its way: it is sent again by whoever comes next. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#repeated.stop()
    await this.#release().catch(() => {})
  }

  #storeFailed(error: unknown): number {
    const { log, party, limits } = this.#options
    log.warn({ party, err: error }, 'notices cannot be sent: the store did not answer')
    return limits.pollMs
  }

  /** Sends what is due; answers how long to wait before the next round. */
  async #round(): Promise<number> {
    const due = await this.#due()
    if (due.length === 0) return this.#idle()
    if (!(await this.#hold())) return this.#options.limits.pollMs
    // What another process has sent since must not go out once more.
    const sent = await this.#underLease(await this.#due())
    if (sent.length > 0) await this.#record(sent)
    return this.#waitAfter(sent)
  }

  /** While the partner is down one notice, each time another: it may be the notice that is bad. */
  #due(): Promise<readonly Notice[]> {
    const { store, party, clock, limits } = this.#options
    const isDown = this.#downRounds > 0
    const most = isDown ? 1 : limits.concurrency * NOTICES_OF_A_ROUND
    return store.read((view) => view.notices.due(party, clock.now(), most, isDown ? 'least-tried' : 'oldest'))
  }

  /** Without anything to send the lease is given back, and the store is asked again in a while. */
  async #idle(): Promise<number> {
    const { store, party, clock, limits } = this.#options
    await this.#release()
    const nextAt = await store.read((view) => view.notices.nextAt(party))
    const untilNextMs = nextAt === undefined ? limits.pollMs : nextAt - clock.now()
    return Math.max(1, Math.min(limits.pollMs, untilNextMs))
  }

  /** Keeps the lease while the notices are sent; once it is lost no more of them go out. */
  async #underLease(due: readonly Notice[]): Promise<readonly Sent[]> {
    const lost = new AbortController()
    const renew = async () => {
      if (!(await this.#hold().catch(() => false))) lost.abort()
    }
    const timer = setInterval(() => void renew(), this.#options.limits.leaseMs / 3)
    try {
      return await this.#sendAll(due, AbortSignal.any([lost.signal, this.#stopped.signal]))
    } finally {
      clearInterval(timer)
    }
  }

  async #sendAll(due: readonly Notice[], signal: AbortSignal): Promise<readonly Sent[]> {
    const sent: Sent[] = []
    const queue = [...due]
    const work = async () => {
      for (let notice = queue.shift(); notice && !signal.aborted; notice = queue.shift()) {
        const outcome = await this.#attempt(notice, signal)
        if (outcome) sent.push({ notice, outcome })
      }
    }
    await Promise.all(Array.from({ length: this.#options.limits.concurrency }, work))
    return sent
  }

  /** Undefined when it was cut off: then nothing is known, and it is sent again. */
  async #attempt(notice: Notice, signal: AbortSignal): Promise<AttemptOutcome | undefined> {
    const { send, clock, random, limits } = this.#options
    const deliveredBefore = this.#deliveredAtFailure.get(notice.id) ?? this.#delivered
    const answer = await send(notice, signal)
    if ('failure' in answer && signal.aborted) return undefined
    const tried = { ...notice, othersPassed: this.#delivered > deliveredBefore }
    const outcome = outcomeOf(answer, tried, limits, clock.now(), random())
    this.#remember(notice, outcome)
    return outcome
  }

  #remember({ id }: Notice, outcome: AttemptOutcome): void {
    if (outcome.kind === 'delivered') this.#delivered++
    if (outcome.kind === 'delivered' || outcome.nextAt === undefined) this.#deliveredAtFailure.delete(id)
    else this.#deliveredAtFailure.set(id, this.#delivered)
  }

  async #record(sent: readonly Sent[]): Promise<void> {
    const { store, clock } = this.#options
    const at = clock.now()
    const attempts = sent.map(({ notice, outcome }) => attemptedOf(notice, outcome, at))
    await store.change((unit) => unit.notices.recordAttempts(attempts))
    for (const { notice, outcome } of sent) this.#logDead(notice, outcome)
  }

  /** The alarm: somebody has to look, and to send it again. */
  #logDead({ id, party, kind }: Notice, outcome: AttemptOutcome): void {
    if (outcome.kind === 'delivered' || outcome.nextAt !== undefined) return
    const { problem } = outcome
    this.#options.log.error(
      { party, notice: id, kind, problem },
      'a notice was given up; resend it once mended',
    )
  }

  #waitAfter(sent: readonly Sent[]): number {
    const { limits, random, log, party } = this.#options
    const isDown = sent.some(({ outcome }) => outcome.kind === 'partner-down')
    const isUp = sent.some(({ outcome }) => outcome.kind !== 'partner-down')
    if (isUp && this.#downRounds > 0) log.info({ party }, 'the partner takes notices again')
    if (isUp) this.#downRounds = 0
    if (isUp || !isDown) return 0
    this.#downRounds++
    if (this.#downRounds === 1)
      log.warn({ party, problem: problemOf(sent) }, 'the partner takes no notices; trying again')
    return backOffMs(this.#downRounds, limits.downBackOff, random())
  }

  async #hold(): Promise<boolean> {
    const { leases, holder, limits } = this.#options
    this.#holdsLease = await leases.holdLease(this.#leaseName, holder, limits.leaseMs)
    return this.#holdsLease
  }

  async #release(): Promise<void> {
    if (!this.#holdsLease) return
    this.#holdsLease = false
    await this.#options.leases.releaseLease(this.#leaseName, this.#options.holder)
  }

  get #leaseName(): string {
    return `notices:${this.#options.party}`
  }
}

function attemptedOf({ id, nextAt }: Notice, outcome: AttemptOutcome, at: Notice['createdAt']): Attempted {
  if (outcome.kind === 'delivered')
    return { id, state: 'delivered', isRefusal: false, nextAt, problem: undefined, at }
  const { kind, problem } = outcome
  const state = outcome.nextAt === undefined ? 'dead' : 'waiting'
  return { id, state, isRefusal: kind === 'refused', nextAt: outcome.nextAt ?? nextAt, problem, at }
}

function problemOf(sent: readonly Sent[]): string | undefined {
  return sent.flatMap(({ outcome }) => ('problem' in outcome ? outcome.problem : []))[0]
}
