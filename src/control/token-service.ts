/**
 * Access tokens that people make for themselves, for the API alone: made, listed, revoked. A look-up goes to the store each time,
 * so that a token that was revoked at one control plane is worth nothing at any.
 */
import { randomBytes } from 'node:crypto'
import type { Instant } from '../core/device/device.ts'
import { instantOf } from '../core/device/device.ts'
import { DAY_MS } from '../core/device/durations.ts'
import { idOf, RANDOM_BYTES } from '../core/restriction/ids.ts'
import type { Actor, Party, Role } from '../core/restriction/party.ts'
import type { Clock } from '../observe/clock.ts'
import { reachOf } from '../restrictions/permissions.ts'
import type { Page, Transactions } from '../store/control-store.ts'
import type { AccessToken } from '../store/token-store.ts'
import { type Holder, type Identity, isToken, newToken, tokenHashOf } from './identity.ts'

/** Tokens of one person that work at the same time. */
export const MOST_TOKENS = 20

export interface TokenServiceOptions {
  readonly store: Transactions
  readonly parties: readonly Party[]
  readonly clock: Pick<Clock, 'now'>
  /** How long a token lives at most, counted from when it was made; 0: none is made, and none works. */
  readonly maxDays: number
}

/** What somebody asks for. */
export interface TokenRequest {
  /** Given out by `newId`, so that a form that is sent twice makes one token. */
  readonly id: string
  readonly purpose: string
  /** Some of those that the person holds. */
  readonly roles: readonly Role[]
  /** From 1 to `maxDays`. */
  readonly days: number
}

/** `token` is shown this once. `too-many`: see `MOST_TOKENS`. */
export type TokenMade =
  | { readonly ok: true; readonly token: string; readonly made: AccessToken }
  | { readonly ok: false; readonly why: 'too-many' | 'made-before' }

/** A token as a page shows it; without its hash. */
export interface TokenView extends Omit<AccessToken, 'tokenHash'> {
  readonly state: 'works' | 'expired' | 'revoked'
  readonly mayRevoke: boolean
}

export class TokenService {
  readonly #options: TokenServiceOptions

  constructor(options: TokenServiceOptions) {
    this.#options = options
  }

  get maxDays(): number {
    return this.#options.maxDays
  }

  newId(): string {
    return idOf('A', this.#options.clock.now(), randomBytes(RANDOM_BYTES))
  }

  /** For whoever is signed in, under its own name. The request has been checked but for what the store knows. */
  async make({ actor, party }: Identity, request: TokenRequest): Promise<TokenMade> {
    const { token, tokenHash } = newToken()
    const { id, purpose, roles, days } = request
    const now = this.#options.clock.now()
    const expiresAt = instantOf(now + days * DAY_MS)
    const made: AccessToken = {
      ...{ id, tokenHash, party: party.id, name: actor.name, roles, purpose, madeAt: now, expiresAt },
      ...{ revokedAt: undefined, revokedBy: undefined },
    }
    return this.#options.store.change(async ({ tokens, audit }) => {
      if (await tokens.find(id)) return { ok: false, why: 'made-before' } as const
      if ((await tokens.countLive(made, now)) >= MOST_TOKENS) return { ok: false, why: 'too-many' } as const
      await tokens.add(made)
      const detail = { purpose, roles, expiresAt }
      await audit.append({ at: now, actor, action: 'token.made', subject: id, detail })
      return { ok: true, token, made } as const
    })
  }

  /** One's own; those of everybody for roles that see all. Newest first. */
  async list(actor: Actor, limit: number, after?: string): Promise<Page<TokenView>> {
    const owner = reachOf(actor, 'tokens') === 'any' ? undefined : actor
    const now = this.#options.clock.now()
    const found = await this.#options.store.read(({ tokens }) => tokens.list(owner, limit, after))
    return { items: found.items.map((token) => this.#view(token, actor, now)), next: found.next }
  }

  /** False when it is none that this role may revoke, or works no more. In force everywhere with the commit. */
  async revoke(actor: Actor, id: string): Promise<boolean> {
    const at = this.#options.clock.now()
    return this.#options.store.change(async ({ tokens, audit }) => {
      const token = await tokens.find(id)
      if (!token || !this.#view(token, actor, at).mayRevoke) return false
      await tokens.revoke(id, at, actor)
      const detail = { party: token.party, name: token.name, purpose: token.purpose }
      await audit.append({ at, actor, action: 'token.revoked', subject: id, detail })
      return true
    })
  }

  /** Whose it is, under the roles that its party still has; undefined when it is none that works. */
  async holderOf(text: string): Promise<Holder | undefined> {
    if (!isToken(text) || this.maxDays === 0) return undefined
    const token = await this.#options.store.read(({ tokens }) => tokens.withHash(tokenHashOf(text)))
    const party = this.#options.parties.find(({ id }) => id === token?.party)
    if (!token || !party || this.#stateOf(token, this.#options.clock.now()) !== 'works') return undefined
    const roles = token.roles.filter((role) => party.roles.includes(role))
    return roles.length > 0 ? { party, roles, name: token.name } : undefined
  }

  #view(token: AccessToken, actor: Actor, now: Instant): TokenView {
    const { tokenHash: _, ...shown } = token
    const state = this.#stateOf(token, now)
    return {
      ...shown,
      expiresAt: this.#endOf(token),
      state,
      mayRevoke: state === 'works' && mayRevoke(actor, token),
    }
  }

  #stateOf(token: AccessToken, now: Instant): TokenView['state'] {
    if (token.revokedAt !== undefined) return 'revoked'
    return now < this.#endOf(token) ? 'works' : 'expired'
  }

  /** A bound that has been lowered since holds for tokens from before too. */
  #endOf({ madeAt, expiresAt }: AccessToken): Instant {
    return instantOf(Math.min(expiresAt, madeAt + this.maxDays * DAY_MS))
  }
}

function mayRevoke(actor: Actor, { party, name }: AccessToken): boolean {
  const isOwn = actor.party === party && actor.name === name
  return isOwn || reachOf(actor, 'revoke-token') === 'any'
}
