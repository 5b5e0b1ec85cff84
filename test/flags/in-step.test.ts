/**
 * Whatever happens, in whatever order: a gateway that says it is in step answers as the store does, and a message that
 * begins after a change is in force never sees the flag as it was before.
 */
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { type FlagReading, type Instant, instantOf, isRestricted } from '../../src/core/device/device.ts'
import type { DeviceKey } from '../../src/core/duis/eui64.ts'
import { quiet } from '../support/fake-time.ts'
import { lift, restrict } from '../support/restrict.ts'
import { type Bench, device, KEYS, openBench, openBenchInStep } from './bench.ts'

type Step = (bench: Bench) => Promise<unknown>

/** What a message was told of one Device, and the last change that the gateway had applied by then. */
interface Witnessed {
  readonly key: DeviceKey
  readonly version: number
  readonly applied: number
}

const someKeys = fc.subarray(KEYS, { minLength: 1 })
const offset = fc.integer({ min: -500, max: 500 })

const later = (bench: Bench, offsetMs: number): Instant => instantOf(bench.time.now() + offsetMs)

const change: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(someKeys, offset).map(
    ([keys, from]) =>
      (bench: Bench) =>
        restrict(bench.store, keys, later(bench, from)),
  ),
  fc.tuple(someKeys, offset).map(
    ([keys, until]) =>
      (bench: Bench) =>
        lift(bench.store, keys, later(bench, until)),
  ),
  fc.tuple(someKeys, fc.constantFrom('ESME' as const, 'GPF' as const)).map(
    ([keys, type]) =>
      (bench: Bench) =>
        bench.store.change((unit) => unit.inventory.put(keys.map((key) => device(key, type)))),
  ),
)

const passing: fc.Arbitrary<Step> = fc.oneof(
  fc.integer({ min: 0, max: 300 }).map((ms) => (bench: Bench) => bench.time.advance(ms)),
  fc.constant((bench: Bench) => bench.flags.catchUp()),
  someKeys.map((keys) => (bench: Bench) => bench.read(...keys)),
)

async function mustAgree(t: Test, bench: Bench): Promise<void> {
  const now = bench.time.now()
  const readings = await bench.flags.read(KEYS, now)
  const { sequence } = bench.flags.status()
  for (const [place, record] of (await bench.store.load(KEYS)).entries()) {
    const state = isRestricted(record, now) ? 'restricted' : 'clear'
    const full = { state, type: record.type, version: record.version }
    const byIndex = { state: 'clear', type: undefined, version: sequence }
    t.ok(isLike(readings[place], full) || (isIndexed(bench) && isLike(readings[place], byIndex)))
    t.equal(readings[place]?.state, state)
  }
}

function isLike(reading: FlagReading | undefined, expected: object): boolean {
  return Object.entries(expected).every(([name, value]) => Reflect.get(reading ?? {}, name) === value)
}

/** Then a clear reading may know neither the type nor the Device's own version. */
function isIndexed({ flags }: Bench): boolean {
  return flags.status().index?.state === 'loaded'
}

for (const { maxEntries, withIndex } of [
  { maxEntries: 3, withIndex: false },
  { maxEntries: 1_000, withIndex: false },
  { maxEntries: 3, withIndex: true },
])
  t.test(`answers as the store does whenever it is in step: ${maxEntries}, ${withIndex}`, async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(change, passing), { maxLength: 25 }), async (steps) => {
        const bench = await openBenchInStep(t, { maxEntries }, withIndex ? {} : undefined)
        for (const step of steps) await step(bench)
        await bench.flags.catchUp()
        t.equal(bench.flags.status().state, 'in-step')
        await mustAgree(t, bench)
        await bench.flags.stop()
      }),
      { numRuns: 40, seed: 169 },
    )
  })

/** Reads in the background. */
async function witness(bench: Bench, keys: readonly DeviceKey[], seen: Witnessed[]): Promise<void> {
  const readings = await bench.flags.read(keys, bench.time.now())
  const applied = bench.flags.status().sequence
  for (const [index, key] of keys.entries()) {
    const reading = readings[index]
    if (reading && reading.state !== 'unknown') seen.push({ key, version: reading.version, applied })
  }
}

async function mustNotPredate(t: Test, { store }: Bench, seen: readonly Witnessed[]): Promise<void> {
  const changes = await store.changedSince(0, 10_000)
  for (const { key, version, applied } of seen) {
    const known = changes.filter((change) => change.key === key && change.sequence <= applied)
    t.ok(version >= (known.at(-1)?.sequence ?? 0), `version ${version} after ${applied} was applied`)
  }
}

for (const withIndex of [false, true])
  t.test(`never answers a flag as it was before a change that is applied, index ${withIndex}`, (t) =>
    mustNeverPredate(t, withIndex),
  )

async function mustNeverPredate(t: Test, withIndex: boolean): Promise<void> {
  const reads = someKeys.map((keys) => ({ kind: 'read' as const, keys }))
  const held = fc.constantFrom({ kind: 'hold' as const }, { kind: 'release' as const })
  const changes = change.map((step) => ({ kind: 'change' as const, step }))
  const poll = fc.constant({ kind: 'poll' as const })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(reads, held, changes, poll), { maxLength: 40 }), async (events) => {
      const bench = await openBenchInStep(t, { maxEntries: 4 }, withIndex ? {} : undefined)
      const seen: Witnessed[] = []
      const messages: Promise<void>[] = []
      for (const event of events) {
        if (event.kind === 'read') messages.push(witness(bench, event.keys, seen))
        else if (event.kind === 'change') await event.step(bench)
        else if (event.kind === 'hold') bench.records.fault = 'held'
        else if (event.kind === 'release') bench.records.release()
        else await pollPastHeldLoads(bench)
        await quiet()
      }
      bench.records.fault = 'none'
      bench.records.release()
      await bench.time.advance(200)
      await Promise.all(messages)
      await mustNotPredate(t, bench, seen)
      await bench.time.advance(1_000)
      await bench.flags.catchUp()
      await mustAgree(t, bench)
      await bench.flags.stop()
    }),
    { numRuns: 60, seed: 169 },
  )
}

/** The feed's questions are not held: only look-ups are slow. */
async function pollPastHeldLoads(bench: Bench): Promise<void> {
  const { fault } = bench.records
  bench.records.fault = 'none'
  await bench.flags.catchUp()
  bench.records.fault = fault
}

for (const withIndex of [false, true])
  t.test(`never takes a Restricted Device for clear, whichever question fails, index ${withIndex}`, (t) =>
    mustNeverSayClear(t, withIndex),
  )

async function mustNeverSayClear(t: Test, withIndex: boolean): Promise<void> {
  for (let failCall = 1; ; failCall++) {
    const bench = openBench(t, { maxEntries: 4 }, withIndex ? {} : undefined)
    bench.records.failCall = failCall
    await restrict(bench.store, KEYS, later(bench, -1))
    await bench.flags.start()
    for (let message = 0; message < 6; message++) {
      const states = await bench.states(...KEYS)
      t.notOk(states.includes('clear'), `question ${failCall}, message ${message}`)
      await bench.time.advance(400)
    }
    const { calls } = bench.records
    bench.records.failCall = 0
    await bench.time.advance(1_000)
    t.same(new Set(await bench.states(...KEYS)), new Set(['restricted']), 'and it recovers')
    await bench.flags.stop()
    if (calls < failCall) break
  }
}
