/**
 * The OpenID provider that people sign in at: Authorization Code with PKCE, state and nonce by `openid-client`, the claims of
 * whoever signed in, renewing, and the address to sign out.
 *
 * Its discovery document is read when it is first needed and again after an hour. What fails is told in a word or two; texts of the
 * library and of the provider reach nobody.
 */
import * as oidc from 'openid-client'
import { HOUR_MS } from '../../core/device/durations.ts'
import type { Clock } from '../../observe/clock.ts'
import type { Logger } from '../../observe/log.ts'
import { type ClaimMapping, type Claims, hasClaims } from './claims.ts'
import { ProviderFault } from './provider-fault.ts'

interface ProviderOptions {
  readonly issuer: URL
  readonly clientId: string
  /** Read each time that the provider is discovered; undefined for a public client. */
  readonly secret: () => Promise<string | undefined>
  readonly scopes: readonly string[]
  readonly mapping: ClaimMapping
  readonly clockToleranceMs: number
  readonly timeoutMs: number
}

/** What of a sign-in under way has to come back with the browser. */
export interface SignInSecrets {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** Somebody whom the provider has signed in. */
export interface SignedIn {
  readonly claims: Claims
  readonly idToken: string
  /** For how long the provider vouches for it, from now on. */
  readonly lifetimeMs: number
  readonly refreshToken: string | undefined
}

export class SignInProvider {
  readonly #options: ProviderOptions
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #log: Logger
  #found: { readonly config: oidc.Configuration; readonly atMs: number } | undefined
  #finding: Promise<oidc.Configuration> | undefined

  constructor(options: ProviderOptions, clock: Pick<Clock, 'monotonicMs'>, log: Logger) {
    this.#options = options
    this.#clock = clock
    this.#log = log
  }

  get mapping(): ClaimMapping {
    return this.#options.mapping
  }

  get issuer(): string {
    return this.#options.issuer.href
  }

  /** Where to send the browser, and what has to come back with it. Throws a ProviderFault. */
  async begin(redirectUri: string): Promise<{ readonly address: URL; readonly secrets: SignInSecrets }> {
    const config = await this.#config()
    const secrets = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier: oidc.randomPKCECodeVerifier(),
    }
    const address = oidc.buildAuthorizationUrl(config, {
      ...{ redirect_uri: redirectUri, scope: this.#options.scopes.join(' ') },
      ...{ state: secrets.state, nonce: secrets.nonce },
      code_challenge: await oidc.calculatePKCECodeChallenge(secrets.verifier),
      code_challenge_method: 'S256',
      // OpenID Connect Core §11: without it many providers give no refresh token.
      ...(this.#options.scopes.includes('offline_access') && { prompt: 'consent' }),
    })
    return { address, secrets }
  }

  /** Changes the code that came back for tokens, and checks them. Throws a ProviderFault. */
  async complete(cameBackTo: URL, { state, nonce, verifier }: SignInSecrets): Promise<SignedIn> {
    const config = await this.#config()
    return this.#asked(async () => {
      const checks = {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      }
      const tokens = await oidc.authorizationCodeGrant(config, cameBackTo, checks)
      return this.#signedIn(config, tokens, undefined)
    })
  }

  /** Vouched for anew; undefined when the provider does so no longer, or for somebody else. Throws a ProviderFault. */
  async renew(before: SignedIn): Promise<SignedIn | undefined> {
    const { refreshToken } = before
    if (refreshToken === undefined) return undefined
    const config = await this.#config()
    const renewed = await this.#asked(async () => {
      const tokens = await oidc.refreshTokenGrant(config, refreshToken)
      return this.#signedIn(config, tokens, before)
    }).catch((error: unknown) => {
      if (error instanceof ProviderFault && error.trouble !== 'unavailable') return undefined
      throw error
    })
    return renewed?.claims.sub === before.claims.sub ? renewed : undefined
  }

  /** Where the provider ends its own session; undefined where it has no such place, or is not known now. */
  signOutAddress(idToken: string, returnTo: string): string | undefined {
    const config = this.#found?.config
    if (config?.serverMetadata().end_session_endpoint === undefined) return undefined
    return oidc.buildEndSessionUrl(config, { id_token_hint: idToken, post_logout_redirect_uri: returnTo })
      .href
  }

  async #signedIn(
    config: oidc.Configuration,
    tokens: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers,
    before: SignedIn | undefined,
  ): Promise<SignedIn> {
    const own = tokens.claims()
    const claims = own ?? before?.claims
    if (!claims || typeof claims.sub !== 'string') throw new ProviderFault('rejected', 'it gave no ID token')
    const needsMore = own === undefined || !hasClaims(own, this.mapping)
    const more =
      needsMore && config.serverMetadata().userinfo_endpoint !== undefined
        ? await oidc.fetchUserInfo(config, tokens.access_token, claims.sub)
        : {}
    return {
      claims: { ...more, ...claims },
      idToken: tokens.id_token ?? before?.idToken ?? '',
      lifetimeMs: (own ? own.exp - own.iat : (tokens.expires_in ?? 0)) * 1_000,
      refreshToken: tokens.refresh_token ?? before?.refreshToken,
    }
  }

  async #config(): Promise<oidc.Configuration> {
    const found = this.#found
    if (found && this.#clock.monotonicMs() - found.atMs < HOUR_MS) return found.config
    this.#finding ??= this.#asked(() => this.#discover()).finally(() => {
      this.#finding = undefined
    })
    return this.#finding
  }

  async #discover(): Promise<oidc.Configuration> {
    const { issuer, clientId, clockToleranceMs, timeoutMs } = this.#options
    const metadata = { [oidc.clockTolerance]: clockToleranceMs / 1_000 }
    const execute = [oidc.enableNonRepudiationChecks]
    // The configuration has seen to it that this is loopback.
    if (issuer.protocol === 'http:') execute.push(oidc.allowInsecureRequests)
    const auth = authenticationBy(await this.#options.secret())
    const config = await oidc.discovery(issuer, clientId, metadata, auth, {
      execute,
      timeout: timeoutMs / 1_000,
    })
    const found = config.serverMetadata()
    for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const)
      if (found[name] === undefined)
        throw new ProviderFault('unavailable', `its discovery document has no ${name}`)
    this.#found = { config, atMs: this.#clock.monotonicMs() }
    return config
  }

  /** Whatever goes wrong becomes a ProviderFault, and is in the log. */
  async #asked<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      const fault = faultOf(error)
      const { trouble, message: reason } = fault
      this.#log.warn({ issuer: this.issuer, trouble, reason }, 'signing in at the OpenID provider failed')
      throw fault
    }
  }
}

/** In the way that the provider takes; `client_secret_basic` where it does not say. */
function authenticationBy(secret: string | undefined): oidc.ClientAuth {
  if (secret === undefined) return oidc.None()
  const [basic, post] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)]
  return (server, ...rest) => {
    const taken = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    return (taken.includes('client_secret_basic') ? basic : post)(server, ...rest)
  }
}

const CODE = /^[\w.-]{1,60}$/

function faultOf(error: unknown): ProviderFault {
  if (error instanceof ProviderFault) return error
  if (error instanceof oidc.AuthorizationResponseError)
    return new ProviderFault('declined', `it answered ${wordOf(error.error)}`, error)
  if (error instanceof oidc.ResponseBodyError) {
    const isOurs = error.error === 'invalid_client' || error.status >= 500
    return new ProviderFault(isOurs ? 'unavailable' : 'rejected', `it answered ${wordOf(error.error)}`, error)
  }
  if (error instanceof oidc.WWWAuthenticateChallengeError)
    return new ProviderFault('unavailable', 'it did not accept clientId and secret', error)
  const code = codeOf(error)
  return new ProviderFault(UNAVAILABLE.has(code) ? 'unavailable' : 'rejected', REASONS[code] ?? code, error)
}

function wordOf(text: string): string {
  return CODE.test(text) ? text : 'an error'
}

/** The code that says most: of a failed connection that of the system, else that of the library. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const own =
    'code' in error && typeof error.code === 'string' && CODE.test(error.code) ? error.code : undefined
  if (error instanceof oidc.ClientError && own !== undefined) return own
  const deeper = error.cause instanceof Error ? codeOf(error.cause) : undefined
  return deeper !== undefined && deeper !== 'unknown' ? deeper : (own ?? 'unknown')
}

/** In words, what most often goes wrong. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'it cannot be reached (ECONNREFUSED)',
  ENOTFOUND: 'its host is not known (ENOTFOUND)',
  OAUTH_TIMEOUT: 'it did not answer in time',
  OAUTH_RESPONSE_IS_NOT_CONFORM: 'it answered with another status than 200',
  OAUTH_RESPONSE_IS_NOT_JSON: 'what it answered is no JSON',
  OAUTH_PARSE_ERROR: 'what it answered is no JSON',
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'its discovery document names another issuer',
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: 'a claim of the ID token is not the expected one',
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED:
    'the ID token has expired, or the clocks differ by more than the tolerance',
}

/** Of which signing in again is no way out. */
const UNAVAILABLE = new Set([
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'UND_ERR_SOCKET',
    'UND_ERR_CONNECT_TIMEOUT',
  ],
  ...['OAUTH_TIMEOUT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON', 'OAUTH_PARSE_ERROR'],
  ...['OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN'],
  ...[
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ENOENT',
    'EACCES',
  ],
])
