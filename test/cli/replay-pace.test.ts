/** When messages of a replay are due, on a clock of the test's own, and how many are under way. */
import t from 'tap'
import { atPace, atRate, type ReplayClock, runDue, unhurried } from '../../src/cli/replay/pace.ts'

/** Goes on only when somebody waits, and then at once to when they are due. */
class JumpingClock implements ReplayClock {
  #now = 1_000

  now(): number {
    return this.#now
  }

  async until(at: number): Promise<void> {
    this.#now = Math.max(this.#now, at)
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds
  }
}

async function* messages(...times: (number | undefined)[]) {
  for (const time of times) yield { time }
}

const NONE = [undefined, undefined, undefined, undefined]

t.test('at a rate each has its time, whatever the answers', async (t) => {
  const clock = new JumpingClock()
  const sent: number[] = []
  await runDue(
    messages(...NONE),
    { dueTimes: atRate(4), width: 8, clock },
    async () => void sent.push(clock.now()),
  )
  t.same(sent, [1_000, 1_250, 1_500, 1_750])
})

t.test('what is behind its time goes at once, and is measured from when it was due', async (t) => {
  const clock = new JumpingClock()
  const late: number[] = []
  await runDue(messages(...NONE), { dueTimes: atRate(10), width: 1, clock }, async (_item, dueAt) => {
    late.push(clock.now() - dueAt)
    clock.pass(150)
  })
  t.same(late, [0, 50, 100, 150])
})

t.test('at the pace of the capture times are kept, or divided by the speed', async (t) => {
  for (const [speed, expected] of [
    [1, [1_000, 1_400, 1_400, 3_000]],
    [2, [1_000, 1_200, 1_200, 2_000]],
  ] as const) {
    const clock = new JumpingClock()
    const sent: number[] = []
    const items = messages(5_000, 5_400, 4_900, 7_000)
    await runDue(items, { dueTimes: atPace(speed), width: 8, clock }, async () => void sent.push(clock.now()))
    t.same(sent, expected, `speed ${speed}`)
  }
})

t.test('no more are under way than may be, and all are over at the end', async (t) => {
  let [underWay, most, over] = [0, 0, 0]
  const clock = new JumpingClock()
  await runDue(messages(...NONE, ...NONE), { dueTimes: unhurried, width: 3, clock }, async () => {
    most = Math.max(most, ++underWay)
    await new Promise((resolve) => setImmediate(resolve))
    underWay--
    over++
  })
  t.same([most, over], [3, 8])
})

t.test('what goes wrong with one ends the run', async (t) => {
  const run = runDue(
    messages(...NONE),
    { dueTimes: unhurried, width: 2, clock: new JumpingClock() },
    async () => {
      throw new Error('the disk is full')
    },
  )
  await t.rejects(run, /the disk is full/)
})
