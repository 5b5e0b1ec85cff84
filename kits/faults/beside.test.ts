/** The comparison of a gateway that suffers with one that is left alone: what counts as moved. */
import t from 'tap'
import { besideEachOther, isUnmoved } from './beside.ts'

const ALONE = [...Array.from({ length: 99 }, () => 2), 40]

t.test('a busy machine moves both, and that is no fault', async (t) => {
  t.ok(isUnmoved({ suffering: ALONE.map((ms) => ms * 100), alone: ALONE.map((ms) => ms * 100), failed: 0 }))
})

t.test('messages that fail, take longer as a rule, or stall every now and then are one', async (t) => {
  t.notOk(isUnmoved({ suffering: ALONE, alone: ALONE, failed: 1 }))
  t.notOk(isUnmoved({ suffering: ALONE.map((ms) => ms * 4), alone: ALONE, failed: 0 }))
  t.notOk(isUnmoved({ suffering: ALONE.map((ms, at) => (at % 5 === 0 ? 50 : ms)), alone: ALONE, failed: 0 }))
})

t.test('pairs are sent until the work is done', async (t) => {
  const work = Promise.withResolvers<void>()
  const sent = { suffering: 0, alone: 0 }
  const seen = await besideEachOther(
    async () => ++sent.suffering !== 2,
    async () => {
      if (++sent.alone === 5) work.resolve()
      return true
    },
    work.promise,
  )
  t.same(sent, { suffering: 5, alone: 5 })
  t.match(seen, { failed: 1 })
  t.equal(seen.alone.length, 5)
})
