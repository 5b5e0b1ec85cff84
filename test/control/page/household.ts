/** The control app with the page on it, over a real store with a household, its parties and a token for each. */
import { loadCatalogue } from '../../../src/config/load-catalogue.ts'
import { loadTable } from '../../../src/config/load-table.ts'
import { tablePathOf } from '../../../src/config/table-path.ts'
import { type ControlApp, type ControlAppOptions, createControlApp } from '../../../src/control/app.ts'
import { type Credential, newToken } from '../../../src/control/identity.ts'
import { createPage } from '../../../src/control/page/mount-page.ts'
import { type Instant, instantOf } from '../../../src/core/device/device.ts'
import type { Table } from '../../../src/core/policy/table.ts'
import type { Party, Role } from '../../../src/core/restriction/party.ts'
import { createLog } from '../../../src/observe/log.ts'
import { type RestrictionService, restrictionService } from '../../../src/restrictions/restriction-service.ts'
import type { GenuineCheckpoints } from '../../../src/restrictions/trail-check.ts'
import type { GatewayCounts } from '../../../src/store/gateway-counts.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import {
  DAY,
  device,
  HOUSEHOLD,
  key,
  PARTIES,
  REGISTRATIONS,
  registration,
  supplied,
} from '../../restriction/scene.ts'
import { testPolicyParts } from '../policy-parts.ts'

/** A Monday afternoon in winter. */
export const NOW = instantOf(Date.parse('2026-11-23T14:05:00Z'))

/** A meter that is installed but not yet commissioned, and one more to restrict. */
export const NEW_MPAN = '1200000000020'
export const SPARE_MPAN = '1200000000030'
const NEW_ESME = key('00-DB-00-00-00-00-00-21')
const SPARE_ESME = key('00-DB-00-00-00-00-00-31')

const MORE_DEVICES = [
  device({
    key: NEW_ESME,
    type: 'ESME',
    mpxn: NEW_MPAN,
    status: 'Installed Not Commissioned',
    hub: undefined,
  }),
  device({ key: SPARE_ESME, type: 'ESME', mpxn: SPARE_MPAN, hub: undefined, generation: 'SMETS1' }),
]

const FROM = NOW - 400 * DAY

const ALL_REGISTRATIONS = [
  ...REGISTRATIONS.map((each) => ({ ...each, from: instantOf(FROM) })),
  supplied(NEW_MPAN, 'SUP-E', FROM),
  supplied(SPARE_MPAN, 'SUP-E', FROM),
  registration('network-operator', SPARE_MPAN, 'NET', FROM),
]

/** A party with two roles, which has to choose. */
const BOTH: Party = { id: 'BOTH', name: 'Both of Them', roles: ['supplier', 'auditor'], euis: [] }

const HOLDERS: Readonly<
  Record<string, { readonly party: string; readonly roles: readonly Role[]; readonly name: string }>
> = {
  supplier: { party: 'SUP-E', roles: ['supplier'], name: 'jane.doe' },
  'gas supplier': { party: 'SUP-G', roles: ['supplier'], name: 'john.roe' },
  'network operator': { party: 'NET', roles: ['network-operator'], name: 'nora.wire' },
  'service centre': { party: 'DCC', roles: ['service-centre'], name: 'sam.desk' },
  csp: { party: 'CSP-N', roles: ['csp'], name: 'carl.mast' },
  operations: { party: 'OPS', roles: ['operations'], name: 'olga.ops' },
  'second operations': { party: 'OPS', roles: ['operations'], name: 'otto.ops' },
  auditor: { party: 'AUD', roles: ['auditor'], name: 'ann.audit' },
  'two roles': { party: 'BOTH', roles: ['supplier', 'auditor'], name: 'bo.two' },
}

export interface Household {
  /** What the control plane is made of, for another one on the same store. */
  readonly options: ControlAppOptions
  readonly control: ControlApp
  readonly service: RestrictionService
  readonly store: ReturnType<typeof openSqliteStore>
  readonly tokenOf: (holder: string) => string
  /** Moves the wall clock. */
  readonly pass: (ms: number) => Instant
  /** Has a gateway report that it has applied every change. */
  readonly gatewayInStep: (counts?: GatewayCounts) => Promise<void>
}

const catalogue = loadCatalogue()
const table = await recommended()
const mountPage = await createPage({ catalogue })

interface HouseholdOptions {
  /** Where decisions are looked up; nowhere by default. */
  readonly journalFolders?: readonly string[]
  /** Where signed ends of the audit and their key are; none are signed by default. */
  readonly checkpoints?: () => Promise<GenuineCheckpoints>
}

/** Opens it; the store closes with the test. */
export async function household(
  t: { teardown(work: () => unknown): void },
  { journalFolders = [], checkpoints }: HouseholdOptions = {},
): Promise<Household> {
  let now = NOW
  const store = openSqliteStore({ file: ':memory:', now: () => now })
  t.teardown(() => store.close())
  await store.change(async (unit) => {
    await unit.inventory.put([...HOUSEHOLD, ...MORE_DEVICES])
    await unit.inventory.putRegistrations(ALL_REGISTRATIONS)
  })
  const clock = { now: () => now, monotonicMs: () => performance.now() }
  const tokens = new Map(Object.keys(HOLDERS).map((holder) => [holder, newToken()]))
  const restrictions = {
    store,
    parties: [...PARTIES, BOTH],
    regionsOfCsp: new Map([['CSP-N', ['North']]]),
    ...(checkpoints && { checkpoints }),
  }
  const options: ControlAppOptions = {
    restrictions,
    table: () => table,
    policy: testPolicyParts(journalFolders),
    clock,
    log: createLog({ level: 'silent' }),
    credentials: credentials(tokens),
    isSecure: false,
    mountPage,
  }
  return {
    options,
    control: createControlApp(options),
    store,
    service: restrictionService({ ...restrictions, table: () => table, clock }),
    tokenOf: (holder) => tokens.get(holder)?.token ?? 'nobody',
    pass: (ms) => {
      now = instantOf(now + ms)
      return now
    },
    gatewayInStep: async (more = {}) => {
      const counts = { forward: 48_213, reject: 127, withhold: 94, defer: 2, unreadable: 5, ...more }
      const report = { id: 'gw-1', state: 'in-step', tableRevision: table.revision, counts }
      await store.reportGateway({ ...report, sequence: await store.position() }, 10_000)
    },
  }
}

async function recommended(): Promise<Table> {
  const compiled = await loadTable(tablePathOf('recommended'), catalogue)
  if (!compiled.ok) throw new Error('the recommended table has problems')
  return compiled.table
}

function credentials(tokens: ReadonlyMap<string, { readonly tokenHash: string }>): readonly Credential[] {
  return [...tokens].flatMap(([holder, { tokenHash }]) => {
    const held = HOLDERS[holder]
    return held ? [{ tokenHash, ...held }] : []
  })
}

/** What a browser does without scripts: keeps the cookie, follows redirects, sends forms with what they bring. */
export class Visit {
  readonly #control: ControlApp
  #cookie = ''
  #page = ''
  status = 0
  /** Address of the page shown, after redirects. */
  at = ''

  constructor({ control }: Pick<Household, 'control'>) {
    this.#control = control
  }

  /** As `name=value`. */
  get cookie(): string {
    return this.#cookie
  }

  /** The page as it came. */
  get markup(): string {
    return this.#page
  }

  /** The page's markup with white space evened out. */
  get text(): string {
    return this.#page.replaceAll(/\s+/g, ' ')
  }

  async get(path: string): Promise<this> {
    return this.#ask(path, { headers: this.#headers() })
  }

  /** Sends the fields with the page's CSRF token, as the form would. */
  async post(path: string, fields: Readonly<Record<string, string | readonly string[]>>): Promise<this> {
    const body = new URLSearchParams()
    for (const [name, values] of Object.entries({ csrf: this.#csrf(), ...fields }))
      for (const value of [values].flat()) body.append(name, value)
    return this.#ask(path, {
      method: 'POST',
      body,
      headers: { ...this.#headers(), 'sec-fetch-site': 'same-origin' },
    })
  }

  /** Sends a file with the fields. */
  async upload(
    path: string,
    fields: Readonly<Record<string, string>>,
    file: string | Buffer<ArrayBuffer>,
  ): Promise<this> {
    return this.uploadFiles(path, fields, { file: new File([file], 'meters.csv', { type: 'text/csv' }) })
  }

  /** Sends files by the names of their fields. */
  async uploadFiles(
    path: string,
    fields: Readonly<Record<string, string>>,
    files: Readonly<Record<string, File>>,
  ): Promise<this> {
    const body = new FormData()
    for (const [name, value] of Object.entries({ csrf: this.#csrf(), ...fields })) body.append(name, value)
    for (const [name, file] of Object.entries(files)) body.append(name, file)
    return this.#ask(path, {
      method: 'POST',
      body,
      headers: { ...this.#headers(), 'sec-fetch-site': 'same-origin' },
    })
  }

  async signIn(token: string): Promise<this> {
    await this.get('/sign-in')
    return this.post('/sign-in', { token, next: '/' })
  }

  /** Value of a hidden field of the page shown. */
  hidden(name: string): string {
    return new RegExp(`name="${name}" value="([^"]*)"`).exec(this.#page)?.[1] ?? ''
  }

  /** Address of the link with that text. */
  link(text: string): string {
    const found = [...this.text.matchAll(/<a [^>]*href="([^"]*)"[^>]*>(.*?)<\/a>/g)].find(([, , inner]) =>
      inner?.includes(text),
    )
    if (!found?.[1]) throw new Error(`${this.at} has no link "${text}"`)
    return found[1].replaceAll('&amp;', '&')
  }

  #csrf(): string {
    return this.hidden('csrf')
  }

  #headers(): Record<string, string> {
    return this.#cookie === '' ? {} : { cookie: this.#cookie }
  }

  async #ask(path: string, init: RequestInit): Promise<this> {
    const response = await this.#control.app.request(`http://localhost${path}`, init)
    const [set] = response.headers.getSetCookie()
    if (set !== undefined) this.#cookie = set.split(';')[0] ?? ''
    const location = response.headers.get('location')
    if (location !== null && response.status >= 300 && response.status < 400) {
      return this.get(
        new URL(location, 'http://localhost').pathname + new URL(location, 'http://localhost').search,
      )
    }
    this.status = response.status
    this.at = path
    this.#page = await response.text()
    return this
  }
}
