/** Whose token it is, for the API and for signing in; tokens that nobody has are counted and slowed down. */
import type { FailedAttempts } from './attempts.ts'
import type { ControlContext } from './context.ts'
import type { Holder, Identities } from './identity.ts'
import type { TokenService } from './token-service.ts'

/**
 * `isMade`: a token that its holder made on the page, which is for the API alone. `retryAfterS`: whole seconds after which the
 * sender may try again; 0 when it has not tried too often.
 */
export type Recognised =
  | { readonly holder: Holder; readonly isMade: boolean }
  | { readonly retryAfterS: number }

export class Recognition {
  readonly #identities: Identities
  readonly #made: Pick<TokenService, 'holderOf'>
  readonly #attempts: FailedAttempts

  constructor(identities: Identities, made: Pick<TokenService, 'holderOf'>, attempts: FailedAttempts) {
    this.#identities = identities
    this.#made = made
    this.#attempts = attempts
  }

  /** The log learns of an address that tries too often, and nothing of the token. */
  async of(context: ControlContext, token: string): Promise<Recognised> {
    const configured = this.#identities.find(token)
    if (configured) return { holder: configured, isMade: false }
    const holder = await this.#made.holderOf(token)
    if (holder) return { holder, isMade: true }
    return { retryAfterS: this.failed(context, token) }
  }

  /** Counts a failed attempt to come in, with what was shown; answers after how many whole seconds the next may come. */
  failed(context: ControlContext, shown: string): number {
    const address = context.env?.incoming?.socket.remoteAddress ?? 'unknown'
    const retryAfterS = this.#attempts.count(address, shown)
    if (retryAfterS > 0) {
      const requestId = context.get('requestId')
      context.get('log').warn({ requestId, address, retryAfterS }, 'too many failed attempts to come in')
    }
    return retryAfterS
  }
}
