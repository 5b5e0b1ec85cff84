/** The control plane beside the gateway, as processes: what happens to the one never touches the other. */
import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { parse } from 'yaml'
import { newToken } from '../../src/control/identity.ts'
import { exitOf } from '../support/child-exit.ts'
import { ward } from '../support/warden.ts'
import { BIN, duisgate, temporaryFolder } from './run.ts'

const AUDITOR = newToken()

const CONFIG = `
store: duisgate.db
southbound: {listen: "127.0.0.1:0", dspUrl: "http://127.0.0.1:9"}
northbound: {listen: "127.0.0.1:0"}
control: {listen: "127.0.0.1:0"}
controlPlane: {listen: "127.0.0.1:0"}
journal: {folder: journal}
limits: {drainIdleMs: 0}
parties:
  - {id: AUD, name: Auditor, roles: [auditor]}
credentials:
  - {tokenHash: ${AUDITOR.tokenHash}, party: AUD, roles: [auditor], name: jane.doe}
`

interface Line {
  readonly msg: string
  readonly control: string
  readonly page: string
  readonly api: string
  readonly pid: number
  readonly signal: string
}

/** `serve` with its log line by line, which gateway and control plane share. */
class Served {
  readonly child: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(t: Test, settings: readonly string[] = []) {
    const folder = temporaryFolder()
    const file = join(folder, 'duisgate.yaml')
    writeFileSync(file, CONFIG)
    const words = ['serve', '--config', file, ...settings.flatMap((text) => ['--set', text])]
    this.child = ward(spawn(process.execPath, [BIN, ...words], { stdio: ['ignore', 'pipe', 'inherit'] }))
    if (!this.child.stdout) throw new Error('the process has no standard output')
    this.#lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
    t.teardown(() => {
      this.child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    })
  }

  async logged(message: string): Promise<Line> {
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done) throw new Error(`the log ended without "${message}"`)
      const line = JSON.parse(value) as Line
      if (line.msg === message) return line
    }
  }

  /** Settles when nobody writes to the log any more: both processes have ended. */
  async ended(): Promise<void> {
    while (!(await this.#lines.next()).done);
  }
}

function statusOf(url: string, token?: string): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return request(url, { headers }).then(async ({ statusCode, body }) => {
    await body.dump()
    return statusCode
  })
}

t.test('serve starts the control plane and says where it is', async (t) => {
  const served = new Served(t)
  const { control } = await served.logged('listening')
  const { page, api, pid } = await served.logged('the control plane is listening')
  t.equal(await statusOf(`${page}sign-in`), 200)
  t.equal(await statusOf(`${api}/me`), 401)
  t.equal(await statusOf(`${api}/me`, AUDITOR.token), 200)

  await t.test('killed it is started again, and the gateway goes on', async (t) => {
    process.kill(pid, 'SIGKILL')
    await served.logged('the control plane ended; it is started again')
    t.equal(await statusOf(`http://${control}/readyz`), 200)
    const again = await served.logged('the control plane is listening')
    t.not(again.pid, pid)
    t.equal(await statusOf(`${again.api}/me`, AUDITOR.token), 200)

    served.child.kill('SIGTERM')
    t.equal((await served.logged('draining')).signal, 'SIGTERM')
    const [code] = await exitOf(served.child)
    t.equal(code, 0, 'and stops with its gateway on SIGTERM')
    await served.ended()
    await t.rejects(statusOf(again.page), 'nobody listens any more')
  })
})

t.test('without parties there is none', async (t) => {
  const served = new Served(t, ['parties=[]', 'credentials=[]'])
  await served.logged('no control plane here: it is switched off, or no parties are configured')
  served.child.kill('SIGTERM')
  t.equal((await exitOf(served.child))[0], 0)
})

t.test('alone it tells what is missing', async (t) => {
  t.match(await duisgate(['control-plane']), { code: 2, stderr: /no parties are configured/ })
})

t.test('a token is made for a party; the API knows it once its line is in the configuration', async (t) => {
  const parties = 'parties=[{"id":"AUD","name":"Auditor","roles":["auditor"]}]'
  const who = ['--party', 'AUD', '--role', 'auditor', '--name', 'Jane Doe']
  const words = ['token', 'new', ...who, '--set', parties]
  const { code, stdout, stderr } = await duisgate(words)
  t.equal(code, 0)
  const [, token = ''] = /^ {2}(duisgate_\S+)$/m.exec(stderr) ?? []
  t.match(stderr, /only this once/)
  const { credentials } = parse(stdout) as { credentials: readonly object[] }
  t.match(credentials, [{ tokenHash: /^[0-9a-f]{64}$/, party: 'AUD', roles: ['auditor'], name: 'Jane Doe' }])
  const another = JSON.parse((await duisgate([...words, '--json'])).stdout) as { token: string }
  const served = new Served(t, [`credentials=${JSON.stringify(credentials)}`])
  const { page, api } = await served.logged('the control plane is listening')
  t.equal(await statusOf(`${api}/me`, token), 200)
  t.equal(await statusOf(`${api}/me`, another.token), 401, 'each call makes another token')

  await t.test('a control plane ends when its gateway was killed', async (t) => {
    served.child.kill('SIGKILL')
    await served.ended()
    await t.rejects(statusOf(page), 'nobody listens any more')
  })
})

t.test('a token for nobody, or for a role that the party does not have, is not made', async (t) => {
  const parties = 'parties=[{"id":"AUD","name":"Auditor","roles":["auditor"]}]'
  const make = (party: string, role: string) =>
    duisgate(['token', 'new', '--party', party, '--role', role, '--name', 'x', '--set', parties])
  t.match(await make('SUP', 'supplier'), { code: 2, stderr: /SUP is not configured; give one of: AUD/ })
  t.match(await make('AUD', 'supplier'), { code: 2, stderr: /AUD has the roles auditor, and not supplier/ })
  t.match(await make('AUD', 'emperor'), { code: 2, stderr: /no role; give one of supplier/ })
})
