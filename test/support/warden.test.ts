/** Nothing that a test starts outlives it, and nothing that it makes in the temporary folder, whatever ends it. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { ward, wardedFolder } from './warden.ts'

const skip = !existsSync('/proc/self/environ') && 'there is no /proc to see all processes in'

/** A file of a process under /proc; empty when the process has ended. */
function read(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return ''
  }
}

interface Seen {
  readonly pid: string
  readonly parent: string
  /** Tells it from another that has its number later. */
  readonly startedAt: string
  readonly what: string
}

function processes(): readonly Seen[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      const [state = '', parent = '', ...rest] = read(pid, 'stat').split(') ').at(-1)?.split(' ') ?? []
      const isGone = state === '' || state === 'Z'
      const what = isGone ? '' : read(pid, 'cmdline').replaceAll('\0', ' ').slice(0, 120)
      return { pid, parent, startedAt: rest[17] ?? '', what }
    })
    .filter(({ what }) => what !== '')
}

/** Those that the process has started, and those that have its mark in their environment and other parents by now. */
function below(pid: string, mark: string): readonly Seen[] {
  const all = processes()
  const found = new Set([pid])
  for (let before = 0; before < found.size; ) {
    before = found.size
    for (const each of all) if (found.has(each.parent)) found.add(each.pid)
  }
  return all.filter((each) => each.pid !== pid && (found.has(each.pid) || isMarked(each, mark)))
}

function isMarked({ pid }: Seen, mark: string): boolean {
  return read(pid, 'environ').includes(mark)
}

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const)
  t.test(`after ${signal} nothing is left of a process and its children`, { skip }, async (t) => {
    const folder = wardedFolder()
    chmodSync(folder, 0o711) // PostgreSQL runs as another user when the tests run as root.
    const mark = `TEST_MARK=${folder}`
    const env = { ...process.env, TMPDIR: folder, TEST_MARK: folder }
    const kinds = signal === 'SIGKILL' ? [] : ['group', 'fork']
    const child = ward(fork(join(import.meta.dirname, 'warded-process.ts'), kinds, { env }))
    const messages: string[] = []
    child.on('message', (message) => messages.push(String(message)))
    while (!messages.includes('ready') && child.exitCode === null && child.signalCode === null)
      await Promise.race([once(child, 'message'), once(child, 'exit')])
    if (!t.equal(messages.at(-1), 'ready')) return
    const started = below(String(child.pid), mark)
    t.comment(`${messages.join(', ')}: ${started.length} processes`)
    t.ok(
      started.length >= (signal === 'SIGKILL' ? 9 : 3),
      'the warden, a gateway of four, PostgreSQL and so on',
    )
    child.kill(signal)
    await once(child, 'exit')
    const isLeft = (one: Seen) =>
      started.some(({ pid, startedAt }) => one.pid === pid && one.startedAt === startedAt) ||
      isMarked(one, mark)
    let left = processes().filter(isLeft)
    for (; left.length > 0; left = processes().filter(isLeft)) await pause(50)
    t.same(readdirSync(folder), [])
  })

t.test('every child that a test, kit or bench starts and goes on beside has a warden', async (t) => {
  const files = globSync(['test/**/*.ts', 'kits/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'])
  const unwarded = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    const calls = [...text.matchAll(/(?<![.\w'])(?:spawn|fork)\(/g)]
    const alone = calls.filter(({ index }) => !/\bward(?:Group)?\(\s*$/.test(text.slice(0, index)))
    return alone.map(({ index }) => `${file}:${text.slice(0, index).split('\n').length}`)
  })
  // The keepers themselves, and the words of a made-up test.
  const ownKeepers = /^(?:test\/support\/(?:warden|postgres)|kits\/mutants\/mutants\.test)\.ts:/
  t.same(
    unwarded.filter((place) => !ownKeepers.test(place)),
    [],
  )
})
