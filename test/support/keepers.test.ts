/** The shells that servers of tests run below: a server ends with its test also when it has only just begun. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import t from 'tap'
import { exitOf } from './child-exit.ts'
import { KEEPER as KEPT_SERVER } from './kept-server.ts'
import { KEEPER as POSTGRES, startPostgres } from './postgres.ts'
import { ward, wardedFolder } from './warden.ts'

/** It listens to no signal yet, as a server does that has just been started. */
const JUST_BEGUN = ['sleep', '600']

function keeper(script: string, ...words: string[]): ChildProcess {
  return ward(
    spawn('sh', ['-c', script, 'keeper', ...words, ...JUST_BEGUN], { stdio: ['pipe', 'ignore', 'ignore'] }),
  )
}

t.test('PostgreSQL, and its folder', async (t) => {
  const folder = wardedFolder()
  const shell = keeper(POSTGRES, folder)
  shell.stdin?.end()
  await exitOf(shell)
  t.notOk(existsSync(folder))
})

t.test('a PostgreSQL that does not start says why, and nothing waits for it', async (t) => {
  await t.rejects(startPostgres({ access: 'no line of pg_hba.conf\n' }), /did not start:[\s\S]*pg_hba/)
})

const SIGTERM = 15

for (const [signal, number] of [
  ['INT', 2],
  ['QUIT', 3],
  ['TERM', SIGTERM],
] as const)
  t.test(`a server that is ended by SIG${signal}`, async (t) => {
    const shell = keeper(KEPT_SERVER, signal)
    shell.stdin?.end()
    const [code] = await exitOf(shell)
    // By its own signal where it had not come to ignore that, else by the one after it.
    t.ok([128 + number, 128 + SIGTERM].includes(code ?? 0), String(code))
  })
