/** `capture` at a real gateway of two workers, and what it wrote played into another. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { ESME } from '../fixtures/message.ts'
import { exitOf } from '../support/child-exit.ts'
import { deviceKey } from '../support/plans.ts'
import { restrict } from '../support/restrict.ts'
import { post, startScenario } from '../support/start-gateway.ts'
import { startStubDsp } from '../support/stub-dsp.ts'
import { ward } from '../support/warden.ts'
import { BIN, duisgate, jsonLines, ROOT, temporaryFolder } from './run.ts'

const READ = readFileSync(join(ROOT, 'fixtures/southbound/read-import-registers.xml'))
const TOP_UP = readFileSync(join(ROOT, 'fixtures/southbound/top-up.xml'))

interface Serving {
  readonly folder: string
  readonly settings: readonly string[]
  readonly port: number
  readonly child: ChildProcess
}

/** A gateway of two workers for which the meter is Restricted. */
async function startServing(t: Test): Promise<Serving> {
  const folder = temporaryFolder()
  const dsp = await startStubDsp()
  const store = openSqliteStore({ file: join(folder, 'duisgate.db') })
  await restrict(store, [deviceKey(ESME)], instantOf(0))
  await store.close()
  const settings = [
    'workers=2',
    'store=duisgate.db',
    'journal.folder=journal',
    'southbound.listen=127.0.0.1:0',
    `southbound.dspUrl=${dsp.url.origin}`,
    'northbound.listen=127.0.0.1:0',
    'control.listen=127.0.0.1:0',
    'limits.drainIdleMs=0',
  ].flatMap((text) => ['--set', text])
  const child = ward(
    spawn(process.execPath, [BIN, 'serve', ...settings], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  )
  t.teardown(async () => {
    child.kill('SIGTERM')
    await exitOf(child)
    await dsp.close()
    rmSync(folder, { recursive: true, force: true })
  })
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    const { msg, southbound } = JSON.parse(line) as { msg: string; southbound: string }
    if (msg !== 'listening') continue
    child.stdout?.resume()
    return { folder, settings, child, port: Number(southbound.split(':')[1]) }
  }
  throw new Error('the gateway did not start')
}

t.test(
  'a gateway of two workers is captured, and another treats the same messages the same way',
  async (t) => {
    const { folder, settings, port } = await startServing(t)
    const out = join(folder, 'captures')
    const captured = duisgate(
      ['capture', '--out', out, '--for', '60s', '--sample', '1', '--json', ...settings],
      { folder },
    )
    const files = () => readdirSync(folder).includes('captures') && readdirSync(out)
    for (let found = files(); !found || found.length < 2; found = files()) await delay(20)
    for (let count = 0; count < 10; count++)
      for (const body of [READ, TOP_UP]) await post(port, body, { path: '/api/v1/serviceS' })
    rmSync(join(folder, 'journal/capture/request.json'))
    const { code, stdout, stderr } = await captured
    t.equal(code, 0, stderr)
    t.match(JSON.parse(stdout), { captured: 20, leftOut: {}, errors: [] })
    t.equal(JSON.parse(stdout).files.length, 2)
    t.notOk(readdirSync(join(folder, 'journal/capture')).includes('request.json'))

    const lines = readdirSync(out).flatMap((name) =>
      jsonLines<{ body: string }>(readFileSync(join(out, name), 'utf8')),
    )
    const text = lines.map(({ body }) => Buffer.from(body, 'base64').toString()).join('\n')
    t.notMatch(text, /12345678901234567890|cGxhY2Vob2xkZXI/)

    const offline = await duisgate(['replay', out, '--restricted', ESME])
    t.match(offline.stdout, /10 {2}reject\n[\s\S]*0 of 20 results changed, 20 the same\n$/)
    const other = await startScenario(t)
    await other.restrict(ESME)
    const sent = await duisgate([
      'replay',
      out,
      '--target',
      `http://127.0.0.1:${other.gateway.ports.southbound}`,
      '--rate',
      '200',
      '--json',
    ])
    t.match(JSON.parse(sent.stdout).answers, { 'southbound: 200 E5': 10, 'southbound: 200': 10 })
  },
)

t.test('where no gateway takes orders the command says so and leaves nothing behind', async (t) => {
  const folder = temporaryFolder()
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const words = [
    'capture',
    '--out',
    'out',
    '--set',
    'journal.folder=journal',
    '--set',
    'southbound.dspUrl=http://a',
  ]
  t.match(await duisgate(words, { folder }), { code: 3, stderr: /no gateway takes orders/ })
  mkdirSync(join(folder, 'journal/capture'), { recursive: true })
  t.equal((await duisgate([...words, '--for', '25h'], { folder })).code, 2)
  t.equal((await duisgate([...words, '--sample', '2'], { folder })).code, 2)
  t.same(readdirSync(join(folder, 'journal/capture')), [])
})
