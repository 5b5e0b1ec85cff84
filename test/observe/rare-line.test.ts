/** A fault that comes with every message leaves the log readable. */
import t from 'tap'
import { RareLine, reasonOf } from '../../src/observe/rare-line.ts'

t.test('written at once, then once in a while with how often it came', (t) => {
  let nowMs = 0
  const line = new RareLine({ monotonicMs: () => nowMs }, 1_000)
  const written: [number, number][] = []
  for (; nowMs < 2_500; nowMs += 100) line.note((times) => written.push([nowMs, times]))
  t.same(written, [
    [0, 1],
    [1_000, 10],
    [2_000, 10],
  ])
  t.end()
})

t.test('the reason has no stack', (t) => {
  t.equal(
    reasonOf(new Error('ENOSPC: no space left on device, write')),
    'ENOSPC: no space left on device, write',
  )
  t.equal(reasonOf('nothing'), 'nothing')
  t.end()
})
