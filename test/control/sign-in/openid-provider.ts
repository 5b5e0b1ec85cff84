/** A real OpenID provider on loopback, with people, and a hand on what its ID tokens say. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

type Claims = Record<string, unknown>

/** By the login that the provider asks for. */
const PEOPLE: Readonly<Record<string, Claims>> = {
  jane: { preferred_username: 'jane.doe', organisation: 'acme', roles: ['flag-suppliers', 'choir'] },
  bo: { preferred_username: 'bo.two', organisation: 'both', roles: ['flag-suppliers', 'flag-auditors'] },
  stranger: { preferred_username: 's', organisation: 'elsewhere', roles: ['flag-suppliers'] },
  twofold: { preferred_username: 't', organisation: ['acme', 'both'], roles: ['flag-suppliers'] },
  idle: { preferred_username: 'i', organisation: 'acme', roles: ['choir'] },
  proud: { preferred_username: 'p', organisation: 'acme', roles: ['flag-suppliers', 'flag-auditors'] },
  nameless: { organisation: 'acme', roles: ['flag-suppliers'] },
}

interface ProviderHands {
  /** Changes the claims of every ID token, which is then signed anew. */
  alter?: (claims: Claims) => Claims
  /** Signs them with a key that the provider does not publish. */
  isForged?: boolean
  people: Record<string, Claims>
}

export interface OpenIdProvider {
  readonly issuer: string
  readonly hands: ProviderHands
  /** What its token endpoint was asked. */
  readonly asked: () => number
  stop(): Promise<void>
}

export interface ProviderSetUp {
  /** Of the page. */
  readonly origin: string
  /** ID tokens have all claims; else userinfo has them. */
  readonly inIdToken?: boolean
  readonly lifetimeS?: number
}

/** A server of loopback whose handler comes later, because provider and page have to know each other's address. */
export async function lateServer(host: string) {
  let handler: (request: IncomingMessage, response: ServerResponse) => unknown = (_, response) =>
    response.end()
  const server = createServer((request, response) => handler(request, response))
  await once(server.listen(0, host), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    serve: (by: typeof handler) => {
      handler = by
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** On localhost, which is another site than 127.0.0.1 of the page. */
export async function startProvider({
  origin,
  inIdToken = true,
  lifetimeS = 3_600,
}: ProviderSetUp): Promise<OpenIdProvider> {
  const server = await lateServer('localhost')
  const issuer = `http://localhost:${server.port}`
  const [key, foreign] = [newKey(), newKey()]
  const hands: ProviderHands = { people: { ...PEOPLE } }
  let asked = 0
  const provider = new Provider(issuer, {
    clients: [
      {
        ...{ client_id: 'duisgate', client_secret: 'a-secret', id_token_signed_response_alg: 'ES256' },
        ...{
          redirect_uris: [`${origin}/sign-in/callback`],
          post_logout_redirect_uris: [`${origin}/sign-in`],
        },
        ...{ grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
      },
    ],
    jwks: { keys: [{ ...key.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'ES256' }] },
    cookies: { keys: ['for tests'] },
    claims: { openid: ['sub'], profile: ['preferred_username', 'organisation', 'roles'] },
    conformIdTokenClaims: !inIdToken,
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    ttl: { ...TTL, IdToken: lifetimeS, AccessToken: lifetimeS },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id, ...hands.people[id] }),
    }),
  })
  provider.use<{ path: string; body?: { id_token?: string } }>(async (context, next) => {
    if (context.path === '/token') asked++
    await next()
    const { body } = context
    if (body?.id_token !== undefined && (hands.alter || hands.isForged))
      body.id_token = altered(body.id_token, hands, hands.isForged ? foreign : key)
  })
  server.serve(provider.callback())
  return { issuer, hands, asked: () => asked, stop: server.stop }
}

const TTL = { Interaction: 600, Session: 3_600, Grant: 3_600, RefreshToken: 3_600, AuthorizationCode: 60 }

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

function altered(token: string, { alter = (claims) => claims }: ProviderHands, key: KeyObject): string {
  const [head = '', body = ''] = token.split('.')
  const claims = alter(JSON.parse(Buffer.from(body, 'base64url').toString()))
  const signed = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}
