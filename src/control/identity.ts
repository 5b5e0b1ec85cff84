/**
 * Who makes a request: the bearer token leads to a party, the roles it may act under, and the name that the audit has.
 *
 * The configuration holds only the SHA-256 of each token. A token is 256 random bits, so there is nothing to guess and a
 * slow hash would protect nothing. Every hash is compared, in constant time, whether or not one has matched already.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Actor, type Party, ROLES, type Role } from '../core/restriction/party.ts'

/** One token as the configuration names it. */
export interface Credential {
  /** SHA-256 of the token, 64 hex digits. */
  readonly tokenHash: string
  /** ID of the party it belongs to. */
  readonly party: string
  readonly roles: readonly Role[]
  /** The person or system that holds it, for the audit: `jane.doe`, `batch-7`. */
  readonly name: string
}

/** Who acts, under exactly one role. */
export interface Identity {
  readonly actor: Actor
  readonly party: Party
  /** All roles that the credential may act under. */
  readonly roles: readonly Role[]
}

/** A party and the roles that a token gives it, before one role is chosen. */
export interface Holder {
  readonly party: Party
  readonly roles: readonly Role[]
  readonly name: string
}

/** A new token and what the configuration needs of it. The token itself is shown once and kept nowhere. */
export interface NewToken {
  readonly token: string
  readonly tokenHash: string
}

/** Says what the text is wherever it turns up; scanners for leaked secrets look for such prefixes. */
const TOKEN_PREFIX = 'duisgate_'
const TOKEN_BYTES = 32
const TOKEN = /^duisgate_[A-Za-z0-9_-]{43}$/

/** Makes a token of 256 random bits. */
export function newToken(): NewToken {
  const token = TOKEN_PREFIX + randomBytes(TOKEN_BYTES).toString('base64url')
  return { token, tokenHash: tokenHashOf(token) }
}

/** Whether the text has the form of a token. */
export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/** What is kept of a token. */
export function tokenHashOf(token: string): string {
  return hashOf(token).toString('hex')
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

interface Entry {
  readonly hash: Buffer
  readonly holder: Holder
}

/** All tokens of the configuration. */
export class Identities {
  readonly #entries: readonly Entry[]

  /** Takes credentials that `credentialProblems` has found nothing wrong with; one of an unknown party is left out. */
  constructor(parties: readonly Party[], credentials: readonly Credential[]) {
    const byId = new Map(parties.map((party) => [party.id, party]))
    this.#entries = credentials.flatMap((credential) => {
      const party = byId.get(credential.party)
      return party ? [entryOf(party, credential)] : []
    })
  }

  /** Whose token it is; undefined when nobody's. */
  find(token: string): Holder | undefined {
    if (!isToken(token)) return undefined
    const hash = hashOf(token)
    const [found] = this.#entries.filter((entry) => timingSafeEqual(entry.hash, hash))
    return found?.holder
  }
}

function entryOf(party: Party, { tokenHash, roles, name }: Credential): Entry {
  const held = roles.filter((role) => party.roles.includes(role))
  return { hash: Buffer.from(tokenHash, 'hex'), holder: { party, roles: held, name } }
}

/** Everything that is wrong with the credentials, each with what to do; empty when nothing is. */
export function credentialProblems(
  parties: readonly Party[],
  credentials: readonly Credential[],
): readonly string[] {
  const byId = new Map(parties.map((party) => [party.id, party]))
  const seen = new Set<string>()
  return credentials.flatMap((credential, index) => {
    const isTwice = seen.has(credential.tokenHash)
    seen.add(credential.tokenHash)
    const problems = problemsOf(credential, byId.get(credential.party))
    if (isTwice) problems.push('has the token of another one; make a token for each')
    return problems.map((text) => `credential ${index + 1} (${credential.name}) ${text}`)
  })
}

function problemsOf({ tokenHash, party: id, roles }: Credential, party: Party | undefined): string[] {
  const problems: string[] = []
  if (!/^[0-9a-f]{64}$/.test(tokenHash))
    problems.push('has no SHA-256 of a token; give 64 lower-case hex digits')
  if (!party) return [...problems, `names the party ${id}, which is not configured; add it to the parties`]
  if (roles.length === 0) problems.push('has no role; give at least one')
  for (const role of roles)
    if (!party.roles.includes(role)) problems.push(`has the role ${role}, which ${id} does not have`)
  return problems
}

/** The identity under one role. Undefined `asked` will do when there is only one. */
export function actingAs(
  { party, roles, name }: Holder,
  asked: string | undefined,
): { readonly identity: Identity } | { readonly problem: 'role-needed' | 'role-not-held' } {
  if (asked === undefined && roles.length > 1) return { problem: 'role-needed' }
  const role = asked === undefined ? roles[0] : roles.find((each) => each === asked)
  if (role === undefined) return { problem: 'role-not-held' }
  return { identity: { party, roles, actor: { party: party.id, role, name } } }
}

/** Whether the text names a role. */
export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text)
}
