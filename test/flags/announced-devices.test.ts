/** Devices that messages under way may bring into a home: which count as announced, and that every change of it is seen. */
import t from 'tap'
import { AnnouncedDevices } from '../../src/flags/announced-devices.ts'
import { GPF, HUB, METER, STRANGER } from './bench.ts'

t.test('a Device is announced while any message announces it', async (t) => {
  const announced = new AnnouncedDevices(10)
  t.ok(announced.add('one', [METER, GPF]))
  t.ok(announced.add('two', [METER]))
  announced.delete('one')
  t.same(
    [METER, GPF, HUB].map((device) => announced.has(device)),
    [true, false, false],
  )
  announced.delete('two')
  t.equal(announced.size, 0)
})

t.test('each change has a generation of its own, and what changes nothing has none', async (t) => {
  const announced = new AnnouncedDevices(2)
  const seen = [announced.generation]
  const now = () => seen.push(announced.generation)
  for (const change of [
    () => announced.add('one', [METER]),
    () => announced.delete('one'),
    () => announced.add('two', [METER, GPF]),
    () => announced.add('three', [HUB]),
  ]) {
    change()
    now()
  }
  t.equal(new Set(seen).size, seen.length)
  announced.add('two', [STRANGER])
  announced.delete('none')
  t.equal(announced.generation, seen.at(-1))
})

t.test(
  'without room every Device counts as announced, until what there is has been looked through',
  async (t) => {
    const announced = new AnnouncedDevices(2)
    t.ok(announced.add('one', [METER, GPF]))
    t.notOk(announced.add('two', [HUB]))
    t.ok(announced.has(STRANGER))
    announced.setComplete(true)
    t.notOk(announced.has(STRANGER))
    announced.delete('one')
    t.ok(announced.add('two', [HUB, STRANGER]), 'room is given back')
  },
)
