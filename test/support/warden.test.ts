/** Nothing that a test starts outlives it, and nothing that it makes in the temporary folder, whatever ends it. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { exitOf } from './child-exit.ts'
import { isMarked, processes, type RunningProcess, withoutProc } from './processes.ts'
import { ward, wardedFolder } from './warden.ts'

/** Those that the process has started, and those that have its mark in their environment and other parents by now. */
function below(pid: string, mark: string): readonly RunningProcess[] {
  const all = processes()
  const found = new Set([pid])
  for (let before = 0; before < found.size; ) {
    before = found.size
    for (const each of all) if (found.has(each.parent)) found.add(each.pid)
  }
  return all.filter((each) => each.pid !== pid && (found.has(each.pid) || isMarked(each, mark)))
}

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const)
  t.test(
    `after ${signal} nothing is left of a process and its children`,
    { skip: withoutProc },
    async (t) => {
      const folder = wardedFolder()
      chmodSync(folder, 0o711) // PostgreSQL runs as another user when the tests run as root.
      const mark = `TEST_MARK=${folder}`
      const env = { ...process.env, TMPDIR: folder, TEST_MARK: folder }
      const kinds = signal === 'SIGKILL' ? [] : ['group', 'fork']
      const child = ward(fork(join(import.meta.dirname, 'warded-process.ts'), kinds, { env }))
      const messages: string[] = []
      child.on('message', (message) => messages.push(String(message)))
      while (!messages.includes('ready') && child.exitCode === null && child.signalCode === null)
        await Promise.race([once(child, 'message'), exitOf(child)])
      if (!t.equal(messages.at(-1), 'ready')) return
      const started = below(String(child.pid), mark)
      t.comment(`${messages.join(', ')}: ${started.length} processes`)
      t.ok(
        started.length >= (signal === 'SIGKILL' ? 9 : 3),
        'the warden, a gateway of four, PostgreSQL and so on',
      )
      child.kill(signal)
      await exitOf(child)
      const isLeft = (one: RunningProcess) =>
        started.some(({ pid, startedAt }) => one.pid === pid && one.startedAt === startedAt) ||
        isMarked(one, mark)
      let left = processes().filter(isLeft)
      for (; left.length > 0; left = processes().filter(isLeft)) await pause(50)
      t.same(readdirSync(folder), [])
    },
  )

t.test('every child that a test, kit or bench starts and goes on beside has a warden', async (t) => {
  const files = globSync(['test/**/*.ts', 'kits/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'])
  const unwarded = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    const calls = [...text.matchAll(/(?<![.\w'])(?:spawn|fork)\(/g)]
    const alone = calls.filter(({ index }) => {
      const before = text.slice(0, index)
      const name = /([\w.#]+) = $/.exec(before)?.[1]
      const isKept = name !== undefined && text.includes(`new ProcessGroup(${name})`)
      return !isKept && !/\bward(?:Group)?\(\s*$/.test(before)
    })
    return alone.map(({ index }) => `${file}:${text.slice(0, index).split('\n').length}`)
  })
  // The keepers themselves, and the words of a made-up test.
  const ownKeepers = /^(?:test\/support\/(?:warden|postgres|kept-server)|kits\/mutants\/mutants\.test)\.ts:/
  t.same(
    unwarded.filter((place) => !ownKeepers.test(place)),
    [],
  )
})
