/** A run of the kit that is cut off, and a proof that takes too long: they say so, and nothing is left of what they started. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { exitOf } from '../../test/support/child-exit.ts'
import { isAt, isMarked, processes, withoutProc } from '../../test/support/processes.ts'
import type { TestScope } from '../../test/support/start-gateway.ts'
import { ward, wardedFolder } from '../../test/support/warden.ts'
import { CutOff, endsWithin, runBounded } from './bounded.ts'
import { RunFolder } from './run-folder.ts'

const KIT = join(import.meta.dirname, 'kit.ts')
const NEVER = new AbortController().signal
/** The path of a PostgreSQL's socket has 107 characters at most, and lies three folders deeper. */
const SHORT = 'k-'

function waiting(): ChildProcess {
  return ward(spawn('sleep', ['600'], { stdio: 'ignore' }))
}

t.test('a child that takes longer than it may is ended', async (t) => {
  const child = waiting()
  t.equal(await endsWithin(child, { seconds: 0.01, signal: NEVER }), false)
  t.equal(child.signalCode, 'SIGKILL')
  t.equal(await endsWithin(ward(spawn('true')), { seconds: 300, signal: NEVER }), true)
})

t.test('a child is ended when the run is cut off, and none is started after that', async (t) => {
  const controller = new AbortController()
  const bound = { seconds: 300, signal: controller.signal }
  const ended = runBounded(waiting, bound)
  controller.abort()
  await t.rejects(ended, new CutOff())
  const start = () => {
    throw new Error('it was started')
  }
  await t.rejects(runBounded(start, bound), new CutOff())
})

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(20)
}

function runKit(t: TestScope, folder: string, ...words: string[]) {
  chmodSync(folder, 0o711) // PostgreSQL runs as another user when the tests run as root.
  const env = { ...process.env, TMPDIR: folder }
  const kit = ward(spawn(process.execPath, [KIT, ...words], { env, stdio: ['ignore', 'pipe', 'inherit'] }))
  const said = kit.stdout.setEncoding('utf8').toArray()
  t.teardown(() => kit.kill('SIGKILL'))
  return { kit, said: async () => (await said).join('') }
}

function isFree(folder: string): boolean {
  return !processes().some((one) => isAt(one, folder) || isMarked(one, `TMPDIR=${folder}`))
}

function isServing(folder: string): boolean {
  return globSync(`${folder}/**/journal`).length > 0
}

t.test(
  'SIGTERM while a gateway runs on a PostgreSQL that has just been killed',
  { skip: withoutProc },
  async (t) => {
    const folder = wardedFolder(SHORT)
    const { kit, said } = runKit(t, folder, 'D5', 'D7', '--jobs', '1')
    await until(() => isServing(folder))
    const [file = ''] = globSync(`${folder}/*/*/data/postmaster.pid`)
    const lines = readFileSync(file, 'utf8').split('\n')
    const segment = lines[6]?.trim().split(/\s+/)[1] ?? ''
    process.kill(Number(lines[0]), 'SIGKILL')
    kit.kill('SIGTERM')
    await exitOf(kit)
    t.equal(kit.exitCode, 143)
    t.match(await said(), /^cut off, SIGTERM; not run: D5 D7\n0 pass, .*\n$/)
    t.same(readdirSync(folder), [])
    const isKept = () =>
      new RegExp(`^ *-?\\d+ +${segment} `, 'm').test(readFileSync('/proc/sysvipc/shm', 'utf8'))
    await until(() => isFree(folder) && !isKept())
  },
)

const withoutRoot = process.getuid?.() !== 0 && 'a disk can only be mounted by root'

t.test('SIGKILL while a disk of a row is mounted', { skip: withoutProc || withoutRoot }, async (t) => {
  const folder = wardedFolder(SHORT)
  const { kit } = runKit(t, folder, 'D3')
  const isMounted = () => readFileSync('/proc/mounts', 'utf8').includes(folder)
  await until(() => isServing(folder) || kit.exitCode !== null)
  if (kit.exitCode !== null) {
    t.comment('a disk cannot be mounted here')
    return
  }
  t.ok(isMounted())
  kit.kill('SIGKILL')
  await until(() => isFree(folder) && !isMounted() && readdirSync(folder).length === 0)
})

t.test('what a proof leaves behind is named, and taken away', { skip: withoutProc }, async (t) => {
  const folder = new RunFolder()
  mkdirSync(join(folder.path, 'folder'))
  writeFileSync(join(folder.path, 'folder/file'), '')
  const child = ward(spawn('sleep', ['600'], { stdio: 'ignore', env: folder.environment }))
  t.same(await folder.end(0), [`process ${child.pid} (sleep 600 )`, 'folder'])
  await until(() => child.signalCode !== null)
  t.notOk(existsSync(folder.path))
  t.same(await new RunFolder().end(), [])
})
