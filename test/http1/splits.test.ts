/** However a connection's bytes are cut, they are understood in the same way. */
import t from 'tap'
import { startPair } from './differential.ts'
import { randomFrom, requestBytes } from './request-bytes.ts'

const AT_A_TIME = 32

t.test('understands the same requests wherever the bytes are cut', async (t) => {
  const pair = await startPair()
  t.teardown(() => pair.close())
  let requests = 0
  for (let seed = 1; seed <= 20; seed++) {
    const bytes = requestBytes(randomFrom(seed))
    const whole = await pair.understand(bytes)
    requests += whole.length
    const cuts = Array.from({ length: bytes.length }, (_, at) => at)
    for (let from = 0; from < cuts.length; from += AT_A_TIME) {
      const some = cuts.slice(from, from + AT_A_TIME)
      const cut = (at: number) => pair.understand(bytes.subarray(0, at), bytes.subarray(at))
      for (const understood of await Promise.all(some.map(cut))) t.same(understood, whole, `seed ${seed}`)
    }
    const single = Array.from(bytes, (byte) => Buffer.from([byte]))
    t.same(await pair.understand(...single), whole, `seed ${seed}, byte by byte`)
  }
  t.ok(requests > 10)
})
