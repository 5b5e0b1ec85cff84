/** Whose token it is, for the API and for signing in; tokens that nobody has are counted and slowed down. */
import type { FailedAttempts } from './attempts.ts'
import type { ControlContext } from './context.ts'
import type { Holder, Identities } from './identity.ts'

/** `retryAfterS`: whole seconds after which the sender may try again; 0 when it has not tried too often. */
export type Recognised = { readonly holder: Holder } | { readonly retryAfterS: number }

export class Recognition {
  readonly #identities: Identities
  readonly #attempts: FailedAttempts

  constructor(identities: Identities, attempts: FailedAttempts) {
    this.#identities = identities
    this.#attempts = attempts
  }

  /** The log learns of an address that tries too often, and nothing of the token. */
  of(context: ControlContext, token: string): Recognised {
    const holder = this.#identities.find(token)
    if (holder) return { holder }
    const address = context.env?.incoming?.socket.remoteAddress ?? 'unknown'
    const retryAfterS = this.#attempts.count(address, token)
    if (retryAfterS > 0) {
      const requestId = context.get('requestId')
      context.get('log').warn({ requestId, address, retryAfterS }, 'too many unknown tokens')
    }
    return { retryAfterS }
  }
}
