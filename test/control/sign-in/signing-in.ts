/** The page on a socket with a real OpenID provider at its side, and somebody who signs in, by HTTP alone. */
import { getRequestListener } from '@hono/node-server'
import { type ControlAppOptions, createControlApp } from '../../../src/control/app.ts'
import { SignInProvider } from '../../../src/control/sign-in/provider.ts'
import { createLog } from '../../../src/observe/log.ts'
import { type Household, household } from '../page/household.ts'
import { lateServer, type OpenIdProvider, type ProviderSetUp, startProvider } from './openid-provider.ts'

export interface PageAtProvider {
  readonly house: Household
  readonly origin: string
  readonly provider: OpenIdProvider
  /** Has another control plane with the same configuration, on the same store, serve the origin from now on. */
  readonly turnToAnother: () => void
  /** Moves the monotonic clock of the page. */
  readonly pass: (ms: number) => void
  readonly logged: () => string
}

interface SetUp extends Omit<ProviderSetUp, 'origin'> {
  readonly takesTokens?: boolean
  readonly scopes?: readonly string[]
  readonly clockToleranceMs?: number
  /** Absent: the provider that is started. */
  readonly issuer?: (started: string) => string
  readonly secret?: string
}

/** Both close with the test. */
export async function pageAtProvider(
  t: { teardown(work: () => unknown): void },
  setUp: SetUp = {},
): Promise<PageAtProvider> {
  const house = await household(t)
  const server = await lateServer('127.0.0.1')
  t.teardown(server.stop)
  const origin = `http://127.0.0.1:${server.port}`
  const provider = await startProvider({ origin, ...setUp })
  t.teardown(provider.stop)
  let passed = 0
  const lines: string[] = []
  const clock = { now: house.options.clock.now, monotonicMs: () => performance.now() + passed }
  const log = createLog({ level: 'trace', destination: { write: (line) => void lines.push(line) } })
  const options: ControlAppOptions = { ...house.options, origin, clock, log }
  const client = () =>
    new SignInProvider(
      {
        issuer: new URL(setUp.issuer?.(provider.issuer) ?? provider.issuer),
        ...{ clientId: 'duisgate', secret: async () => setUp.secret ?? 'a-secret' },
        scopes: setUp.scopes ?? ['openid', 'profile'],
        mapping: {
          ...{ nameClaim: 'preferred_username', partyClaim: 'organisation', roleClaim: 'roles' },
          parties: { acme: 'SUP-E', both: 'BOTH' },
          roles: { 'flag-suppliers': 'supplier', 'flag-auditors': 'auditor' },
        },
        ...{ clockToleranceMs: setUp.clockToleranceMs ?? 30_000, timeoutMs: 5_000 },
      },
      clock,
      log,
    )
  const turnToAnother = () => {
    const signIn = { takesTokens: setUp.takesTokens ?? true, tokenDays: 90, provider: client() }
    const { app } = createControlApp({ ...options, signIn })
    server.serve(getRequestListener(app.fetch, { overrideGlobalObjects: false }))
  }
  turnToAnother()
  const pass = (ms: number) => {
    passed += ms
  }
  return { house, origin, provider, turnToAnother, pass, logged: () => lines.join('') }
}

/** A browser without scripts: a cookie jar for each site, redirects and refreshes followed, forms of the provider filled in. */
export class Somebody {
  readonly #jars = new Map<string, Map<string, string>>()
  status = 0
  at = new URL('about:blank')
  text = ''
  /** Goes no further than to an address that begins so, which `sentTo` has then. */
  stopsBefore: string | undefined
  sentTo = ''
  /** Every address that was asked for. */
  readonly way: string[] = []

  async get(address: string | URL): Promise<this> {
    return this.#ask(new URL(address, this.at.href === 'about:blank' ? undefined : this.at))
  }

  async post(address: string | URL, fields: Readonly<Record<string, string>>): Promise<this> {
    return this.#ask(new URL(address, this.at), new URLSearchParams(fields))
  }

  /** Follows the link on the sign-in page and everything after it until a page of the origin is shown. */
  async signIn({ origin }: Pick<PageAtProvider, 'origin'>, login: string, next = '/'): Promise<this> {
    await this.get(`${origin}/sign-in/provider?${new URLSearchParams({ next })}`)
    return this.answer(origin, login)
  }

  /** Fills in the provider's forms for as long as it shows some. */
  async answer(origin: string, login: string): Promise<this> {
    while (this.at.origin !== origin && this.text.includes('<form')) {
      const action = /<form[^>]*action="([^"]*)"/.exec(this.text)?.[1] ?? ''
      await this.post(action, { ...this.#hidden(), login, password: 'any' })
    }
    return this
  }

  /** The form of the page that signs out, and the provider's that asks whether one means it. */
  async signOut(): Promise<this> {
    await this.post('/sign-out', { csrf: this.#hidden().csrf ?? '' })
    if (this.text.includes('op.logoutForm')) {
      const action = /<form[^>]*action="([^"]*)"/.exec(this.text)?.[1] ?? ''
      await this.post(action, { ...this.#hidden(), logout: 'yes' })
    }
    return this
  }

  cookie(name: string): string | undefined {
    return this.#jar(this.at).get(name)
  }

  setCookie(name: string, value: string): void {
    this.#jar(this.at).set(name, value)
  }

  #jar({ host }: URL): Map<string, string> {
    const jar = this.#jars.get(host) ?? new Map()
    this.#jars.set(host, jar)
    return jar
  }

  #hidden(): Record<string, string> {
    const found = this.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)
    return Object.fromEntries([...found].map(([, name, value]) => [name ?? '', value ?? '']))
  }

  /** One request, without what would follow it. */
  async once(url: URL, body?: URLSearchParams): Promise<Response> {
    this.way.push(url.href)
    const jar = this.#jar(url)
    const response = await fetch(url, {
      ...{ redirect: 'manual', ...(body && { method: 'POST', body }) },
      headers: {
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
        'sec-fetch-site': 'same-origin',
      },
    })
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }

  async #ask(url: URL, body?: URLSearchParams): Promise<this> {
    const response = await this.once(url, body)
    this.text = await response.text()
    this.status = response.status
    this.at = url
    const refresh = /http-equiv="refresh" content="0; url=([^"]*)"/.exec(this.text)?.[1]
    const next = response.headers.get('location') ?? refresh?.replaceAll('&amp;', '&')
    if (next === undefined || next === null) return this
    const following = new URL(next, url)
    if (this.stopsBefore === undefined || !following.href.startsWith(this.stopsBefore))
      return this.#ask(following)
    this.sentTo = following.href
    this.text = ''
    return this
  }
}
