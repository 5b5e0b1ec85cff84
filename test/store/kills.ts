/** Writers that are killed in the middle of their work: what was answered stays, what was not is whole or absent. */
import { type ChildProcess, fork } from 'node:child_process'
import { on } from 'node:events'
import { join } from 'node:path'
import type { Test } from 'tap'
import { verifyChain } from '../../src/core/restriction/audit-chain.ts'
import { exitOf } from '../support/child-exit.ts'
import { ward } from '../support/warden.ts'
import { openAt } from './open-at.ts'
import { changesOf } from './place.ts'

/** Starts a writer; `place` as in `open-at.ts`. */
export function startWriter(t: Test, driver: string, place: string, count?: number): ChildProcess {
  return start(t, 'writer-process.ts', [driver, place, ...(count === undefined ? [] : [String(count)])])
}

function start(t: Test, program: string, words: readonly string[]): ChildProcess {
  const started = ward(fork(join(import.meta.dirname, program), words))
  t.teardown(() => started.kill('SIGKILL'))
  return started
}

/** IDs of the records whose change was answered before the kill, which comes after `answers` of them. */
async function killAfter(writer: ChildProcess, answers: number): Promise<string[]> {
  const answered: string[] = []
  writer.on('message', (message) => {
    if (message === 'open') return
    answered.push(String(message))
    if (answered.length === answers) writer.kill('SIGKILL')
  })
  await exitOf(writer)
  return answered
}

/** Kills writers on the place, one after the other. */
export async function survivesKills(t: Test, driver: string, place: string, kills: number): Promise<void> {
  const store = await openAt(driver, place)
  t.teardown(() => store.close())
  const answered: string[] = []
  for (let round = 1; round <= kills; round++)
    answered.push(...(await killAfter(startWriter(t, driver, place), (round % 7) + 1)))
  const lost: string[] = []
  await store.read(async (view) => {
    for (const id of answered) if (!(await view.restrictions.find(id))) lost.push(id)
    const [entries, end] = [await view.audit.from(1, 100_000), await view.audit.end()]
    t.same(verifyChain(entries, [end]), end, 'the chain verifies')
    for (const { subject } of entries) t.equal((await view.restrictions.find(subject))?.members.length, 2)
    t.equal((await changesOf(store)).length, entries.length * 2, 'each change has its entry')
  })
  t.same(lost, [], `of ${answered.length} answered changes none is lost`)
  t.comment(`figure: ${lost.length} of ${answered.length} answered changes lost in ${kills} kills`)
  const changes = await changesOf(store)
  t.ok(
    changes.every(({ sequence }, index) => sequence === index + 1),
    'and the sequence has no gaps',
  )
}

const IMPORTED = 30_000

/** Kills an import that has staged 20,000 rows, and lets another process end it. */
export async function resumesImport(t: Test, driver: string, place: string): Promise<void> {
  const store = await openAt(driver, place)
  t.teardown(() => store.close())
  const killed = start(t, 'import-process.ts', [driver, place, String(IMPORTED), '25000'])
  for await (const [{ rows }] of on(killed, 'message')) if (rows === 20_000) break
  killed.kill('SIGKILL')
  await exitOf(killed)
  t.same(
    [await store.read((view) => view.inventory.count()), await store.position()],
    [0, 0],
    'nothing is applied',
  )
  const told: unknown[] = []
  const resumed = start(t, 'import-process.ts', [driver, place, String(IMPORTED)])
  resumed.on('message', (message) => told.push(message))
  await exitOf(resumed)
  t.match(told.at(-1), { rows: IMPORTED, resumedAt: 20_000, devices: IMPORTED, sequence: 1 })
  t.equal(await store.read((view) => view.inventory.count()), IMPORTED)
}
