/**
 * SIGHUP after the configuration was changed: what can change while messages go through is taken over, a bad one is refused
 * whole, and what needs a restart is told.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { newToken } from '../../src/control/identity.ts'
import { deviceResponse, ESME, responseMessage, USER } from '../fixtures/message.ts'
import { type StubPeer, startStubDsp } from '../support/stub-dsp.ts'
import { ward } from '../support/warden.ts'
import { BIN, temporaryFolder } from './run.ts'

const RESPONSE = deviceResponse(ESME, responseMessage('7.4'))
const [JANE, JOHN] = [newToken(), newToken()]

interface Wish {
  readonly user: URL
  readonly workers: number
  readonly table?: string
  readonly hash?: string
  readonly more?: string
}

function configOf({ user, workers, table = 'recommended', hash = JANE.tokenHash, more = '' }: Wish): string {
  return `
store: duisgate.db
workers: ${workers}
table: ${table}
southbound: {listen: "127.0.0.1:0", dspUrl: "http://127.0.0.1:9"}
northbound: {listen: "127.0.0.1:0", users: {${USER}: "${user.href}receive"}}
control: {listen: "127.0.0.1:0"}
controlPlane: {listen: "127.0.0.1:0"}
journal: {folder: journal}
limits: {drainIdleMs: 0}
parties:
  - {id: AUD, name: Auditor, roles: [auditor]}
credentials:
  - {tokenHash: ${hash}, party: AUD, roles: [auditor], name: jane.doe}
${more}
`
}

interface Line {
  readonly msg: string
  readonly plane?: string
  readonly northbound: string
  readonly control: string
  readonly page: string
  readonly api: string
  readonly settings?: readonly string[]
  readonly problem?: string
}

class Serving {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #file: string
  readonly #unread: Line[] = []
  /** What the configuration says that was good last. */
  #wish: Wish

  constructor(t: Test, wish: Wish) {
    const folder = temporaryFolder()
    this.#file = join(folder, 'duisgate.yaml')
    this.#wish = wish
    writeFileSync(this.#file, configOf(wish))
    this.#child = ward(
      spawn(process.execPath, [BIN, 'serve', '--config', this.#file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    )
    if (!this.#child.stdout) throw new Error('the process has no standard output')
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
    t.teardown(() => {
      this.#child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    })
  }

  /** The next line of the gateway with the message, or of the control plane; lines of both come in any order. */
  async logged(message: RegExp, plane?: 'control'): Promise<Line> {
    const isIt = (line: Line) => message.test(line.msg) && line.plane === plane
    for (;;) {
      const at = this.#unread.findIndex(isIt)
      const [found] = at < 0 ? [] : this.#unread.splice(at, 1)
      if (found) return found
      const { value, done } = await this.#lines.next()
      if (done) throw new Error(`the log ended without ${message}`)
      this.#unread.push(JSON.parse(value))
    }
  }

  /** The settings that each process of the gateway took over. */
  async taken(): Promise<readonly string[]> {
    return this.#ofEach(async () => String((await this.logged(TAKEN)).settings))
  }

  /** Why each process of the gateway refused a configuration. */
  async refused(): Promise<readonly string[]> {
    return this.#ofEach(async () => String((await this.logged(REFUSED)).problem))
  }

  async #ofEach(one: () => Promise<string>): Promise<readonly string[]> {
    const all: string[] = []
    while (all.length < this.#wish.workers) all.push(await one())
    return all
  }

  /** Changes that much of the configuration and has it read. */
  change(changed: Partial<Wish>): void {
    this.#wish = { ...this.#wish, ...changed }
    this.#read(this.#wish)
  }

  /** The same with something that is to be refused. */
  spoil(spoilt: Partial<Wish>): void {
    this.#read({ ...this.#wish, ...spoilt })
  }

  #read(wish: Wish): void {
    writeFileSync(this.#file, configOf(wish))
    this.#child.kill('SIGHUP')
  }
}

async function send(northbound: string): Promise<number> {
  const { statusCode, body } = await request(`http://${northbound}/`, { method: 'POST', body: RESPONSE })
  await body.dump()
  return statusCode
}

/** The cookie of a session that the token opens. */
async function signedIn(page: string, token: string): Promise<string> {
  const { headers, body } = await request(new URL('sign-in', page), {
    method: 'POST',
    body: new URLSearchParams({ token }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
  })
  await body.dump()
  return String(headers['set-cookie']).split(';')[0] ?? ''
}

async function statusOfPage(page: string, cookie: string): Promise<number> {
  const { statusCode, body } = await request(page, { headers: { cookie } })
  await body.dump()
  return statusCode
}

async function isConfigurationGood(control: string): Promise<boolean> {
  const { body } = await request(`http://${control}/metrics`)
  return /^duisgate_configuration_reload_ok 1$/m.test(await body.text())
}

async function twoReceivers(t: Test): Promise<readonly [StubPeer, StubPeer]> {
  const both = [await startStubDsp(), await startStubDsp()] as const
  t.teardown(() => Promise.all(both.map((receiver) => receiver.close())))
  return both
}

const TAKEN = /^changed settings are in force$/
const REFUSED = /^a bad configuration was refused/
const PLANE_LISTENS = /^the control plane is listening$/

for (const workers of [1, 2])
  t.test(`a gateway of ${workers}, and its control plane`, async (t) => {
    const [first, second] = await twoReceivers(t)
    const serving = new Serving(t, { user: first.url, workers })
    const { northbound, control } = await serving.logged(/^listening$/)
    const before = await serving.logged(PLANE_LISTENS, 'control')

    await t.test('it sends to the new address of a User, and to the last good one', async (t) => {
      for (let i = 0; i < workers; i++) t.equal(await send(northbound), 200)
      t.equal(first.deliveries.length, workers)

      serving.change({ user: second.url })
      t.same(await serving.taken(), Array(workers).fill('northbound.users'))
      for (let i = 0; i < 2 * workers; i++) t.equal(await send(northbound), 200)
      t.equal(second.deliveries.length, 2 * workers)
      t.ok(await isConfigurationGood(control))

      serving.spoil({ user: first.url, more: 'flags: {pollMs: never}' })
      for (const problem of await serving.refused()) t.match(problem, /flags\.pollMs is "never"/)
      await serving.logged(REFUSED, 'control')
      t.notOk(await isConfigurationGood(control))
      for (let i = 0; i < 2 * workers; i++) t.equal(await send(northbound), 200)
      t.equal(first.deliveries.length, workers, 'nothing of a bad configuration counts')
      t.equal(second.deliveries.length, 4 * workers)
    })

    await t.test('both go by another table, or neither does', async (t) => {
      t.equal((await tableAt(before.api)).name, 'recommended')

      serving.change({ table: 'seed-2023-04-literal' })
      t.same(await serving.taken(), Array(workers).fill('table'))
      const after = await serving.logged(PLANE_LISTENS, 'control')
      t.same((await serving.logged(TAKEN, 'control')).settings, ['table'])
      const shown = await tableAt(after.api)
      t.equal(shown.name, 'seed-2023-04-literal')
      for (const gateway of await reportedBy(after.api, shown.revision))
        t.ok(gateway.hasTableInForce, gateway.id)

      serving.spoil({ table: 'no-such-table' })
      for (const problem of await serving.refused()) t.match(problem, /no table no-such-table is shipped/)
      await serving.logged(REFUSED, 'control')
      const { api } = await serving.logged(PLANE_LISTENS, 'control')
      t.same(await tableAt(api), shown)
    })

    if (workers === 1) await changesOfOne(t, { serving, northbound, control, user: second })
  })

interface Running {
  readonly serving: Serving
  readonly northbound: string
  readonly control: string
  /** Who it sends to. */
  readonly user: StubPeer
}

/** What does not depend on how many processes the gateway has. */
async function changesOfOne(t: Test, { serving, northbound, control, user }: Running): Promise<void> {
  await t.test('an address that cannot be reached as it was started is refused', async (t) => {
    const before = user.deliveries.length
    serving.spoil({ user: new URL(`https://127.0.0.1:${user.url.port}/`) })
    t.match(await serving.refused(), [/https/])
    t.equal(await send(northbound), 200)
    t.equal(user.deliveries.length, before + 1)
  })

  await t.test(
    'settings that count after a restart are named, and nothing else of them is seen',
    async (t) => {
      serving.change({ more: 'flags: {pollMs: 400}\nlog: {level: debug}' })
      t.same(await serving.taken(), ['log.level'])
      t.same((await serving.logged(/after a restart$/)).settings, ['flags.pollMs'])
      t.ok(await isConfigurationGood(control))
    },
  )

  await t.test('the control plane goes by other credentials; the gateway does not notice', async (t) => {
    const before = await serving.logged(PLANE_LISTENS, 'control')
    await serving.logged(TAKEN, 'control')
    t.equal(await statusAt(before.api, JANE.token), 200)
    const cookie = await signedIn(before.page, JANE.token)
    t.equal(await statusOfPage(before.page, cookie), 200)

    serving.change({ hash: JOHN.tokenHash })
    const after = await serving.logged(PLANE_LISTENS, 'control')
    t.same((await serving.logged(TAKEN, 'control')).settings, ['credentials'])
    t.equal(await statusAt(after.api, JANE.token), 401)
    t.equal(await statusAt(after.api, JOHN.token), 200)
    t.equal(await statusOfPage(after.page, cookie), 303, 'and a session that the old token opened is over')
    t.equal(await statusOfPage(after.page, await signedIn(after.page, JOHN.token)), 200)
    t.equal(await send(northbound), 200)

    serving.spoil({ hash: 'none' })
    await serving.logged(REFUSED, 'control')
    t.equal(await statusAt(after.api, JOHN.token), 200)
  })
}

interface ShownTable {
  readonly name: string
  readonly revision: string
}

interface ShownGateway {
  readonly id: string
  readonly tableRevision: string
  readonly hasTableInForce: boolean
}

async function getAt<Content>(api: string, path: string): Promise<Content> {
  const { body } = await request(`${api}${path}`, { headers: { authorization: `Bearer ${JANE.token}` } })
  return (await body.json()) as Content
}

/** Of the table in force; its rows are left out. */
async function tableAt(api: string): Promise<ShownTable> {
  const { name, revision } = await getAt<ShownTable>(api, '/table')
  return { name, revision }
}

/** The gateways once all of them have reported that they run this table. */
async function reportedBy(api: string, revision: string): Promise<readonly ShownGateway[]> {
  for (;;) {
    const { gateways } = await getAt<{ gateways: readonly ShownGateway[] }>(api, '/operations')
    if (gateways.every(({ tableRevision }) => tableRevision === revision)) return gateways
  }
}

async function statusAt(api: string, token: string): Promise<number> {
  const { statusCode, body } = await request(`${api}/me`, { headers: { authorization: `Bearer ${token}` } })
  await body.dump()
  return statusCode
}
