/** Writers that are killed in the middle of their work: what was answered stays, what was not is whole or absent. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Test } from 'tap'
import { verifyChain } from '../../src/core/restriction/audit-chain.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { changesOf } from './place.ts'

const KILLS = 20

/** Starts a writer; `place` as in `writer-process.ts`. */
export function startWriter(t: Test, driver: string, place: string, count?: number): ChildProcess {
  const words = count === undefined ? [driver, place] : [driver, place, String(count)]
  const writer = fork(join(import.meta.dirname, 'writer-process.ts'), words)
  t.teardown(() => writer.kill('SIGKILL'))
  return writer
}

/** IDs of the records whose change was answered before the kill, which comes after `answers` of them. */
async function killAfter(writer: ChildProcess, answers: number): Promise<string[]> {
  const answered: string[] = []
  writer.on('message', (message) => {
    if (message === 'open') return
    answered.push(String(message))
    if (answered.length === answers) writer.kill('SIGKILL')
  })
  await once(writer, 'exit')
  return answered
}

/** Kills writers on the place that `store` is open on. */
export async function survivesKills(t: Test, store: SqlStore, driver: string, place: string): Promise<void> {
  const answered: string[] = []
  for (let round = 1; round <= KILLS; round++)
    answered.push(...(await killAfter(startWriter(t, driver, place), (round % 7) + 1)))
  const lost: string[] = []
  await store.read(async (view) => {
    for (const id of answered) if (!(await view.findRestriction(id))) lost.push(id)
    const [entries, end] = [await view.auditFrom(1, 100_000), await view.auditEnd()]
    t.same(verifyChain(entries, [end]), end, 'the chain verifies')
    for (const { subject } of entries) t.equal((await view.findRestriction(subject))?.members.length, 2)
    t.equal((await changesOf(store)).length, entries.length * 2, 'each change has its entry')
  })
  t.same(lost, [], `of ${answered.length} answered changes none is lost`)
  const changes = await changesOf(store)
  t.ok(
    changes.every(({ sequence }, index) => sequence === index + 1),
    'and the sequence has no gaps',
  )
}
