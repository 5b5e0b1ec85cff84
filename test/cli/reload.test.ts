/** SIGHUP on a running gateway (test plan L2): a broken table changes nothing but what metrics and log say of it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { ward } from '../support/warden.ts'
import { BIN, ROOT, temporaryFolder } from './run.ts'

const GOOD = readFileSync(join(ROOT, 'policy/recommended.yaml'), 'utf8')

const CONFIG = `
table: table.yaml
store: duisgate.db
southbound: {listen: "127.0.0.1:0", dspUrl: "http://127.0.0.1:9"}
northbound: {listen: "127.0.0.1:0"}
control: {listen: "127.0.0.1:0"}
controlPlane: {isOn: false}
journal: {folder: journal}
limits: {drainIdleMs: 0}
`

/** What is wrong, and the text that stands in the table's file; without text there is no file, or a folder. */
const broken: Record<string, string | undefined> = {
  'an empty file': '',
  'no YAML': 'name: [',
  'half of a table': GOOD.slice(0, GOOD.length / 2),
  'bytes that are no text': '\0\x01\xff'.repeat(100),
  'a list in place of a table': '- a\n- b\n',
  'an SRV without quotes': GOOD.replace("['4.10']", '[4.10]'),
  'a misspelt key': GOOD.replace('onUnknown:', 'onUnkown:'),
  'a code left out': GOOD.replace("'4.8.3'", "'4.8.2'"),
  'firmware that is blocked': GOOD.replace(/(id: firmware\n[\s\S]*?)action: pass/, '$1action: block'),
  'more than a day in flight': `inFlight: deliver\ninFlightHours: 25\n${GOOD}`,
  'no file': undefined,
  'a folder': 'folder',
}

interface Line {
  readonly msg: string
  readonly revision?: string
  readonly inForce?: string
  readonly control?: string
}

class Serving {
  readonly child: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(t: Test, folder: string) {
    const words = ['serve', '--config', join(folder, 'duisgate.yaml')]
    this.child = ward(
      spawn(process.execPath, [BIN, ...words], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    )
    if (!this.child.stdout) throw new Error('the process has no standard output')
    this.#lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
    t.teardown(() => this.child.kill('SIGKILL'))
  }

  async logged(message: RegExp): Promise<Line> {
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done) throw new Error(`the log ended without ${message}`)
      const line = JSON.parse(value) as Line
      if (message.test(line.msg)) return line
    }
  }

  /** Tells it to read the table again; the line in which it says what came of it. */
  reload(): Promise<Line> {
    this.child.kill('SIGHUP')
    return this.logged(/last good one stays|the table is in force/)
  }
}

async function gaugeOf(control: string, name: string): Promise<number> {
  const text = await (await fetch(`http://${control}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

const OK = 'duisgate_table_reload_ok'
const READ_AT = 'duisgate_table_loaded_timestamp_seconds'

t.test('keeps the last good table whatever is wrong with the next, and says so', async (t) => {
  const folder = temporaryFolder()
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'table.yaml')
  writeFileSync(join(folder, 'duisgate.yaml'), CONFIG)
  writeFileSync(file, GOOD)
  const serving = new Serving(t, folder)
  const { revision, control = '' } = await serving.logged(/^listening$/)
  t.equal(await gaugeOf(control, OK), 1)
  const readAt = await gaugeOf(control, READ_AT)
  t.ok(Math.abs(readAt - Date.now() / 1_000) < 60)

  for (const [what, text] of Object.entries(broken)) {
    rmSync(file, { recursive: true, force: true })
    if (text === 'folder') mkdirSync(file)
    else if (text !== undefined) writeFileSync(file, text)
    const line = await serving.reload()
    t.match(line, { msg: /the last good one stays$/, inForce: revision }, what)
    t.equal(await gaugeOf(control, OK), 0, what)
    t.equal(await gaugeOf(control, READ_AT), readAt, what)
  }

  const count = Object.keys(broken).length
  t.comment(`figure: ${count} of ${count} broken tables refused, the last good one stays`)

  rmSync(file, { recursive: true, force: true })
  writeFileSync(file, `# another revision\n${GOOD}`)
  const line = await serving.reload()
  t.match(line, { msg: 'the table is in force' })
  t.not(line.revision, revision)
  t.equal(await gaugeOf(control, OK), 1)
  t.ok((await gaugeOf(control, READ_AT)) > readAt)
})
