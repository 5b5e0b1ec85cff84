/** The log never holds up a message: a collector that reads nothing and a full disk cost lines, which are counted. */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { openLogSink } from '../../src/observe/log-sink.ts'
import { wardedFolder } from '../../test/support/warden.ts'

const LINE = `${'x'.repeat(1_023)}\n`

t.test('a pipe that nobody reads holds up nothing; lines are dropped and counted', async (t) => {
  const file = join(wardedFolder(), 'pipe')
  execFileSync('mkfifo', [file])
  const sink = openLogSink(openSync(file, constants.O_RDWR | constants.O_NONBLOCK))
  const from = performance.now()
  for (let count = 0; count < 4_000; count++) sink.write(LINE)
  const ms = performance.now() - from
  t.ok(sink.dropped > 2_000, `${sink.dropped} of 4,000 dropped`)
  t.comment(`figure: ${(ms / 4).toFixed(1)} µs a line into a full pipe`)
})

t.test('a disk that is full costs lines and nothing else', async (t) => {
  const fd = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(fd))
  const sink = openLogSink(fd)
  for (let count = 0; count < 10; count++) sink.write(LINE)
  while (sink.dropped < 10) await nextTurn()
  t.equal(sink.dropped, 10)
})

t.test('a file has every line in order', async (t) => {
  const file = join(wardedFolder(), 'log')
  const fd = openSync(file, 'w')
  t.teardown(() => closeSync(fd))
  const sink = openLogSink(fd)
  for (let count = 0; count < 1_000; count++) sink.write(`${count}\n`)
  const all = Array.from({ length: 1_000 }, (_, count) => `${count}\n`).join('')
  while (readFileSync(file, 'utf8').length < all.length) await nextTurn()
  t.equal(readFileSync(file, 'utf8'), all)
  t.equal(sink.dropped, 0)
})
