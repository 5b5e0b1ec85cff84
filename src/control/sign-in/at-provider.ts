/**
 * Signing in at the OpenID provider, from the link on the sign-in page to the session. What has to come back with the browser
 * (state, nonce, PKCE verifier, where to go on) is in a cookie for ten minutes, so that any control plane may be come back to.
 */
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Party } from '../../core/restriction/party.ts'
import type { Clock } from '../../observe/clock.ts'
import type { ControlContext } from '../context.ts'
import { FewAtATime } from '../few-at-a-time.ts'
import type { Holder } from '../identity.ts'
import type { Vouched } from '../sessions.ts'
import { type ClaimProblem, holderOf } from './claims.ts'
import type { SignedIn, SignInProvider, SignInSecrets } from './provider.ts'
import { ProviderFault, type ProviderTrouble } from './provider-fault.ts'

/** Where the provider sends browsers back to, below the origin of the page; it is registered there. */
const CALLBACK = '/sign-in/callback'

/** Why nobody was signed in. `not-begun`: not in this browser, or too long ago. */
export type SignInTrouble = ProviderTrouble | ClaimProblem | 'not-begun'

interface CameBack {
  readonly holder: Holder
  readonly vouched: Vouched
  /** As `begin` was given it. */
  readonly next: string
}

/** `who`: how the provider calls somebody whose claims let nobody in. */
export type ComingBack =
  | ({ readonly ok: true } & CameBack)
  | { readonly ok: false; readonly why: SignInTrouble; readonly who?: string }

interface AtProviderOptions {
  readonly provider: SignInProvider
  readonly parties: readonly Party[]
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** Where browsers find the page. */
  readonly origin: string
  readonly isSecure: boolean
}

interface Pending extends SignInSecrets {
  readonly next: string
}

const MAX_AGE_SECONDS = 600
/** Codes that are being changed for tokens. */
const AT_ONCE = 20

export class AtProvider {
  readonly #options: AtProviderOptions
  readonly #exchanges = new FewAtATime(AT_ONCE)

  constructor(options: AtProviderOptions) {
    this.#options = options
  }

  /** Where to send the browser. `next` is where to go on afterwards. */
  async begin(context: ControlContext, next: string): Promise<string | ProviderTrouble> {
    const begun = await troubleIn(this.#options.provider.begin(this.#redirectUri))
    if (typeof begun === 'string') return begun
    const pending: Pending = { ...begun.secrets, next }
    const value = Buffer.from(JSON.stringify(pending)).toString('base64url')
    // Lax: it has to come with the browser from the provider's site.
    setCookie(context, this.#cookieName, value, { ...this.#cookie, maxAge: MAX_AGE_SECONDS })
    return begun.address.href
  }

  /** What came of it. The cookie is gone afterwards, so that an address that comes back twice is worth nothing. */
  async comeBack(context: ControlContext): Promise<ComingBack> {
    const pending = pendingIn(getCookie(context, this.#cookieName))
    deleteCookie(context, this.#cookieName, this.#cookie)
    if (!pending || context.req.query('state') !== pending.state) return { ok: false, why: 'not-begun' }
    const cameBackTo = new URL(this.#redirectUri)
    cameBackTo.search = new URL(context.req.url).search
    const signedIn = await this.#exchanges.run(() =>
      troubleIn(this.#options.provider.complete(cameBackTo, pending)),
    )
    if (signedIn === 'too-many') return { ok: false, why: 'unavailable' }
    if (typeof signedIn === 'string') return { ok: false, why: signedIn }
    const holder = this.#holderOf(signedIn)
    if (typeof holder === 'string') return { ok: false, why: holder, who: String(signedIn.claims.sub) }
    return { ok: true, holder, vouched: this.#vouched(holder, signedIn), next: pending.next }
  }

  /** Where the provider's own session ends; undefined where it has no such place. */
  signOutAddress({ idToken }: Vouched): string | undefined {
    return this.#options.provider.signOutAddress(idToken, `${this.#options.origin}/sign-in`)
  }

  get issuer(): string {
    return this.#options.provider.issuer
  }

  #holderOf({ claims }: SignedIn): Holder | ClaimProblem {
    return holderOf(claims, this.#options.provider.mapping, this.#options.parties)
  }

  /** Whoever is vouched for as somebody else, or under other roles, signs in again. */
  #vouched(holder: Holder, signedIn: SignedIn): Vouched {
    return {
      untilMs: this.#options.clock.monotonicMs() + signedIn.lifetimeMs,
      idToken: signedIn.idToken,
      renew: async () => {
        const renewed = await troubleIn(this.#options.provider.renew(signedIn))
        if (renewed === undefined || typeof renewed === 'string') return undefined
        const now = this.#holderOf(renewed)
        return isSame(holder, now) ? this.#vouched(holder, renewed) : undefined
      },
    }
  }

  get #redirectUri(): string {
    return `${this.#options.origin}${CALLBACK}`
  }

  get #cookieName(): string {
    return this.#options.isSecure ? '__Host-duisgate-sign-in' : 'duisgate-sign-in'
  }

  get #cookie() {
    return { httpOnly: true, sameSite: 'Lax', secure: this.#options.isSecure, path: '/' } as const
  }
}

function isSame(one: Holder, other: Holder | ClaimProblem): boolean {
  if (typeof other === 'string') return false
  return one.party.id === other.party.id && one.name === other.name && one.roles.join() === other.roles.join()
}

async function troubleIn<Result>(work: Promise<Result>): Promise<Result | ProviderTrouble> {
  try {
    return await work
  } catch (error) {
    if (error instanceof ProviderFault) return error.trouble
    throw error
  }
}

function pendingIn(cookie: string | undefined): Pending | undefined {
  try {
    const given: unknown = JSON.parse(Buffer.from(cookie ?? '', 'base64url').toString())
    return isPending(given) ? given : undefined
  } catch {
    return undefined
  }
}

function isPending(given: unknown): given is Pending {
  if (typeof given !== 'object' || given === null) return false
  return ['state', 'nonce', 'verifier', 'next'].every((name) => typeof Reflect.get(given, name) === 'string')
}
