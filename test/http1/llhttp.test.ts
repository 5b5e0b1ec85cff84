/** Nothing that the server takes for a request is something else to Node's parser: ten seconds of made and damaged bytes. */
import t from 'tap'
import { startPair } from './differential.ts'
import { randomFrom, requestBytes } from './request-bytes.ts'

const SECONDS = 8
const AT_A_TIME = 16

t.test('takes only requests that llhttp takes in the same way', async (t) => {
  const pair = await startPair()
  t.teardown(() => pair.close())
  const until = performance.now() + SECONDS * 1_000
  const tally = { cases: 0, taken: 0 }
  const run = async (seed: number) => {
    const bytes = requestBytes(randomFrom(seed))
    const { ours, theirs, agrees } = await pair.compare(bytes)
    tally.cases++
    tally.taken += ours.length
    if (!agrees) t.fail(`seed ${seed}`, { bytes: bytes.toString('latin1'), ours, theirs })
  }
  for (let seed = 1; performance.now() < until; seed += AT_A_TIME) {
    await Promise.all(Array.from({ length: AT_A_TIME }, (_, i) => run(seed + i)))
  }
  t.comment(JSON.stringify(tally))
  t.ok(tally.cases > 200)
  t.ok(tally.taken > tally.cases / 10, 'enough of them were requests')
})
