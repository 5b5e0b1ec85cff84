// The event spool on real files: nothing kept is lost, whatever fails, and everything arrives in order.
import { execFileSync } from 'node:child_process'
import { appendFileSync, closeSync, constants, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { EventSpool, type EventSpoolOptions } from '../../src/events/event-spool.ts'
import { temporaryFolder } from '../support/start-gateway.ts'

interface Seen {
  readonly decision: string
  readonly device?: bigint
}

/** A receiver that fails while `failures` are left, and timers that run when the test says so. */
function receiver(failures = 0) {
  const taken: Seen[] = []
  const waiting: (() => void)[] = []
  let left = failures
  let onArrival: (() => void) | undefined
  return {
    taken,
    runTimers: () => {
      for (const work of waiting.splice(0)) work()
    },
    timers: waiting,
    /** Settles once `count` events have arrived. */
    async arrived(count: number) {
      while (taken.length < count) {
        await new Promise<void>((resolve) => {
          onArrival = resolve
        })
      }
    },
    options: (folder: string, more: Partial<EventSpoolOptions<Seen>> = {}): EventSpoolOptions<Seen> => ({
      folder,
      deliver: async (events) => {
        if (left-- > 0) {
          setImmediate(() => onArrival?.())
          throw new Error('the store is away')
        }
        taken.push(...events)
        onArrival?.()
      },
      after: (_delayMs, work) => {
        waiting.push(work)
        onArrival?.()
        return () => waiting.splice(waiting.indexOf(work), 1)
      },
      ...more,
    }),
  }
}

async function spoolIn(t: Test, options: EventSpoolOptions<Seen>) {
  const spool = await EventSpool.open(options)
  let isOpen = true
  const close = async () => {
    if (isOpen) await spool.close()
    isOpen = false
  }
  t.teardown(close)
  return { spool, close }
}

t.test('delivers what was kept, in order, with 64-bit keys intact', async (t) => {
  const store = receiver()
  const { spool } = await spoolIn(t, store.options(await temporaryFolder(t)))
  const device = 0xff_db_12_34_56_78_90_a0n
  await Promise.all(['a', 'b', 'c'].map((decision) => spool.keep({ decision, device })))
  await store.arrived(3)
  t.same(
    store.taken,
    ['a', 'b', 'c'].map((decision) => ({ decision, device })),
  )
})

t.test('has an event on disk before keep settles', async (t) => {
  const folder = await temporaryFolder(t)
  const { spool } = await spoolIn(t, receiver(99).options(folder))
  await spool.keep({ decision: 'a' })
  t.match(readFileSync(join(folder, 'events.ndjson'), 'utf8'), /"a"\}\n$/)
})

t.test('delivers again after a failure, and says so once', async (t) => {
  const store = receiver(2)
  const failures: unknown[] = []
  const options = store.options(await temporaryFolder(t), { onFailure: (error) => failures.push(error) })
  const { spool } = await spoolIn(t, options)
  await spool.keep({ decision: 'a' })
  while (store.taken.length === 0) {
    await new Promise((resolve) => setImmediate(resolve))
    store.runTimers()
  }
  t.same(store.taken, [{ decision: 'a' }])
  t.equal(failures.length, 1)
})

t.test('delivers after a restart what was kept before it', async (t) => {
  const folder = await temporaryFolder(t)
  const away = receiver(99)
  const first = await spoolIn(t, away.options(folder))
  await first.spool.keep({ decision: 'a' })
  await first.spool.keep({ decision: 'b' })
  await first.close()
  const store = receiver()
  await spoolIn(t, store.options(folder))
  await store.arrived(2)
  t.same(
    store.taken.map((event) => event.decision),
    ['a', 'b'],
  )
})

t.test('drops the half line of a crash and nothing else', async (t) => {
  const folder = await temporaryFolder(t)
  const first = await spoolIn(t, receiver(99).options(folder))
  await first.spool.keep({ decision: 'a' })
  await first.close()
  appendFileSync(join(folder, 'events.ndjson'), '{"decision":"to')
  const store = receiver()
  const { spool } = await spoolIn(t, store.options(folder))
  await spool.keep({ decision: 'b' })
  await store.arrived(2)
  t.same(
    store.taken.map((event) => event.decision),
    ['a', 'b'],
  )
})

t.test('starts a delivered file over without losing what comes meanwhile', async (t) => {
  const folder = await temporaryFolder(t)
  const store = receiver()
  const { spool, close } = await spoolIn(t, store.options(folder, { restartBytes: 200 }))
  const names = Array.from({ length: 400 }, (_, index) => `d${index}`)
  for (const decision of names) {
    const kept = spool.keep({ decision })
    if (decision.endsWith('7')) await kept
  }
  await store.arrived(400)
  t.same(
    store.taken.map((event) => event.decision),
    names,
  )
  await spool.keep({ decision: 'last' })
  await store.arrived(401)
  await close()
  t.ok(statSync(join(folder, 'events.ndjson')).size < 1_000, 'of some 8,000 bytes few are left')
})

t.test('a disk that hangs on the mark stops nobody who shares the event loop', async (t) => {
  const folder = await temporaryFolder(t)
  const fresh = join(folder, 'events.mark.new')
  execFileSync('mkfifo', [fresh]) // opening it to write hangs until somebody reads
  const { taken, arrived, options } = receiver()
  const { spool } = await spoolIn(t, options(folder))
  t.teardown(() => closeSync(openSync(fresh, constants.O_RDONLY | constants.O_NONBLOCK)))
  await spool.keep({ decision: 'first' })
  await arrived(1)
  await spool.keep({ decision: 'second' })
  t.same(taken, [{ decision: 'first' }], 'kept while the mark of the first is being written')
})
