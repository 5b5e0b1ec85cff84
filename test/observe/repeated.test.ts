/** What a process does again and again: when the next run begins, and that none begins after the end. */
import t from 'tap'
import { Repeated } from '../../src/observe/repeated.ts'
import { FakeTime } from '../support/fake-time.ts'

/** Work of which each run ends when the test says so. */
class Runs {
  readonly #ends: ((pauseMs?: number) => void)[] = []

  readonly work = (): Promise<number | undefined> => {
    const { promise, resolve } = Promise.withResolvers<number | undefined>()
    this.#ends.push(resolve)
    return promise
  }

  get begun(): number {
    return this.#ends.length
  }

  /** Ends the run of this number, from 1, and lets what follows from it happen. */
  async end(number: number, pauseMs?: number): Promise<void> {
    this.#ends[number - 1]?.(pauseMs)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function repeated(everyMs = 100) {
  const scheduler = new FakeTime()
  const runs = new Runs()
  return { scheduler, runs, repeated: new Repeated({ work: runs.work, everyMs, scheduler }) }
}

t.test('a run begins at once, the next a pause after its end', async (t) => {
  const { scheduler, runs, repeated: again } = repeated()
  void again.start()
  t.equal(runs.begun, 1)
  await scheduler.advance(1_000)
  t.equal(runs.begun, 1, 'not before the first has ended')
  await runs.end(1)
  await scheduler.advance(99)
  t.equal(runs.begun, 1)
  await scheduler.advance(1)
  t.equal(runs.begun, 2)
})

t.test('begun later, the first run comes after a pause', async (t) => {
  const { scheduler, runs, repeated: again } = repeated()
  again.startLater()
  t.equal(runs.begun, 0)
  await scheduler.advance(100)
  t.equal(runs.begun, 1)
})

t.test('a run may say how long to pause, and no pause at all', async (t) => {
  const { scheduler, runs, repeated: again } = repeated()
  void again.start()
  await runs.end(1, 0)
  t.equal(runs.begun, 2)
  await runs.end(2, 7)
  await scheduler.advance(7)
  t.equal(runs.begun, 3)
})

t.test('waking it cuts the pause short', async (t) => {
  const { scheduler, runs, repeated: again } = repeated()
  void again.start()
  await runs.end(1)
  again.wake()
  t.equal(runs.begun, 2)
  t.equal(scheduler.pending, 0, 'the pause that was cut short is gone')
})

t.test('woken during a run it runs once more at once', async (t) => {
  const { runs, repeated: again } = repeated()
  void again.start()
  again.wake()
  again.wake()
  t.equal(runs.begun, 1)
  await runs.end(1)
  t.equal(runs.begun, 2)
  await runs.end(2)
  t.equal(runs.begun, 2)
})

t.test('stopping waits for the run under way, and none follows', async (t) => {
  const { scheduler, runs, repeated: again } = repeated()
  void again.start()
  again.wake()
  let hasStopped = false
  const stopped = again.stop().then(() => {
    hasStopped = true
  })
  await scheduler.advance(1_000)
  t.notOk(hasStopped)
  await runs.end(1)
  await stopped
  await scheduler.advance(1_000)
  t.equal(runs.begun, 1)
  again.wake()
  t.equal(runs.begun, 1, 'also when it is woken')
})

t.test('stopped in a pause nothing is left', async (t) => {
  const { scheduler, runs, repeated: again } = repeated()
  void again.start()
  await runs.end(1)
  await again.stop()
  t.equal(scheduler.pending, 0)
  again.wake()
  t.equal(runs.begun, 1)
})
