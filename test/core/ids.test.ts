/** IDs tell when they were made, and sort by it. */
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { idOf, RANDOM_BYTES } from '../../src/core/restriction/ids.ts'

const NOTHING = new Uint8Array(RANDOM_BYTES)

t.test('an ID is a letter, ten characters of its time and sixteen at random', async (t) => {
  t.equal(idOf('R', instantOf(0), NOTHING), `R-${'0'.repeat(26)}`)
  t.equal(idOf('T', instantOf(1_700_000_000_000), NOTHING), `T-01HF7YAT00${'0'.repeat(16)}`)
  const bytes = Uint8Array.from({ length: RANDOM_BYTES }, (_, index) => index * 17)
  t.equal(idOf('A', instantOf(31), bytes), 'A-000000000Z0H2K4N6Q8SAVCXEZ')
})

t.test('later ones sort behind earlier ones', async (t) => {
  const ids = [0, 31, 32, 1_023, 1_024, 1_699_999_999_999, 1_700_000_000_000].map((at) =>
    idOf('N', instantOf(at), NOTHING),
  )
  t.same(ids.toSorted(), ids)
  t.equal(new Set(ids).size, ids.length)
})
