/** What gateways decided minute by minute: growth of totals, gateways that start anew, minutes that nobody saw. */
import t from 'tap'
import { OperationsHistory } from '../../src/control/operations-history.ts'
import { instantOf } from '../../src/core/device/device.ts'

const MINUTE = 60_000
const START = Date.parse('2026-11-23T14:05:20Z')

/** A history over gateways and a clock that the test sets. */
function watching() {
  const given = { now: START, gateways: [] as { id: string; counts: Record<string, number> }[] }
  const store = { read: async (work: (view: never) => unknown) => work(view as never) }
  const view = { gateways: { statuses: async () => given.gateways } }
  const history = new OperationsHistory(store as never, { now: () => instantOf(given.now) })
  const counts = () => history.overTime().minutes.map((minute) => minute.counts)
  return { given, history, counts }
}

t.test('what was decided before the first look belongs to no minute', async (t) => {
  const { given, history, counts } = watching()
  t.same(history.overTime(), { since: undefined, minutes: [] })
  given.gateways = [{ id: 'gw-1', counts: { forward: 1_000 } }]
  await history.look()
  t.equal(history.overTime().since, START)
  t.same(counts(), [{}])
})

t.test('growth counts in the minute in which it was seen, of all gateways together', async (t) => {
  const { given, history, counts } = watching()
  given.gateways = [
    { id: 'gw-1', counts: { forward: 1_000 } },
    { id: 'gw-2', counts: { forward: 5, reject: 1 } },
  ]
  await history.look()
  given.now += MINUTE
  given.gateways = [
    { id: 'gw-1', counts: { forward: 1_007 } },
    { id: 'gw-2', counts: { forward: 6, reject: 3 } },
  ]
  await history.look()
  t.same(counts(), [{}, { forward: 8, reject: 2 }])
})

t.test('a gateway that starts anew, and one that is new, count from nothing', async (t) => {
  const { given, history, counts } = watching()
  given.gateways = [{ id: 'gw-1', counts: { forward: 1_000, reject: 2 } }]
  await history.look()
  given.gateways = [
    { id: 'gw-1', counts: { forward: 40, reject: 2 } },
    { id: 'gw-3', counts: { forward: 2 } },
  ]
  await history.look()
  t.same(counts(), [{ forward: 42, reject: 2 }])
})

t.test('a minute that nobody saw is not known, and an hour is kept', async (t) => {
  const { given, history, counts } = watching()
  await history.look()
  given.now += 2 * MINUTE
  await history.look()
  t.same(counts(), [{}, undefined, {}])
  given.now += 100 * MINUTE
  t.equal(counts().length, 60)
  t.same(new Set(counts()), new Set([undefined]))
})
