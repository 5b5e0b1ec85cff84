/** `duisgate demo` as a process that stays up, and what it prints. */
import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { Test } from 'tap'
import { BIN, ROOT, temporaryFolder } from '../cli/run.ts'
import { ward } from '../support/warden.ts'

interface Demo {
  readonly child: ChildProcess
  /** Up to the last line of the nextSteps. */
  readonly printed: string
  readonly printedSince: () => string
}

/** Until it is the newcomer's turn; it ends with the test. */
export async function startDemo(t: Test, words: readonly string[] = []): Promise<Demo> {
  const folder = temporaryFolder()
  const child = ward(
    spawn(process.execPath, [BIN, 'demo', ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH, TMPDIR: folder },
      cwd: ROOT,
    }),
  )
  t.teardown(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const { promise, resolve } = Promise.withResolvers<string>()
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text
    if (printed.includes('Ctrl-C ends it.')) resolve(printed)
  })
  child.on('exit', () => resolve(printed))
  const nextSteps = await promise
  return { child, printed: nextSteps, printedSince: () => printed.slice(nextSteps.length) }
}
