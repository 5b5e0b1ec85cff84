/** The control plane over a real store with a household, a token for every party, and answers held against its document. */
import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { loadCatalogue } from '../../src/config/load-catalogue.ts'
import { loadTable } from '../../src/config/load-table.ts'
import { type ControlApp, createControlApp } from '../../src/control/app.ts'
import { type Credential, newToken, tokenHashOf } from '../../src/control/identity.ts'
import { openApiDocument } from '../../src/control/openapi.ts'
import type { MountPage } from '../../src/control/page-seam.ts'
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import type { Table } from '../../src/core/policy/table.ts'
import type { Party, Role } from '../../src/core/restriction/party.ts'
import type { Clock } from '../../src/observe/clock.ts'
import { createLog } from '../../src/observe/log.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { DECLARATION, HOUSEHOLD, PARTIES, REGISTRATIONS, START } from '../restriction/scene.ts'
import { Documented, type OpenApi } from './documented.ts'
import { testPolicyParts } from './policy-parts.ts'

export const ALL_PARTIES: readonly Party[] = [
  ...PARTIES,
  { id: 'BOTH', name: 'Supplier that audits', roles: ['supplier', 'auditor'], euis: [] },
  { id: 'TWO', name: 'Supplier that runs a Service Centre', roles: ['supplier', 'service-centre'], euis: [] },
  { id: 'OPS-2', name: 'DSP operations, second site', roles: ['operations'], euis: [] },
]

/** A clock that a test moves. */
export class DeskClock implements Clock {
  wall: Instant = START
  monotonic = 0

  now(): Instant {
    return this.wall
  }

  monotonicMs(): number {
    return this.monotonic
  }

  pass(ms: number): void {
    this.wall = instantOf(this.wall + ms)
    this.monotonic += ms
  }
}

interface Asked {
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

interface Answered<Content = Record<string, unknown>> {
  readonly status: number
  readonly headers: Headers
  readonly json: Content
  readonly text: string
}

// biome-ignore lint/suspicious/noExplicitAny: a test says by what it looks at which shape it expects, and fails otherwise
type Anything = any

export interface Desk {
  readonly control: ControlApp
  readonly store: SqlStore
  readonly clock: DeskClock
  readonly tokens: Readonly<Record<string, string>>
  /** Everything that was logged. */
  readonly logged: () => string
  /** Asks the API as a party; `body` goes as JSON unless it is text. */
  ask(party: string | undefined, path: string, asked?: Asked): Promise<Answered<Anything>>
}

export interface DeskOptions {
  readonly file?: string
  /** In place of one of SQLite; with a clock of its own. */
  readonly store?: SqlStore
  readonly isEmpty?: boolean
  readonly mountPage?: MountPage
  readonly isSecure?: boolean
  readonly origin?: string
  readonly cursorKey?: Buffer
  readonly journalFolders?: readonly string[]
  readonly tokens?: Readonly<Record<string, string>>
}

let loaded: Promise<Table> | undefined

/** The shipped table. */
export function recommendedTable(): Promise<Table> {
  loaded ??= loadTable('policy/recommended.yaml', loadCatalogue()).then((compiled) => {
    if (!compiled.ok) throw new Error('the shipped table has problems')
    return compiled.table
  })
  return loaded
}

/** The same for every desk, as every app has the same endpoints. */
let documented: Documented | undefined

/** Opens the desk; it closes with the test. */
export async function openDesk(t: Test, options: DeskOptions = {}): Promise<Desk> {
  const clock = new DeskClock()
  const store = options.store ?? openSqliteStore({ file: options.file ?? ':memory:', now: () => clock.now() })
  t.teardown(() => store.close())
  if (!options.isEmpty)
    await store.change(async (unit) => {
      await unit.inventory.put(HOUSEHOLD)
      await unit.inventory.putRegistrations(REGISTRATIONS)
    })
  const table = await recommendedTable()
  const lines: string[] = []
  const { credentials, tokens } = credentialsOf(options.tokens)
  const control = createControlApp({
    restrictions: { store, parties: ALL_PARTIES, regionsOfCsp: new Map([['CSP-N', ['North']]]) },
    table: () => table,
    policy: testPolicyParts(options.journalFolders),
    clock,
    log: createLog({ level: 'trace', destination: { write: (line) => void lines.push(line) } }),
    credentials,
    isSecure: options.isSecure ?? false,
    ...(options.origin ? { origin: options.origin } : {}),
    ...(options.mountPage ? { mountPage: options.mountPage } : {}),
    ...(options.cursorKey ? { cursorKey: options.cursorKey } : {}),
  })
  documented ??= new Documented(openApiDocument(control.app) as OpenApi)
  const isAsDocumented = documented
  return {
    ...{ control, store, clock, tokens },
    logged: () => lines.join(''),
    async ask(party, path, asked = {}) {
      const request = requestOf(party === undefined ? undefined : tokens[party], path, asked)
      const response = await control.app.request(request)
      const faults = await isAsDocumented.faults(request.method, path, response)
      if (faults.length > 0) t.fail('an answer is not as the OpenAPI document says', { faults })
      return answered(response)
    },
  }
}

function credentialsOf(given: Readonly<Record<string, string>> = {}) {
  const tokens: Record<string, string> = {}
  const credentials: Credential[] = ALL_PARTIES.map(({ id, roles }) => {
    const { token, tokenHash } = given[id] === undefined ? newToken() : tokenAgain(given[id])
    tokens[id] = token
    return { tokenHash, party: id, roles, name: `somebody at ${id}` }
  })
  return { credentials, tokens }
}

function tokenAgain(token: string) {
  return { token, tokenHash: tokenHashOf(token) }
}

function requestOf(token: string | undefined, path: string, { method, body, headers }: Asked): Request {
  const isText = typeof body === 'string' || body instanceof ReadableStream
  return new Request(new URL(path, 'http://localhost'), {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    ...(body === undefined
      ? {}
      : { body: isText ? (body as string | ReadableStream) : JSON.stringify(body), duplex: 'half' }),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': isText ? 'text/csv' : 'application/json' }),
      ...headers,
    },
  })
}

async function answered(response: Response): Promise<Answered<Anything>> {
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') ?? false
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  }
}

/** A set request as JSON. */
export function setBody(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { mpxn: '1200000000011', declaration: DECLARATION, ...fields }
}

/** A clear request as JSON. */
export const CLEAR_BODY = { reason: 'consumer-request', reference: 'CASE-4712' }

/** A key that nobody has used. */
export function freshKey(): string {
  return randomUUID()
}

/** The first party that holds the role and no other. */
export function partyWith(role: Role): string {
  const party = ALL_PARTIES.find(({ roles }) => roles.length === 1 && roles[0] === role)
  if (!party) throw new Error(`no party has just the role ${role}`)
  return party.id
}
