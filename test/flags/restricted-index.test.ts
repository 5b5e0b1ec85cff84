/** The set behind the index, held to a `Set`: also with its slots nearly all used, and with keys that nearly collide. */
import fc from 'fast-check'
import t from 'tap'
import { type DeviceKey, deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { RestrictedIndex } from '../../src/flags/restricted-index.ts'

const word = fc.integer({ min: 0, max: 0xffff_ffff })
/** Keys of one maker, keys with an empty half, and any. */
const key = fc.oneof(
  fc.integer({ min: 0, max: 40 }).map((low) => deviceKeyOf(0x90b3_d51f, low)),
  fc.integer({ min: 0, max: 3 }).map((high) => deviceKeyOf(high, 0)),
  fc.constantFrom(deviceKeyOf(0, 0), deviceKeyOf(0xffff_ffff, 0xffff_ffff), deviceKeyOf(0x8000_0000, 0)),
  fc.tuple(word, word).map(([high, low]) => deviceKeyOf(high, low)),
)
const step = fc.record({ key, isIn: fc.boolean() })

t.test('has what a Set has, whatever went in and out', (t) => {
  fc.assert(
    fc.property(word, fc.array(step, { maxLength: 300 }), (seed, steps) => {
      const index = new RestrictedIndex(0, seed)
      const model = new Set<DeviceKey>()
      for (const { key, isIn } of steps) {
        if (isIn) index.add(key)
        else index.remove(key)
        if (isIn) model.add(key)
        else model.delete(key)
      }
      for (const { key } of steps) if (index.has(key) !== model.has(key)) return false
      return index.size === model.size
    }),
    { numRuns: 200, seed: 169 },
  )
  t.end()
})

t.test('takes keys until it is full, says so, and is still right about each', (t) => {
  const index = new RestrictedIndex(0, 7)
  let taken = 0
  while (index.add(deviceKeyOf(1, taken))) taken++
  t.equal(index.size, taken)
  t.equal(index.add(deviceKeyOf(1, 0)), true, 'a key that is in needs no room')
  t.equal(index.add(deviceKeyOf(1, taken)), false)
  t.equal(index.has(deviceKeyOf(1, taken)), false)
  for (let low = 0; low < taken; low += 2) index.remove(deviceKeyOf(1, low))
  const wrong = Array.from({ length: taken }, (_, low) => low).filter(
    (low) => index.has(deviceKeyOf(1, low)) !== (low % 2 === 1),
  )
  t.same(wrong, [])
  t.equal(index.size, Math.floor(taken / 2))
  t.end()
})

t.test('keys that go round the end of its slots are found, and those behind one that leaves', (t) => {
  // Seeds with which keys go past the end, or past the first slot on their way round.
  for (const seed of [5, 9, 157, 204]) {
    const index = new RestrictedIndex(0, seed)
    let taken = 0
    while (index.add(deviceKeyOf(1, taken))) taken++
    const keys = Array.from({ length: taken }, (_, low) => deviceKeyOf(1, low))
    const missing = keys.filter((key) => !index.has(key))
    for (let low = 0; low < taken; low += 2) index.remove(deviceKeyOf(1, low))
    const wrong = keys.filter((key, low) => index.has(key) !== (low % 2 === 1))
    t.same([missing.length, wrong.length], [0, 0], `seed ${seed}`)
  }
  t.end()
})

t.test('has room for what it was made for and more, in the memory that is promised', (t) => {
  for (const { keys, megabytes } of [
    { keys: 1_200_000, megabytes: 64 },
    { keys: 5_000_000, megabytes: 100 },
  ]) {
    const index = new RestrictedIndex(keys, 1)
    // The keys themselves wait in memory while it is filled.
    t.ok(index.bytes + keys * 8 <= megabytes * 1_000_000, `${index.bytes} bytes for ${keys} keys`)
  }
  t.end()
})
