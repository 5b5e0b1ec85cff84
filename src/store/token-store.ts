/**
 * The part of the store's ports that keeps access tokens which people made themselves. Of a token its hash alone is kept; tokens of
 * the configuration are not here.
 */
import type { Instant } from '../core/device/device.ts'
import type { Actor, Role } from '../core/restriction/party.ts'
import type { Page } from './control-store.ts'

export interface AccessToken {
  /** Sorts by the time it was made. */
  readonly id: string
  /** SHA-256 of the token, 64 hex digits. */
  readonly tokenHash: string
  /** Whose it is: a party, and a person or system of it as the audit names them. */
  readonly party: string
  readonly name: string
  readonly roles: readonly Role[]
  /** What it is for, in its owner's words. */
  readonly purpose: string
  readonly madeAt: Instant
  /** From then on it is worth nothing. */
  readonly expiresAt: Instant
  /** Absent while nobody has revoked it. */
  readonly revokedAt: Instant | undefined
  readonly revokedBy: Actor | undefined
}

/** Of everybody where it is absent. */
export interface TokenOwner {
  readonly party: string
  readonly name: string
}

export interface TokenRecords {
  find(id: string): Promise<AccessToken | undefined>
  /** Also one that has expired or was revoked. */
  withHash(tokenHash: string): Promise<AccessToken | undefined>
  /** Newest first; `after` is a page's `next`. */
  list(owner: TokenOwner | undefined, limit: number, after?: string): Promise<Page<AccessToken>>
  /** Neither revoked nor expired at `now`. */
  countLive(owner: TokenOwner, now: Instant): Promise<number>
}

export interface TokenChanges extends TokenRecords {
  /** False when there is one of that ID, which stays as it is. */
  add(token: AccessToken): Promise<boolean>
  /** One that was revoked before stays as it was. */
  revoke(id: string, at: Instant, by: Actor): Promise<void>
}
