/** What a gateway remembers when it is started again, and the store it meets then is not the one it left. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { LiveFlags, type LiveFlagsOptions } from '../../src/flags/live-flags.ts'
import { SeenFile } from '../../src/flags/seen-file.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { restrict } from '../support/restrict.ts'
import { wardedFolder } from '../support/warden.ts'
import { device, GPF, METER } from './bench.ts'
import { FaultyRecords } from './faulty-records.ts'

const LONG_AGO = instantOf(0)

/** One gateway's folder; every `start` is a restart of it on whatever store lies there. */
function placeIn(t: Test) {
  const folder = wardedFolder()
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const store = join(folder, 'store.db')
  const seen = join(folder, 'journal', 'flags.seen')
  const start = async (file = store, more: LiveFlagsOptions & { readonly acceptsReset?: boolean } = {}) => {
    const opened = openSqliteStore({ file })
    const records = new FaultyRecords(opened)
    const { acceptsReset = false, ...options } = more
    const history = { identity: opened, memory: new SeenFile(seen), acceptsReset }
    const flags = new LiveFlags(records, { history, pollMs: 3_600_000, ...options })
    await flags.start()
    const stop = async () => {
      await flags.stop()
      await opened.close()
    }
    return { store: opened, records, flags, stop, state: () => flags.status().state }
  }
  return { folder, store, seen, start }
}

async function restrictAndApply(store: SqlStore, flags: LiveFlags): Promise<void> {
  await restrict(store, [METER], LONG_AGO)
  await flags.catchUp()
}

t.test('goes on where it was when the store is as it left it, or further', async (t) => {
  const place = placeIn(t)
  const before = await place.start()
  await restrictAndApply(before.store, before.flags)
  await before.store.change((unit) => unit.inventory.put([device(GPF)]))
  await before.stop()
  const after = await place.start()
  t.equal(after.state(), 'in-step')
  t.match(await after.flags.read([METER], instantOf(1)), [{ state: 'restricted' }])
  await after.stop()
})

t.test('refuses a store that was wiped and made anew while it was down', async (t) => {
  const place = placeIn(t)
  const before = await place.start()
  await restrictAndApply(before.store, before.flags)
  await before.stop()
  rmSync(place.store)
  const refusals: string[] = []
  const after = await place.start(place.store, { onRefused: (reason) => refusals.push(reason) })
  t.equal(after.state(), 'refused')
  t.match(refusals, [/not the one that this gateway has followed/])
  t.notOk(after.flags.isReady)
  t.match(await after.flags.read([METER], instantOf(1)), [{ state: 'unknown' }])
  await after.stop()
})

t.test('refuses an older copy of the store, also once that has grown past where it was', async (t) => {
  const place = placeIn(t)
  const backup = join(place.folder, 'backup.db')
  const first = await place.start()
  await first.store.change((unit) => unit.inventory.put([device(METER)]))
  await first.flags.catchUp()
  await first.stop()
  await copyFile(place.store, backup)
  const before = await place.start()
  await restrictAndApply(before.store, before.flags)
  await before.stop()
  for (const extra of [0, 5]) {
    const restored = openSqliteStore({ file: backup })
    for (let more = 0; more < extra; more++)
      await restored.change((unit) => unit.inventory.put([device(GPF, more % 2 ? 'GPF' : 'CHF')]))
    await restored.close()
    const after = await place.start(backup)
    t.equal(after.state(), 'refused')
    t.match(await after.flags.read([METER], instantOf(1)), [{ state: 'unknown' }])
    await after.stop()
  }
})

t.test('knows no flag when it starts without its store, whatever it knew before', async (t) => {
  const place = placeIn(t)
  const before = await place.start()
  await restrictAndApply(before.store, before.flags)
  await before.stop()
  const opened = openSqliteStore({ file: place.store })
  const records = new FaultyRecords(opened)
  records.fault = 'fails'
  const flags = new LiveFlags(records, {
    history: { identity: opened, memory: new SeenFile(place.seen) },
  })
  await flags.start()
  t.match(flags.status(), { state: 'starting' })
  t.notOk(flags.isReady)
  t.match(await flags.read([METER], instantOf(1)), [{ state: 'unknown' }])
  await flags.stop()
  await opened.close()
})

t.test(
  'takes the store as it is when an operator says so, and remembers that one from then on',
  async (t) => {
    const place = placeIn(t)
    const before = await place.start()
    await restrictAndApply(before.store, before.flags)
    await before.stop()
    rmSync(place.store)
    const accepted = await place.start(place.store, { acceptsReset: true })
    t.equal(accepted.state(), 'in-step')
    await accepted.stop()
    const after = await place.start()
    t.equal(after.state(), 'in-step')
    await after.stop()
  },
)

t.test('refuses every store when what it remembers cannot be read', async (t) => {
  for (const text of ['', '{', '[]', '{"storeId":1}', '{"storeId":"x","sequence":"1"}']) {
    const place = placeIn(t)
    const before = await place.start()
    await before.stop()
    writeFileSync(place.seen, text)
    const after = await place.start()
    t.equal(after.state(), 'refused', text)
    await after.stop()
  }
})

t.test('refuses another store that comes in place of an empty one while it runs', async (t) => {
  const place = placeIn(t)
  const running = await place.start()
  const other = openSqliteStore({ file: join(place.folder, 'other.db') })
  const identity = { id: await running.store.storeId() }
  t.equal(running.state(), 'in-step')
  running.records.fault = 'fails'
  await running.flags.catchUp()
  running.records.fault = 'none'
  running.records.source = other
  running.store.storeId = () => other.storeId()
  await running.flags.catchUp()
  t.equal(running.state(), 'refused')
  t.not(await other.storeId(), identity.id)

  running.flags.acceptReset()
  await running.flags.catchUp()
  t.equal(running.state(), 'in-step', 'until an operator accepts it')
  await running.stop()
  await other.close()
  const after = await place.start(join(place.folder, 'other.db'))
  t.equal(after.state(), 'in-step', 'and then it is the one that is remembered')
  await after.stop()
})

t.test(
  'remembers a store that was accepted also when it was still writing down the one before',
  async (t) => {
    const [first, second] = [openSqliteStore({ file: ':memory:' }), openSqliteStore({ file: ':memory:' })]
    t.teardown(() => Promise.all([first.close(), second.close()]))
    const records = new FaultyRecords(first)
    const [isWritten, isAcceptedKept] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const kept: string[] = []
    const flags = new LiveFlags(records, {
      pollMs: 3_600_000,
      history: {
        identity: { storeId: () => (records.source === first ? first : second).storeId() },
        memory: {
          read: async () => undefined,
          keep: async ({ storeId }) => {
            kept.push(storeId)
            if (kept.length === 2) isAcceptedKept.resolve()
            await isWritten.promise
          },
        },
      },
    })
    await flags.start()
    records.fault = 'fails'
    await flags.catchUp()
    records.fault = 'none'
    records.source = second
    await flags.catchUp()
    t.equal(flags.status().state, 'refused')
    flags.acceptReset()
    await flags.catchUp()
    t.equal(flags.status().state, 'in-step')
    isWritten.resolve()
    await isAcceptedKept.promise
    await flags.catchUp()
    await flags.stop()
    t.same(kept, [await first.storeId(), await second.storeId()], 'each once')
  },
)

t.test('has on disk what it has applied, also what came while it was writing', async (t) => {
  const place = placeIn(t)
  const running = await place.start()
  for (let time = 0; time < 20; time++) {
    await restrict(running.store, [METER], instantOf(-time))
    await running.flags.catchUp()
  }
  await running.stop()
  t.match(JSON.parse(readFileSync(place.seen, 'utf8')), { sequence: 20 })
})

t.test('goes on without its memory when the disk fails, and says so', async (t) => {
  const place = placeIn(t)
  const failures: unknown[] = []
  const opened = openSqliteStore({ file: place.store })
  writeFileSync(join(place.folder, 'file'), '')
  const memory = new SeenFile(join(place.folder, 'file', 'flags.seen.d', 'flags.seen'))
  memory.read = async () => undefined
  const flags = new LiveFlags(opened, {
    history: { identity: opened, memory },
    pollMs: 3_600_000,
    onMemoryFailure: (error) => failures.push(error),
  })
  await flags.start()
  t.equal(flags.status().state, 'in-step')
  await flags.stop()
  t.match(failures, [{ code: 'ENOTDIR' }])
  await opened.close()
})

t.test('asks at once when the store wakes it', async (t) => {
  const place = placeIn(t)
  const woken: (() => void)[] = []
  let isListening = true
  const running = await place.start(place.store, {
    listen: async (onChange) => {
      woken.push(onChange)
      return async () => {
        isListening = false
      }
    },
  })
  const applied = new Promise<void>((resolve) => {
    const look = () => (running.flags.status().sequence > 0 ? resolve() : setImmediate(look))
    look()
  })
  await restrict(running.store, [METER], LONG_AGO)
  for (const wake of woken) for (let call = 0; call < 100; call++) wake()
  await applied
  t.ok(running.records.calls < 10, 'a hundred calls are one question')
  await running.stop()
  t.notOk(isListening)
})
