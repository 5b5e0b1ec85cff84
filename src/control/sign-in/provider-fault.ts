/** Faults of signing in at the OpenID provider. Apart from the provider, whose library is loaded only where one is configured. */

/**
 * `unavailable`: it does not answer, or not as a provider does. `declined`: it says that the person may not, or does not want to.
 * `rejected`: what came back does not hold.
 */
export type ProviderTrouble = 'unavailable' | 'declined' | 'rejected'

export class ProviderFault extends Error {
  readonly trouble: ProviderTrouble
  constructor(trouble: ProviderTrouble, reason: string, cause?: unknown) {
    super(reason, { cause })
    this.name = 'ProviderFault'
    this.trouble = trouble
  }
}
