/** What is said when a command that stays up cannot begin. */
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { createServer } from 'node:net'
import t from 'tap'
import { adviseOnAddress } from '../../src/run/running.ts'

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

t.test('an address that cannot be had is told with what to do', async (t) => {
  const elsewhere = createServer()
  const failure = await failureOf(once(elsewhere.listen(0, '203.0.113.1'), 'listening'))
  t.throws(() => adviseOnAddress(failure, 'southbound.listen'), {
    message: /203\.0\.113\.1.*choose another address.*--set southbound\.listen=HOST:PORT/,
  })
})

t.test('a file that cannot be opened is not taken for an address', async (t) => {
  const failure = await failureOf(open(`${t.testdir()}/none/events.ndjson`))
  t.throws(() => adviseOnAddress(failure, 'southbound.listen'), failure as Error)
})
