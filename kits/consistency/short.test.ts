/**
 * The short form of the consistency test: three gateways on a real PostgreSQL through faults of the network, judged as the
 * long form is. It is over when each fault has come once and each gateway has shown enough, however long that takes.
 * `npm run consistency` is longer and also pauses and kills gateways and crashes the store.
 */
import t from 'tap'
import { check } from './checker.ts'
import { runConsistency } from './run.ts'
import { wordsOf } from './verdict.ts'

t.test(
  'no gateway lets a blocked message through once the flag is in force',
  { timeout: 290_000 },
  async (t) => {
    const lines = await runConsistency({
      seconds: 3,
      calmSeconds: 1,
      seed: 11,
      leaseMs: 1_000,
      meters: 6,
      kinds: ['delay', 'cut', 'black-hole', 'half-open'],
    })
    const judgement = check(lines)
    t.comment(wordsOf(judgement))
    const { messages, mustStop, all } = judgement.figures
    t.comment(
      `figure: 0 of ${mustStop} messages that had to be stopped let through, of ${messages}; in force after p99 ${all.p99.toFixed(0)} ms, faults included`,
    )
    t.same(judgement.violations, [])
    t.same(judgement.doubts, [])
  },
)
