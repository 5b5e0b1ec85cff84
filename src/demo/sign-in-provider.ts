/**
 * The OpenID provider of the demo, on loopback, with an account for each sample party. It asks for no password and loads nothing
 * from elsewhere. Its package is for development, so a plain installation of the service does not have it.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { KoaContext, Provider } from 'oidc-provider'
import { ConfigurationFault, errorCode } from '../config/configuration-fault.ts'
import { type Html, html } from '../control/html/html.ts'
import { SAMPLE_PARTIES, type SampleParty } from './parties.ts'
import { bodyOf, closed, listening } from './stub-upstreams.ts'

const CLIENT_ID = 'duisgate-demo'
const SECRET_BYTES = 32
/** Of what the provider remembers: about as long as somebody tries the demo. */
const LIFETIME_S = 8 * 3_600

export interface SampleProvider {
  readonly issuer: string
  /** Settings of the control plane that sends people here, as `--set` takes them. */
  readonly settings: readonly string[]
  close(): Promise<void>
}

export type ProviderPackage = Awaited<ReturnType<typeof loadProviderPackage>>

/** Throws a ConfigurationFault where the package is not installed. */
export async function loadProviderPackage() {
  try {
    const { Provider } = await import('oidc-provider')
    const { createMemoryAdapter } = await import('oidc-provider/lib/adapters/memory_adapter.js')
    return { Provider, createMemoryAdapter }
  } catch (error) {
    if (errorCode(error) !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new ConfigurationFault(
      '--oidc needs the package oidc-provider, which is not installed here; run the demo from a checkout after npm ci, with development dependencies',
    )
  }
}

/** How an account is called in the audit. */
export function accountName({ id }: Pick<SampleParty, 'id'>): string {
  return `someone.${id.toLowerCase()}`
}

/** For the page that will be served at this origin. */
export async function startSampleProvider(
  from: ProviderPackage,
  { origin, host }: URL,
): Promise<SampleProvider> {
  let serve = (_: IncomingMessage, response: ServerResponse): unknown => response.end()
  const server = createServer((request, response) => serve(request, response))
  const issuer = `http://127.0.0.1:${(await listening(server)).port}`
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  serve = serving(new from.Provider(issuer, configuration(from, origin, secret)))
  const oidc = 'controlPlane.signIn.oidc'
  return {
    issuer,
    settings: [
      `controlPlane.listen=${host}`,
      `controlPlane.origin=${origin}`,
      `${oidc}.issuer=${issuer}`,
      `${oidc}.clientId=${CLIENT_ID}`,
      `${oidc}.clientSecret=${secret}`,
    ],
    close: () => closed(server),
  }
}

function configuration({ createMemoryAdapter }: ProviderPackage, origin: string, secret: string): object {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const lifetimes = ['AccessToken', 'Grant', 'IdToken', 'Interaction', 'Session']
  return {
    adapter: createMemoryAdapter(),
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: secret,
        id_token_signed_response_alg: 'ES256',
        redirect_uris: [`${origin}/sign-in/callback`],
        post_logout_redirect_uris: [`${origin}/sign-in`],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' }] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    cookies: { keys: [randomBytes(SECRET_BYTES).toString('base64url')] },
    ttl: { ...Object.fromEntries(lifetimes.map((name) => [name, LIFETIME_S])), AuthorizationCode: 60 },
    claims: { openid: ['sub'], profile: ['preferred_username', 'organisation', 'roles'] },
    conformIdTokenClaims: false,
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { logoutSource: showSignOut },
    },
    interactions: { url: () => INTERACTION },
    loadExistingGrant: grantOf,
    findAccount: (_: unknown, id: string) => accountOf(id),
  }
}

function accountOf(id: string) {
  const party = SAMPLE_PARTIES.find((candidate) => candidate.id === id)
  if (!party) return undefined
  const claims = { preferred_username: accountName(party), organisation: party.id, roles: [party.role] }
  return { accountId: id, claims: () => ({ sub: id, ...claims }) }
}

/** Nobody is asked whether the page may know who they are. */
async function grantOf({ oidc }: KoaContext) {
  const grant = new oidc.provider.Grant({
    clientId: oidc.client.clientId,
    accountId: oidc.session.accountId,
  })
  grant.addOIDCScope(oidc.params.scope)
  await grant.save()
  return grant
}

/** Where somebody chooses an account. */
const INTERACTION = '/choose'

function serving(provider: Provider) {
  const protocol = provider.callback()
  return async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url !== INTERACTION) return protocol(request, response)
    try {
      await choose(provider, request, response)
    } catch {
      show(response, 400, 'Begin again', html`<p>Nothing was begun in this browser. Go back to the page.</p>`)
    }
  }
}

async function choose(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  await provider.interactionDetails(request, response)
  if (request.method !== 'POST') return show(response, 200, 'Choose who you are', accountForm())
  const accountId = new URLSearchParams((await bodyOf(request)).toString()).get('account') ?? ''
  if (!accountOf(accountId)) return show(response, 422, 'Choose who you are', accountForm())
  await provider.interactionFinished(request, response, { login: { accountId } })
}

function accountForm(): Html {
  return html`<p>These accounts are the demo’s own and have no password.</p>
<form method="post" action="${INTERACTION}">
${SAMPLE_PARTIES.map(({ id, name, role }) => html`<p><button name="account" value="${id}">${name} (${role})</button></p>`)}
</form>`
}

/** `form`: of the provider, without a button. */
function showSignOut(context: KoaContext, form: string): void {
  const button = html`<p><button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button></p>`
  context.body = documentOf('Sign out here too?', `${form}${button}`)
}

function show(response: ServerResponse, status: number, title: string, content: Html): void {
  const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }
  response.writeHead(status, headers).end(documentOf(title, String(content)))
}

/** `content` is markup. */
function documentOf(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} – OpenID provider of the demo</title></head>
<body><main><h1>${title}</h1>
${content}
</main></body>
</html>`
}
