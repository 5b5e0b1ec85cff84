/** The text of a time is the one that the platform writes, whatever time was written before it. */
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { isoTime } from '../../src/core/device/iso-time.ts'

const NOON = Date.UTC(2026, 10, 24, 12)

t.test('every millisecond of a second, and the ones around it', async (t) => {
  for (let at = NOON - 1; at <= NOON + 1_000; at++)
    if (isoTime(instantOf(at)) !== new Date(at).toISOString()) t.fail(`${at}`)
})

t.test('times that go back, lie before 1970, or are long past', async (t) => {
  for (const at of [
    NOON + 5,
    NOON - 5_000,
    0,
    -1,
    -999,
    -1_000,
    -1_001,
    Date.UTC(1999, 11, 31, 23, 59, 59, 999),
  ])
    t.equal(isoTime(instantOf(at)), new Date(at).toISOString())
})

t.test('parts of a millisecond are left off', async (t) => {
  t.equal(isoTime(instantOf(NOON + 0.75)), '2026-11-24T12:00:00.000Z')
  t.equal(isoTime(instantOf(NOON + 999.75)), '2026-11-24T12:00:00.999Z')
})
