/** `demo --once` and `serve`, as processes: real sockets, real signals. */
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { BIN, duisgate, duisgateProcess, ROOT, temporaryFolder } from '../cli/run.ts'
import { exitOf } from '../support/child-exit.ts'
import { ward } from '../support/warden.ts'

const METER = '00-0D-5C-AA-16-9A-00-E1'
const READ = readFileSync(join(ROOT, 'fixtures/southbound/read-import-registers.xml'))

t.test('the demo plays every message as it must go, says so, and leaves nothing behind', async (t) => {
  const folder = temporaryFolder()
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const { code, stdout, stderr } = await duisgateProcess(['demo', '--once'], {
    environment: { TMPDIR: folder },
  })
  t.match({ code, stderr }, { code: 0, stderr: '' })
  const lines = stdout.split('\n').filter((line) => /^\d\d:\d\d:\d\d\.\d{3} /.test(line))
  const rows = lines.filter((line) => !line.includes('→ CSP'))
  const played = /(\d+) messages played, (\d+) as expected/.exec(stdout)
  t.ok(played && played[1] === played[2] && rows.length === Number(played[1]), stdout)
  for (const verdict of ['forward', 'reject', 'withhold', 'refuse'])
    t.match(stdout, new RegExp(` ${verdict} `), verdict)
  for (const kind of ['set', 'cleared'])
    t.equal(lines.filter((line) => line.includes(`notice: ${kind} `)).length, 3, `the CSP is told: ${kind}`)
  t.same(readdirSync(folder), [])
})

t.test('the demo says what it does from the start, and good-bye when it is told to stop', async (t) => {
  const folder = temporaryFolder()
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const child = ward(
    spawn(process.execPath, [BIN, 'demo'], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  )
  t.teardown(() => child.kill('SIGKILL'))
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    if (/^ {2}the gateway listens on/.test(line)) child.kill('SIGINT')
  }
  t.equal(said[0], 'duisgate demo: loading the program …')
  t.match(said[1], /^Setting up on this machine/)
  t.ok(said.includes('Stopping: the gateway ends what is under way …'))
  t.match(said.at(-1), /^Good-bye\./)
  t.notOk(
    said.some((line) => /messages played|your turn/.test(line)),
    'it ends between two messages',
  )
  t.same(await exitOf(child), [0, null])
  t.same(readdirSync(folder), [])
})

interface Line {
  readonly msg: string
  readonly southbound?: string
  readonly control?: string
  readonly revision?: string
  readonly problems?: readonly object[]
}

/** A serving process with its configuration, its store and its log, line by line. */
class Serving {
  readonly folder: string
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  readonly #t: Test

  /** `more`: settings beyond those of all; `folder`: that of one before, which is started again. */
  constructor(t: Test, more = '', folder?: string) {
    this.#t = t
    this.folder = folder ?? temporaryFolder()
    copyFileSync(join(ROOT, 'policy/recommended.yaml'), this.path('table.yaml'))
    writeFileSync(this.path('duisgate.yaml'), `${CONFIG}${more}\n`)
    this.#child = ward(
      spawn(process.execPath, [BIN, 'serve', '--config', this.path('duisgate.yaml')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    )
    this.#lines = this.#reader()[Symbol.asyncIterator]()
    t.teardown(() => {
      this.#child.kill('SIGKILL')
      rmSync(this.folder, { recursive: true, force: true })
    })
  }

  /** The same, started again. */
  again(more = ''): Serving {
    return new Serving(this.#t, more, this.folder)
  }

  #reader(): Interface {
    if (!this.#child.stdout) throw new Error('the process has no standard output')
    return createInterface({ input: this.#child.stdout })
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Reads the log up to the line that says `message`. */
  async logged(message: RegExp): Promise<Line> {
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done) throw new Error(`the log ended without ${message}`)
      const line = JSON.parse(value) as Line
      if (message.test(line.msg)) return line
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  async exitCode(): Promise<number | null> {
    const [code] = await exitOf(this.#child)
    return code
  }
}

const CONFIG = `
store: duisgate.db
table: table.yaml
southbound: {listen: "127.0.0.1:0", dspUrl: "http://127.0.0.1:9"}
northbound: {listen: "127.0.0.1:0"}
control: {listen: "127.0.0.1:0"}
journal: {folder: journal}
limits: {drainIdleMs: 0}
controlPlane: {isOn: false}
parties:
  - {id: SUP, name: Supplier, roles: [supplier]}
  - {id: SC, name: Service Centre, roles: [service-centre]}
`

/** The Service Centre knows of a Device that the inventory does not know yet. */
const SET = [
  ...[
    'flag',
    'set',
    METER,
    '--as',
    'SC',
    '--on-behalf-of',
    'SUP',
    '--ticket',
    'INC-1',
    '--fuel',
    'electricity',
  ],
  ...[
    '--step',
    'advice-given',
    '--date',
    '2024-02-29',
    '--evidence',
    'CASE-4711',
    '--last-resort',
    '--credit-mode',
  ],
]

async function answerTo(
  address: string | undefined,
  body: Buffer,
): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/xml' }
  const reply = await request(`http://${address}/api/v1/serviceS`, { method: 'POST', headers, body })
  return { status: reply.statusCode, text: await reply.body.text() }
}

/** What a second gateway of the same configuration has of its own, so that it is refused for one thing alone. */
const OWN_LISTENERS = ['northbound', 'southbound', 'control'].map((name) => `${name}.listen=127.0.0.1:0`)

t.test('a gateway that serves', async (t) => {
  const serving = new Serving(t, 'gatewayId: gw-a')
  const { southbound, control } = await serving.logged(/^listening$/)
  await serving.logged(/^no control plane here: it is switched off/)
  const another = (...settings: readonly string[]) =>
    duisgate([
      ...['serve', '--config', serving.path('duisgate.yaml')],
      ...settings.flatMap((setting) => ['--set', setting]),
    ])

  await t.test('it rejects for a flag that another process has set on its store', async (t) => {
    t.equal((await request(`http://${control}/readyz`)).statusCode, 200)
    t.equal((await answerTo(southbound, READ)).status, 502)
    t.equal((await duisgate([...SET, '--config', serving.path('duisgate.yaml')])).code, 0)
    let answer = await answerTo(southbound, READ)
    while (answer.status !== 200) answer = await answerTo(southbound, READ)
    t.match(answer, { status: 200, text: /ResponseCode>E5</ })
  })

  await t.test('another that has its address, its journal or its ID does not start', async (t) => {
    const elsewhere = `journal.folder=${serving.path('another-journal')}`
    const [address, journal, id] = await Promise.all([
      another(`northbound.listen=${southbound}`, 'gatewayId=gw-b', `journal.folder=${serving.path('third')}`),
      another(...OWN_LISTENERS, 'gatewayId=gw-b'),
      another(...OWN_LISTENERS, elsewhere),
    ])
    t.match(address, { code: 3, stderr: /EADDRINUSE.*; choose another address/ }, 'and is told what to do')
    t.match(journal, {
      code: 2,
      stderr: /^duisgate: journal\.folder: .* is in use by process \d+ on .*; no two gateways can have one$/m,
    })
    t.match(id, {
      code: 2,
      stderr:
        /^duisgate: gatewayId: process \d+ on .* reports to the store as "gw-a", since \S+Z; give this gateway an ID of its own/m,
    })
  })

  await t.test('killed, another takes its place; it journals, and drains on SIGINT', async (t) => {
    serving.signal('SIGKILL')
    await serving.exitCode()
    const again = serving.again('gatewayId: gw-a')
    const began = performance.now()
    const listening = await again.logged(/^listening$/)
    t.comment(
      `figure: ${Math.round(performance.now() - began)} ms from a kill to the next start with the same folder`,
    )
    await reloads(t, again, listening.revision)
    t.match(await answerTo(listening.southbound, READ), { status: 200, text: /ResponseCode>E5</ })
    again.signal('SIGINT')
    t.match(await again.logged(/^draining$/), { signal: 'SIGINT' })
    t.equal(await again.exitCode(), 0)
    const files = readdirSync(again.path('journal')).filter((name) => name.endsWith('.ndjson'))
    const last = readFileSync(again.path(join('journal', files.sort().at(-1) ?? '')), 'utf8')
    t.match(last.trim().split('\n').at(-1), /"verdict":"reject"/)
  })
})

function reloads(t: Test, serving: Serving, revision: string | undefined): Promise<unknown> {
  return t.test('SIGHUP puts a good table in force and refuses a bad one', async (t) => {
    writeFileSync(serving.path('table.yaml'), 'rows: []\n')
    serving.signal('SIGHUP')
    const refused = await serving.logged(/the last good one stays/)
    t.ok((refused.problems ?? []).length > 0)
    copyFileSync(join(ROOT, 'policy/seed-2023-04-literal.yaml'), serving.path('table.yaml'))
    serving.signal('SIGHUP')
    const reloaded = await serving.logged(/^the table is in force$/)
    t.ok(reloaded.revision && reloaded.revision !== revision)
    rmSync(serving.path('table.yaml'))
    serving.signal('SIGHUP')
    await serving.logged(/cannot be read; the last good one stays/)
  })
}

t.test('serve with a bad configuration tells every problem and does not start', async (t) => {
  const words = ['serve', '--set', 'drainMs=soon', '--set', 'flags.pollMs=0', '--set', 'x=1']
  t.match(await duisgate(words), { code: 2, stdout: '', stderr: /3 problems:\n.*\n.*\n.*/ })
})
