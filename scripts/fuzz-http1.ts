/**
 * Fuzzes the HTTP/1.1 server against Node's parser for as long as asked: `node scripts/fuzz-http1.ts --seconds 600 [--seed 1]`.
 *
 * Prints every disagreement as a JSON line (seed, bytes as base64, what each understood) and ends with 1 when there was
 * one. The same generator runs for a few seconds in test/http1/llhttp.test.ts.
 */
import { readOptions } from '../bench/support/help.ts'
import { startPair } from '../test/http1/differential.ts'
import { randomFrom, requestBytes } from '../test/http1/request-bytes.ts'

const AT_A_TIME = 16

const { values } = readOptions({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: `${Date.now() % 2 ** 31}` },
  },
})

const pair = await startPair()
const tally = { seed: Number(values.seed), cases: 0, taken: 0, findings: 0 }
const until = Date.now() + Number(values.seconds) * 1_000
for (let seed = tally.seed; Date.now() < until; seed += AT_A_TIME) {
  await Promise.all(Array.from({ length: AT_A_TIME }, (_, i) => compare(seed + i)))
}
console.log(JSON.stringify(tally))
await pair.close()
process.exitCode = tally.findings > 0 ? 1 : 0

async function compare(seed: number): Promise<void> {
  const bytes = requestBytes(randomFrom(seed))
  const { ours, theirs, agrees } = await pair.compare(bytes)
  tally.cases++
  tally.taken += ours.length
  if (agrees) return
  tally.findings++
  console.log(JSON.stringify({ seed, base64: bytes.toString('base64'), ours, theirs }))
}
