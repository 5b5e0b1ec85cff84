/**
 * Sessions of the page: kept in memory, so that a restart signs everybody out and nothing of them is ever on disk.
 *
 * A session ends 8 hours after sign-in or after 30 minutes without a request, whichever comes first. Signing in and
 * choosing another role make a new ID, so that one known from before is worth nothing (session fixation). One that a provider
 * vouches for ends with that too, unless it is vouched for anew.
 */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { HOUR_MS } from '../core/device/durations.ts'
import type { Role } from '../core/restriction/party.ts'
import type { Clock } from '../observe/clock.ts'
import { actingAs, type Holder, type Identity } from './identity.ts'

const ID_BYTES = 32

export interface SessionLimits {
  /** From sign-in on. */
  readonly absoluteMs: number
  /** From the last request on. */
  readonly idleMs: number
  /** The session unused for the longest time gives way to a new one. */
  readonly maxSessions: number
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = {
  absoluteMs: 8 * HOUR_MS,
  idleMs: HOUR_MS / 2,
  maxSessions: 10_000,
}

export interface Session {
  /** The cookie's value: 256 random bits. */
  readonly id: string
  /** Sent with every form of this session and compared when it comes back. */
  readonly csrf: string
  readonly identity: Identity
}

/** What a provider gave: for how long it vouches for the holder of a session. */
export interface Vouched {
  /** By the monotonic clock. */
  readonly untilMs: number
  /** Shown to the provider to sign out there. */
  readonly idToken: string
  /** Asks the provider anew; undefined when it no longer vouches for this holder. */
  renew(): Promise<Vouched | undefined>
}

interface Kept {
  readonly session: Session
  readonly holder: Holder
  readonly vouched: Vouched | undefined
  readonly endsAtMs: number
  readonly idleEndsAtMs: number
}

export class Sessions {
  readonly #clock: Clock
  readonly #limits: SessionLimits
  /** By hash of the ID, the one used last at the end. */
  readonly #kept = new Map<string, Kept>()
  /** Of sessions for which a provider is being asked, by the same hash. */
  readonly #renewals = new Map<string, Promise<Vouched | undefined>>()

  constructor(clock: Clock, limits: SessionLimits = DEFAULT_SESSION_LIMITS) {
    this.#clock = clock
    this.#limits = limits
  }

  /** A new session for the holder, under the first of its roles when none is named. `vouched`: by a provider. */
  open(holder: Holder, role: Role | undefined = holder.roles[0], vouched?: Vouched): Session | undefined {
    return this.#open(
      { holder, vouched, endsAtMs: this.#clock.monotonicMs() + this.#limits.absoluteMs },
      role,
    )
  }

  /** The session of a cookie; undefined when there is none or it is over. Counts as a use. */
  async find(id: string): Promise<Session | undefined> {
    const kept = this.#take(id)
    if (!kept) return undefined
    this.#keep(kept)
    const { vouched } = kept
    if (!vouched || this.#clock.monotonicMs() < vouched.untilMs) return kept.session
    return this.#renewed(hashOf(id), vouched)
  }

  /** What the provider gave for the session; undefined where there is none. */
  vouchedOf(id: string): Vouched | undefined {
    return this.#kept.get(hashOf(id))?.vouched
  }

  /** The same holder under another role, with a new ID; ends when the first would have. Undefined: not its role. */
  changeRole(id: string, role: Role): Session | undefined {
    const kept = this.#take(id)
    return kept && this.#open(kept, role)
  }

  close(id: string): void {
    this.#kept.delete(hashOf(id))
  }

  /** Requests of one session that come meanwhile wait for the same answer: most providers take a refresh token once. */
  async #renewed(key: string, vouched: Vouched): Promise<Session | undefined> {
    const renewal = this.#renewals.get(key) ?? vouched.renew().finally(() => this.#renewals.delete(key))
    this.#renewals.set(key, renewal)
    const renewed = await renewal
    const kept = this.#kept.get(key)
    if (!kept) return undefined
    if (!renewed) this.#kept.delete(key)
    else if (kept.vouched === vouched) this.#kept.set(key, { ...kept, vouched: renewed })
    return renewed && kept.session
  }

  #open(
    { holder, vouched, endsAtMs }: Pick<Kept, 'holder' | 'vouched' | 'endsAtMs'>,
    role: Role | undefined,
  ): Session | undefined {
    const acting = actingAs(holder, role)
    if ('problem' in acting) return undefined
    const session = { id: randomId(), csrf: randomId(), identity: acting.identity }
    this.#makeRoom()
    this.#keep({ session, holder, vouched, endsAtMs })
    return session
  }

  #keep(kept: Omit<Kept, 'idleEndsAtMs'>): void {
    const idleEndsAtMs = this.#clock.monotonicMs() + this.#limits.idleMs
    this.#kept.set(hashOf(kept.session.id), { ...kept, idleEndsAtMs })
  }

  /** Takes a session out, whether it is over or not. */
  #take(id: string): Kept | undefined {
    const key = hashOf(id)
    const kept = this.#kept.get(key)
    this.#kept.delete(key)
    const now = this.#clock.monotonicMs()
    return kept && now < kept.endsAtMs && now < kept.idleEndsAtMs ? kept : undefined
  }

  #makeRoom(): void {
    for (const key of this.#kept.keys()) {
      if (this.#kept.size < this.#limits.maxSessions) return
      this.#kept.delete(key)
    }
  }
}

/** Looked up by hash, so that how long a look-up takes says nothing about IDs that exist. */
function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('base64')
}

function randomId(): string {
  return randomBytes(ID_BYTES).toString('base64url')
}

/** Whether a form brings the token of its session. */
export function isCsrfOf(session: Session, given: unknown): boolean {
  if (typeof given !== 'string') return false
  const [one, other] = [Buffer.from(session.csrf), Buffer.from(given)]
  return one.length === other.length && timingSafeEqual(one, other)
}
