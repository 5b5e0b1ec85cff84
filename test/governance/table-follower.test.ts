import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import { SavedTables, type TableSchedule } from '../../src/governance/saved-tables.ts'
import { TableFollower, type TableFollowerOptions } from '../../src/governance/table-follower.ts'
import { StoreUnavailable } from '../../src/store/store.ts'
import { FakeTime, quiet } from '../support/fake-time.ts'
import { wardedFolder } from '../support/warden.ts'
import {
  granted,
  JANE,
  JOHN,
  LENIENT,
  LENIENT_TESTS,
  LITERAL,
  LITERAL_TESTS,
  type Office,
  openOffice,
  RECOMMENDED,
  RECOMMENDED_TESTS,
  readText,
  revisionOf,
} from './tables.ts'

const CHANGED = revisionOf(LENIENT)
const FIRST = revisionOf(RECOMMENDED)

interface Bench extends Office {
  readonly time: FakeTime
  readonly storeNow: () => Instant
  readonly file: string
  /** Whether the store answers. */
  readonly link: { isUp: boolean }
  /** Starts a follower; what it switched to and what it could not use or reach. */
  readonly follow: (over?: Partial<TableFollowerOptions>) => Promise<Followed>
  /** Moves the store's clock and the gateway's, and lets the gateway do what follows. */
  readonly pass: (ms: number) => Promise<void>
}

interface Followed {
  readonly follower: TableFollower
  readonly switched: string[]
  readonly unusable: string[]
  readonly failures: unknown[]
}

function bench(t: Test): Bench {
  const time = new FakeTime()
  const begun = time.now()
  const office = openOffice(t, () => time.now() - begun)
  const folder = wardedFolder()
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'deep', 'tables.json')
  const link = { isUp: true }
  const saved = new SavedTables(file)
  let keeping = Promise.resolve()
  const memory = {
    read: () => saved.read(),
    keep: (schedule: TableSchedule) => (keeping = saved.keep(schedule)),
  }
  const read: Office['store']['read'] = (work) =>
    link.isUp ? office.store.read(work) : Promise.reject(new StoreUnavailable('being tested', undefined))
  return {
    ...{ ...office, time, file, link },
    async follow(over = {}) {
      const seen: Omit<Followed, 'follower'> = { switched: [], unusable: [], failures: [] }
      const follower = new TableFollower({
        store: { read },
        memory,
        readTable: readText,
        clock: time,
        scheduler: time,
        onSwitch: ({ table, shadow }) => seen.switched.push(`${table?.revision} ${shadow?.revision ?? '-'}`),
        onUnusable: (revision) => seen.unusable.push(revision),
        onFailure: (error) => seen.failures.push(error),
        ...over,
      })
      t.teardown(() => follower.stop())
      await follower.recall()
      await Promise.all([follower.start(), time.advance(0)])
      return { follower, ...seen }
    },
    async pass(ms) {
      for (let left = ms; left > 0; left -= 1_000) {
        await time.advance(Math.min(left, 1_000))
        await keeping
        await quiet()
      }
    },
    storeNow: () => instantOf(office.clock.now + time.now() - begun),
  }
}

t.test('a gateway switches to a table within a second of its approval, without a restart', async (t) => {
  const set = bench(t)
  const { switched } = await set.follow()
  t.same(switched, [])
  await set.bringIn(RECOMMENDED, RECOMMENDED_TESTS)
  await set.pass(1_000)
  t.same(switched, [`${FIRST} -`])
  await set.pass(10_000)
  t.same(switched, [`${FIRST} -`], 'and only once')
})

t.test('it switches at the effective time to the millisecond, by the store’s clock', async (t) => {
  const set = bench(t)
  await set.bringIn(RECOMMENDED, RECOMMENDED_TESTS)
  await set.bringIn(LENIENT, LENIENT_TESTS, instantOf(set.clock.now + 90_500))
  const { switched, follower } = await set.follow()
  t.not(set.time.now(), set.clock.now, 'the gateway’s own clock is years off')
  t.equal(follower.storeNow(), set.storeNow())
  await set.pass(90_499)
  t.same(switched, [`${FIRST} -`])
  await set.pass(1)
  t.same(switched, [`${FIRST} -`, `${CHANGED} -`])
})

t.test('it does not switch back when the next answer corrects the clock by a little', async (t) => {
  const set = bench(t)
  await set.bringIn(RECOMMENDED, RECOMMENDED_TESTS)
  await set.bringIn(LENIENT, LENIENT_TESTS, instantOf(set.clock.now + 89_990))
  const { switched } = await set.follow()
  await set.pass(89_990)
  t.same(switched, [`${FIRST} -`, `${CHANGED} -`])
  set.clock.now = instantOf(set.clock.now - 40)
  await set.pass(2_000)
  t.same(switched, [`${FIRST} -`, `${CHANGED} -`])
})

t.test('it switches at the effective time also while the store is down', async (t) => {
  const set = bench(t)
  await set.bringIn(RECOMMENDED, RECOMMENDED_TESTS)
  await set.bringIn(LENIENT, LENIENT_TESTS, instantOf(set.clock.now + 5_000))
  const { switched, failures } = await set.follow()
  set.link.isUp = false
  await set.pass(4_999)
  t.same(switched, [`${FIRST} -`])
  await set.pass(1)
  t.same(switched.at(-1), `${CHANGED} -`)
  t.equal(failures.length, 1, 'and says once that the store does not answer')
})

t.test('a withdrawal reaches it before the time', async (t) => {
  const set = bench(t)
  await set.bringIn(RECOMMENDED, RECOMMENDED_TESTS)
  const id = await set.bringIn(LENIENT, LENIENT_TESTS, instantOf(set.clock.now + 70_000))
  const { switched } = await set.follow()
  granted(await set.governance.reject(JANE, id, 'not yet'))
  await set.pass(200_000)
  t.same(switched, [`${FIRST} -`])
})

t.test(
  'after a restart without the store it goes by what was kept, also when its own clock is off',
  async (t) => {
    const set = bench(t)
    await set.bringIn(RECOMMENDED, RECOMMENDED_TESTS)
    await (await set.follow()).follower.stop()
    set.link.isUp = false
    t.ok(set.time.now() < set.storeNow(), 'by its own clock nothing is in force yet')
    t.same((await set.follow()).switched, [`${FIRST} -`])
  },
)

t.test('after such a restart it also switches at the time that it knew of', async (t) => {
  const set = bench(t)
  set.time.wall = set.clock.now
  await set.bringIn(RECOMMENDED, RECOMMENDED_TESTS)
  const due = instantOf(set.storeNow() + 5_000)
  await set.bringIn(LENIENT, LENIENT_TESTS, due)
  await (await set.follow()).follower.stop()
  set.link.isUp = false
  set.time.wall = instantOf(due - 5_000)
  const { switched } = await set.follow()
  t.same(switched, [`${FIRST} -`])
  await set.pass(5_000)
  t.same(switched, [`${FIRST} -`, `${CHANGED} -`])
})

t.test('a kept text whose hash does not fit is not decided by', async (t) => {
  const set = bench(t)
  await set.bringIn(RECOMMENDED, RECOMMENDED_TESTS)
  await (await set.follow()).follower.stop()
  writeFileSync(set.file, readFileSync(set.file, 'utf8').replace("'4.18'", "'4.99'"))
  set.link.isUp = false
  const { switched, failures } = await set.follow()
  t.same(switched, [])
  t.match(failures, [{ code: 'SAVED_TABLES_SPOILT', cause: /another hash/ }, { code: 'STORE_UNAVAILABLE' }])
  set.link.isUp = true
  await set.pass(1_000)
  t.same(switched, [`${FIRST} -`], 'and the store puts it right')
})

t.test('a table that this gateway cannot use is passed over, also after a restart', async (t) => {
  const set = bench(t)
  await set.bringIn(RECOMMENDED, RECOMMENDED_TESTS)
  const older = { readTable: (text: string) => (text === LENIENT ? unusable : readText(text)) }
  const first = await set.follow(older)
  await set.bringIn(LENIENT, LENIENT_TESTS)
  await set.pass(1_000)
  t.same(first.unusable, [CHANGED])
  t.same(first.switched, [`${FIRST} -`])
  await first.follower.stop()
  const again = await set.follow(older)
  t.same(again.switched, [`${FIRST} -`], 'the last good one was kept')
  await set.bringIn(LITERAL, LITERAL_TESTS)
  await set.pass(1_000)
  t.same(again.switched, [`${FIRST} -`, `${revisionOf(LITERAL)} -`], 'and the next good one is taken up')
})

const unusable = { ok: false, problems: [{ where: 'rows', text: 'made for a later duisgate' }] } as const

t.test('a store that was made anew does not take the table away', async (t) => {
  const set = bench(t)
  await set.bringIn(RECOMMENDED, RECOMMENDED_TESTS)
  const { switched } = await set.follow()
  const empty = openOffice(t)
  t.same(switched, [`${FIRST} -`])
  const other = await set.follow({ store: empty.store })
  await set.pass(3_000)
  t.same(other.switched, [`${FIRST} -`])
})

t.test('a proposal in the shadow runs beside until it is decided on', async (t) => {
  const set = bench(t)
  await set.bringIn(RECOMMENDED, RECOMMENDED_TESTS)
  const { switched } = await set.follow()
  const request = {
    content: LITERAL,
    tests: LITERAL_TESTS,
    reason: 'to see what it would do',
    isShadow: true,
  }
  const { proposal } = granted(await set.governance.propose(JANE, request))
  await set.pass(1_000)
  t.equal(switched.at(-1), `${FIRST} ${revisionOf(LITERAL)}`)
  granted(await set.governance.approve(JOHN, proposal.id))
  await set.pass(1_000)
  t.equal(switched.at(-1), `${revisionOf(LITERAL)} -`)
})
