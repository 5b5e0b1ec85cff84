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
  readonly more?: string
  readonly hash?: string
  readonly workers?: number
}

function configOf({ user, more = '', hash = JANE.tokenHash, workers = 1 }: Wish): string {
  return `
store: duisgate.db
workers: ${workers}
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

  constructor(t: Test, wish: Wish) {
    const folder = temporaryFolder()
    this.#file = join(folder, 'duisgate.yaml')
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

  /** Puts another configuration in place and has it read. */
  change(text: string): void {
    writeFileSync(this.#file, text)
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

for (const workers of [1, 2])
  t.test(
    `a gateway of ${workers} sends to the new address of a User, and to the last good one`,
    async (t) => {
      const [first, second] = await twoReceivers(t)
      const serving = new Serving(t, { user: first.url, workers })
      const { northbound, control } = await serving.logged(/^listening$/)
      for (let i = 0; i < workers; i++) t.equal(await send(northbound), 200)
      t.equal(first.deliveries.length, workers)

      serving.change(configOf({ user: second.url, workers }))
      for (let i = 0; i < workers; i++) t.same((await serving.logged(TAKEN)).settings, ['northbound.users'])
      for (let i = 0; i < 2 * workers; i++) t.equal(await send(northbound), 200)
      t.equal(second.deliveries.length, 2 * workers)
      t.ok(await isConfigurationGood(control))

      const bad = { user: first.url, workers, more: 'flags: {pollMs: never}' }
      serving.change(configOf(bad))
      for (let i = 0; i < workers; i++)
        t.match((await serving.logged(REFUSED)).problem, /flags\.pollMs is "never"/)
      t.notOk(await isConfigurationGood(control))
      for (let i = 0; i < 2 * workers; i++) t.equal(await send(northbound), 200)
      t.equal(first.deliveries.length, workers, 'nothing of a bad configuration counts')
      t.equal(second.deliveries.length, 4 * workers)
    },
  )

t.test(
  'an address that cannot be reached as the gateway was started makes the configuration a bad one',
  async (t) => {
    const [first, second] = await twoReceivers(t)
    const serving = new Serving(t, { user: first.url })
    const { northbound } = await serving.logged(/^listening$/)
    serving.change(configOf({ user: new URL(`https://127.0.0.1:${second.url.port}/`) }))
    t.match((await serving.logged(REFUSED)).problem, /https/)
    t.equal(await send(northbound), 200)
    t.equal(first.deliveries.length, 1)
  },
)

t.test('settings that count after a restart are named, and nothing else of them is seen', async (t) => {
  const [user] = await twoReceivers(t)
  const serving = new Serving(t, { user: user.url })
  const { control } = await serving.logged(/^listening$/)
  serving.change(configOf({ user: user.url, more: 'flags: {pollMs: 400}\nlog: {level: debug}' }))
  t.same((await serving.logged(TAKEN)).settings, ['log.level'])
  t.same((await serving.logged(/after a restart$/)).settings, ['flags.pollMs'])
  t.ok(await isConfigurationGood(control))
})

t.test('the control plane goes by another list of credentials; the gateway does not notice', async (t) => {
  const [user] = await twoReceivers(t)
  const serving = new Serving(t, { user: user.url })
  const { northbound } = await serving.logged(/^listening$/)
  const before = await serving.logged(/^the control plane is listening$/, 'control')
  t.equal(await statusAt(before.api, JANE.token), 200)
  const cookie = await signedIn(before.page, JANE.token)
  t.equal(await statusOfPage(before.page, cookie), 200)

  serving.change(configOf({ user: user.url, hash: JOHN.tokenHash }))
  const after = await serving.logged(/^the control plane is listening$/, 'control')
  t.same((await serving.logged(TAKEN, 'control')).settings, ['credentials'])
  t.equal(await statusAt(after.api, JANE.token), 401)
  t.equal(await statusAt(after.api, JOHN.token), 200)
  t.equal(await statusOfPage(after.page, cookie), 303, 'and a session that the old token opened is over')
  t.equal(await statusOfPage(after.page, await signedIn(after.page, JOHN.token)), 200)
  t.equal(await send(northbound), 200)

  serving.change(configOf({ user: user.url, hash: 'none' }))
  await serving.logged(REFUSED, 'control')
  t.equal(await statusAt(after.api, JOHN.token), 200)
})

for (const workers of [1, 2])
  t.test(`gateway (of ${workers}) and control plane go by another table, or neither does`, async (t) => {
    const [user] = await twoReceivers(t)
    const wish = { user: user.url, workers }
    const serving = new Serving(t, { ...wish, more: 'table: recommended' })
    await serving.logged(/^listening$/)
    const before = await serving.logged(/^the control plane is listening$/, 'control')
    t.equal((await tableAt(before.api)).name, 'recommended')

    serving.change(configOf({ ...wish, more: 'table: seed-2023-04-literal' }))
    for (let i = 0; i < workers; i++) t.same((await serving.logged(TAKEN)).settings, ['table'])
    const after = await serving.logged(/^the control plane is listening$/, 'control')
    t.same((await serving.logged(TAKEN, 'control')).settings, ['table'])
    const shown = await tableAt(after.api)
    t.equal(shown.name, 'seed-2023-04-literal')
    for (const gateway of await reportedBy(after.api, shown.revision))
      t.ok(gateway.hasTableInForce, gateway.id)

    serving.change(configOf({ ...wish, more: 'table: no-such-table' }))
    for (let i = 0; i < workers; i++)
      t.match((await serving.logged(REFUSED)).problem, /no table no-such-table is shipped/)
    await serving.logged(REFUSED, 'control')
    const { api } = await serving.logged(/^the control plane is listening$/, 'control')
    t.same(await tableAt(api), shown)
  })

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
