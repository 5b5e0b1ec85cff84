// The event spool on real files: nothing kept is lost, whatever fails, and everything arrives in order.
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  constants,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { EventSpool, type EventSpoolOptions } from '../../src/events/event-spool.ts'
import { smallDisk, whyNoSmallDisk } from '../support/small-disk.ts'
import { temporaryFolder } from '../support/start-gateway.ts'

const skip = whyNoSmallDisk() ?? false

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

/** A folder whose events cannot be written: the file stands for a full device. */
async function fullFolder(t: Test): Promise<string> {
  const folder = await temporaryFolder(t)
  symlinkSync('/dev/full', join(folder, 'events.ndjson'))
  return folder
}

const decisionsOf = (events: readonly Seen[]) => events.map(({ decision }) => decision)

t.test('a full disk loses nothing while the store is there, and is not taken for the store', async (t) => {
  const store = receiver()
  const faults: unknown[] = []
  const options = store.options(await fullFolder(t), {
    onFailure: () => t.fail('the store did its part'),
    onDiskFailure: (error) => faults.push(error),
  })
  const { spool } = await spoolIn(t, options)
  const names = Array.from({ length: 1_200 }, (_, index) => `d${index}`)
  await Promise.all(names.map((decision) => spool.keep({ decision })))
  t.same(decisionsOf(store.taken), names, 'they are with the store once they are kept')
  t.equal(spool.backlogBytes, 0)
  t.match(faults[0], { code: 'ENOSPC' })
})

t.test('with disk and store away an event is not kept, waits in memory, and arrives in order', async (t) => {
  const store = receiver(1)
  const { spool } = await spoolIn(t, store.options(await fullFolder(t)))
  await t.rejects(spool.keep({ decision: 'a' }), 'the store is away')
  await t.rejects(spool.keep({ decision: 'b' }), 'neither is asked again before its time')
  t.ok(spool.backlogBytes > 0)
  store.runTimers()
  await store.arrived(2)
  await spool.keep({ decision: 'c' })
  t.same(decisionsOf(store.taken), ['a', 'b', 'c'])
  t.equal(spool.backlogBytes, 0)
})

t.test('only so many events wait in memory; the end is the last try', async (t) => {
  const store = receiver(1)
  const lost: number[] = []
  const options = { maxInMemory: 2, onLost: (events: number) => lost.push(events) }
  const { spool, close } = await spoolIn(t, store.options(await fullFolder(t), options))
  for (const decision of ['a', 'b', 'c']) await t.rejects(spool.keep({ decision }))
  t.same(lost, [1], 'c is given up')
  await close()
  t.same(decisionsOf(store.taken), ['a', 'b'])
  t.same(lost, [1], 'the others were late, and are not lost')
})

t.test('what is still in memory at the end, with disk and store away, is told as lost', async (t) => {
  const lost: number[] = []
  const options = receiver(99).options(await fullFolder(t), { onLost: (events) => lost.push(events) })
  const { spool, close } = await spoolIn(t, options)
  for (const decision of ['a', 'b']) await t.rejects(spool.keep({ decision }))
  t.same(lost, [])
  await close()
  t.same(lost, [2])
})

t.test('one sync keeps all events of a turn, and one more all that came during it', async (t) => {
  const folder = await temporaryFolder(t)
  const file = await open(join(folder, 'any'), 'w')
  const prototype = Object.getPrototypeOf(file) as FileHandle
  await file.close()
  const syncs = { datasync: 0, sync: 0 }
  for (const name of ['datasync', 'sync'] as const) {
    const real = prototype[name]
    prototype[name] = function (this: FileHandle) {
      syncs[name] += 1
      return real.call(this)
    }
    t.teardown(() => {
      prototype[name] = real
    })
  }
  const store = receiver()
  const { spool } = await spoolIn(t, store.options(folder))
  const first = Array.from({ length: 40 }, (_, n) => spool.keep({ decision: `a${n}` }))
  await new Promise((resolve) => setImmediate(resolve))
  const second = Array.from({ length: 40 }, (_, n) => spool.keep({ decision: `b${n}` }))
  await Promise.all([...first, ...second])
  await store.arrived(80)
  t.same(syncs, { datasync: 2, sync: 0 }, 'none for the mark')
})

t.test(
  'a mark that cannot be written stops no delivery, and only repeats some after a restart',
  async (t) => {
    const folder = await temporaryFolder(t)
    symlinkSync('/dev/full', join(folder, 'events.mark.new'))
    const store = receiver()
    const faults: unknown[] = []
    const options = store.options(folder, {
      onFailure: () => t.fail('the store did its part'),
      onDiskFailure: (error) => faults.push(error),
    })
    const first = await spoolIn(t, options)
    for (const decision of ['a', 'b']) await first.spool.keep({ decision })
    await store.arrived(2)
    await first.close()
    t.match(faults[0], { code: /ENOSPC|EINVAL/ })
    const again = receiver()
    await spoolIn(t, again.options(folder))
    await again.arrived(2)
    t.same(decisionsOf(again.taken), ['a', 'b'])
  },
)

t.test('a mark of before the file started over skips nothing', async (t) => {
  const folder = await temporaryFolder(t)
  writeFileSync(join(folder, 'events.mark'), '4000000')
  writeFileSync(join(folder, 'events.ndjson'), '{"decision":"a"}\n')
  const store = receiver()
  await spoolIn(t, store.options(folder))
  await store.arrived(1)
  t.same(decisionsOf(store.taken), ['a'])
})

t.test(
  'a disk that is full for a while: everything once and in order, over memory and file',
  { skip },
  async (t) => {
    const disk = smallDisk(t, join(await temporaryFolder(t), 'disk'), '128k')
    const folder = join(disk.folder, 'events')
    const store = receiver()
    const { spool, close } = await spoolIn(t, store.options(folder, { restartBytes: 20_000 }))
    const names = Array.from({ length: 3_000 }, (_, index) => `d${index}`)
    for (const [index, decision] of names.entries()) {
      if (index % 1_000 === 500) disk.fill()
      const kept = spool.keep({ decision })
      if (index % 7 === 0) await kept
      if (index % 1_000 === 999) {
        await kept
        disk.free()
      }
    }
    await store.arrived(names.length)
    t.same(decisionsOf(store.taken), names)
    await close()
    const again = receiver()
    const { spool: next } = await spoolIn(t, again.options(folder))
    await next.keep({ decision: 'last' })
    while (decisionsOf(again.taken).at(-1) !== 'last') await again.arrived(again.taken.length + 1)
    const repeated = decisionsOf(again.taken).slice(0, -1)
    t.same(repeated, names.slice(names.length - repeated.length), 'at most some of the last come again')
  },
)
