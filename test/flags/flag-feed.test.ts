/** How the gateway stays in step with the store, and what it does when it cannot, or must not. */
import { join } from 'node:path'
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { LiveFlags } from '../../src/flags/live-flags.ts'
import { EpochWatch } from '../../src/store/epoch.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { quiet } from '../support/fake-time.ts'
import { restrict } from '../support/restrict.ts'
import { device, GPF, KEYS, METER, openBench, openBenchInStep } from './bench.ts'

t.test('knows no flag and is not ready before it was in step once', async (t) => {
  const { flags, records, states, time } = openBench(t)
  t.same(await states(METER), ['unknown'])
  records.fault = 'fails'
  await flags.start()
  t.same(await states(METER), ['unknown'])
  t.match(flags.status(), { state: 'starting', ageMs: undefined })
  t.notOk(flags.isReady)
  t.equal(records.loads.length, 0, 'and does not ask the store for what it could not believe')
  records.fault = 'none'
  await time.advance(250)
  t.match(flags.status(), { state: 'in-step', ageMs: 0 })
  t.ok(flags.isReady)
  t.same(await states(METER), ['clear'])
})

t.test('has a change in force one poll after it was made', async (t) => {
  const { flags, store, states, time } = await openBenchInStep(t, { pollMs: 250 })
  t.same(await states(METER), ['clear'])
  await restrict(store, [METER], time.now())
  await time.advance(249)
  t.same(await states(METER), ['clear'])
  await time.advance(1)
  t.same(await states(METER), ['restricted'])
  t.match(flags.status(), { state: 'in-step', sequence: 1, invalidations: 1 })
})

t.test('learns of a Device that came into the inventory after it was asked for', async (t) => {
  const { flags, store, read } = await openBenchInStep(t)
  t.match(await read(METER), [{ type: undefined }])
  await store.change((unit) => unit.inventory.put([device(METER, 'GSME')]))
  await flags.catchUp()
  t.match(await read(METER), [{ type: 'GSME', version: 1 }])
})

t.test('counts its age from when it asked, not from when the answer came', async (t) => {
  const { flags, records, time } = await openBenchInStep(t, { pollTimeoutMs: 5_000 })
  records.fault = 'held'
  await time.advance(250)
  await time.advance(700)
  records.fault = 'none'
  records.release()
  await quiet()
  t.equal(flags.status().ageMs, 700)
})

t.test('is behind past its lease while polls fail, says so once, and comes back by itself', async (t) => {
  let returns = 0
  const { flags, records, time, failures } = await openBenchInStep(t, { onStoreBack: () => returns++ })
  records.fault = 'fails'
  await time.advance(2_001)
  t.match(flags.status(), { state: 'behind', ageMs: 2_001 })
  t.ok(flags.isReady)
  t.equal(failures.length, 1)
  t.equal(returns, 0)
  records.fault = 'none'
  await time.advance(250)
  t.equal(flags.status().state, 'in-step')
  t.equal(returns, 1)
})

t.test('gives up a poll that hangs and polls again', async (t) => {
  const { flags, records, store, time, states } = await openBenchInStep(t, { pollTimeoutMs: 1_000 })
  await states(METER)
  records.fault = 'hangs'
  await time.advance(1_000)
  await restrict(store, [METER], time.now())
  records.fault = 'none'
  await time.advance(500)
  t.same(await states(METER), ['restricted'])
  t.equal(flags.status().state, 'in-step')
})

t.test('goes through every page of changes before it calls itself in step', async (t) => {
  const { flags, store, records, time, states } = await openBenchInStep(t)
  const many = Array.from({ length: 2_500 }, (_, low) => deviceKeyOf(9, low))
  const last = many.at(-1) ?? METER
  await states(last)
  await restrict(store, many, time.now())
  records.failCall = records.calls + 3
  await time.advance(250)
  t.match(flags.status(), { sequence: 1_000, ageMs: 250 }, 'stuck after the first page')
  await flags.catchUp()
  t.match(flags.status(), { sequence: 2_500, ageMs: 0 })
  t.same(await states(last), ['restricted'])
})

t.test('empties the cache instead of going through more changes than it is worth', async (t) => {
  const { flags, store, time, states } = await openBenchInStep(t, { maxCatchUp: 1_200 })
  await states(...KEYS)
  await restrict(
    store,
    Array.from({ length: 5_000 }, (_, low) => deviceKeyOf(9, low)),
    time.now(),
  )
  await restrict(store, [METER], time.now())
  await flags.catchUp()
  t.match(flags.status(), { state: 'in-step', sequence: 5_001, entries: 0, invalidations: 1_000 })
  t.same(await states(METER, GPF), ['restricted', 'clear'])
})

t.test('answers anew to messages that were waiting when the cache was emptied', async (t) => {
  const { flags, store, records, time, states } = await openBenchInStep(t, { maxCatchUp: 1_200 })
  await states(METER)
  records.fault = 'held'
  const waiting = [states(METER, GPF), states(GPF)]
  await quiet()
  records.fault = 'none'
  const others = Array.from({ length: 5_000 }, (_, low) => deviceKeyOf(9, low))
  await restrict(store, [...others, METER, GPF], time.now())
  await flags.catchUp()
  records.release()
  t.same(await Promise.all(waiting), [['restricted', 'restricted'], ['restricted']])
  t.same(await states(METER, GPF), ['restricted', 'restricted'])
})

t.test('refuses a store that was wiped, raises the alarm once, and knows no flag any more', async (t) => {
  const { flags, store, records, time, states, refusals } = await openBenchInStep(t)
  await restrict(store, [METER], time.now())
  await flags.catchUp()
  t.same(await states(METER), ['restricted'])
  records.rewriteChanges = () => []
  await time.advance(250)
  t.match(flags.status(), { state: 'refused', ageMs: undefined, entries: 0 })
  t.match(flags.status().refusal, /change 1, applied before, is not in the store any more/)
  t.notOk(flags.isReady)
  t.same(await states(METER), ['unknown'])
  records.rewriteChanges = (changes) => changes
  await time.advance(60_000)
  t.same(await states(METER), ['unknown'], 'also when the history is back: an operator has to look')
  t.equal(refusals.length, 1)
  flags.acceptReset()
  await time.advance(250)
  t.equal(flags.status().state, 'in-step')
  t.same(await states(METER), ['restricted'])
})

t.test('a reset that was accepted forgets which primary was met, and nothing else does', async (t) => {
  const epochs = new EpochWatch()
  const epochOf = (number: number) => ({ number, server: 'cluster', timeline: number, id: `epoch-${number}` })
  epochs.admit(epochOf(2))
  const { flags, store, records, time } = await openBenchInStep(t, { epochs })
  await restrict(store, [METER], time.now())
  await flags.catchUp()
  flags.acceptReset()
  t.throws(() => epochs.admit(epochOf(1)), 'nobody was asked to accept one')
  records.rewriteChanges = () => []
  await flags.catchUp()
  t.throws(() => epochs.admit(epochOf(1)), 'nor has anybody yet')
  flags.acceptReset()
  epochs.admit(epochOf(1))
  t.equal(epochs.latest?.number, 1)
})

t.test('refuses a store whose history was written anew, also when it is as long or longer', async (t) => {
  for (const extra of [0, 5]) {
    const { flags, store, records, time, states } = await openBenchInStep(t)
    await restrict(store, KEYS, time.now())
    await flags.catchUp()
    time.wall = instantOf(time.wall + 60_000)
    const other = openSqliteStore({ file: ':memory:', now: () => time.now() })
    t.teardown(() => other.close())
    await other.change((unit) => unit.inventory.put(KEYS.map((key) => device(key))))
    await other.change((unit) =>
      unit.inventory.put(Array.from({ length: extra }, (_, low) => device(deviceKeyOf(9, low)))),
    )
    records.source = other
    await time.advance(250)
    t.equal(flags.status().state, 'refused')
    t.same(await states(METER), ['unknown'])
  }
})

t.test('refuses a store that skips a change', async (t) => {
  const { flags, store, records, time, states } = await openBenchInStep(t)
  records.rewriteChanges = (changes) => changes.filter(({ key }) => key !== METER)
  await restrict(store, [METER, GPF], time.now())
  await time.advance(250)
  t.match(flags.status(), { state: 'refused', refusal: /change 1 is missing/ })
  t.same(await states(METER), ['unknown'])
})

t.test('answers unknown to a message that was waiting when the store was refused', async (t) => {
  const { flags, store, records, time, states } = await openBenchInStep(t)
  await restrict(store, [GPF], time.now())
  await flags.catchUp()
  records.fault = 'held'
  const waiting = states(METER)
  await quiet()
  records.fault = 'none'
  records.rewriteChanges = () => []
  await flags.catchUp()
  records.release()
  t.same(await waiting, ['unknown'])
})

t.test('ignores an acceptance that nobody asked for', async (t) => {
  const { flags, states, records } = await openBenchInStep(t)
  await states(METER)
  flags.acceptReset()
  await flags.catchUp()
  await states(METER)
  t.equal(records.loads.length, 1)
})

t.test('asks no more once stopped', async (t) => {
  const { flags, records, time } = await openBenchInStep(t)
  await flags.stop()
  const { calls } = records
  await time.advance(10_000)
  t.equal(records.calls, calls)
})

t.test('follows another handle of the same file with its own timers', async (t) => {
  const file = join(t.testdir(), 'store.db')
  const gateway = openSqliteStore({ file })
  const control = openSqliteStore({ file })
  const flags = new LiveFlags(gateway, { pollMs: 5 })
  t.teardown(async () => {
    await flags.stop()
    await gateway.close()
    await control.close()
  })
  await flags.start()
  t.match(await flags.read([METER], instantOf(10)), [{ state: 'clear' }])
  const sequence = await restrict(control, [METER], instantOf(0))
  while (flags.status().sequence < sequence) await new Promise((resolve) => setTimeout(resolve, 1))
  t.match(await flags.read([METER], instantOf(10)), [{ state: 'restricted' }])
})
