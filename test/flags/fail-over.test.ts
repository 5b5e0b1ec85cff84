// A gateway that meets another primary, and two processes that report under one name.
import t from 'tap'
import { quiet } from '../support/fake-time.ts'
import { restrict } from '../support/restrict.ts'
import { METER } from './bench.ts'
import { LEASE_MS, openFleet } from './fleet.ts'

const EPOCH = { number: 1, server: 'A', timeline: 1, id: 'E1' }
const LATER = { number: 2, server: 'A', timeline: 2, id: 'E2' }

t.test(
  'a gateway that meets a later primary trusts nothing until it has reported and is in step there',
  async (t) => {
    const { time, gateway } = openFleet(t)
    const one = gateway('one')
    one.epochs.admit(EPOCH)
    await one.start()
    await quiet()
    await one.read(METER)
    t.match(one.flags.status(), { state: 'in-step', epoch: 'E1' })
    Object.assign(one.faults, { report: 'hangs', beat: 'hangs' })
    one.epochs.admit(LATER)
    t.match(await one.read(METER), { isStale: true }, 'in the same turn')
    t.equal(one.flags.status().entries, 1, 'and what was cached is gone: it was asked for again')
    t.equal(one.flags.status().batches, 2)
    await quiet()
    t.match(one.flags.status(), { state: 'behind', epoch: 'E2' }, 'in step there, and nobody waits for it')
    Object.assign(one.faults, { report: 'none', beat: 'none' })
    await time.advance(LEASE_MS)
    t.match(await one.read(METER), { state: 'clear', isStale: false })
  },
)

t.test('what it has applied is told as of the epoch in which it was found in step', async (t) => {
  const { store, time, gateway } = openFleet(t)
  const one = gateway('one')
  one.epochs.admit(EPOCH)
  await one.start()
  await restrict(store, [METER], time.now())
  await one.flags.catchUp()
  one.faults.poll = 'hangs'
  one.epochs.admit(LATER)
  await quiet()
  t.equal(one.flags.status().epoch, 'E1')
  one.faults.poll = 'none'
  await time.advance(2_000)
  t.equal(one.flags.status().epoch, 'E2')
})

t.test('an answer of the epoch before that arrives late renews nothing', async (t) => {
  const { time, gateway } = openFleet(t)
  const one = gateway('one')
  one.epochs.admit(EPOCH)
  await one.start()
  await quiet()
  const polling = one.flags.catchUp()
  Object.assign(one.faults, { report: 'fails', beat: 'fails' })
  one.epochs.admit(LATER)
  await polling
  await time.advance(LEASE_MS / 4)
  t.match(await one.read(METER), { isStale: true })
})

t.test(
  'the second process of a name does not start while the first reports, and says whose it is',
  async (t) => {
    const { time, store, started, gateway } = openFleet(t)
    const first = await started('one')
    const second = gateway('one')
    const starting = second.reporter.start()
    const refused = t.rejects(starting, {
      code: 'NAME_TAKEN',
      message: /^process 1 on a host reports to the store as "one", since 2023-/,
    })
    await time.advance(LEASE_MS / 2)
    await refused
    t.match(await first.read(METER), { isStale: false })
    t.equal((await store.read((view) => view.gateways.statuses())).length, 1)
  },
)

t.test(
  'a process that is paused loses its name after three leases, and knows it when it goes on',
  async (t) => {
    const { time, started, gateway } = openFleet(t)
    const first = await started('one')
    Object.assign(first.faults, { report: 'hangs', beat: 'hangs', poll: 'hangs' })
    const second = gateway('one')
    const starting = second.start()
    await time.advance(3 * LEASE_MS - 500)
    t.match(await second.read(METER), { state: 'unknown' }, 'not yet')
    await time.advance(2_000)
    await starting
    await quiet()
    t.match(await second.read(METER), { state: 'clear', isStale: false })
    Object.assign(first.faults, { report: 'none', beat: 'none', poll: 'none' })
    await time.advance(2 * LEASE_MS)
    t.ok(first.reporter.isNameTaken)
    t.match(await first.read(METER), { isStale: true })
    t.match(await second.read(METER), { state: 'clear', isStale: false })
    await second.reporter.stop()
    await time.advance(2 * LEASE_MS)
    t.notOk(first.reporter.isNameTaken, 'it takes the name again once that is free')
    t.match(await first.read(METER), { isStale: false })
  },
)

for (const [call, other] of [
  ['report', 'beat'],
  ['beat', 'report'],
] as const)
  t.test(`a process whose name another one has taken knows it by its next ${call}`, async (t) => {
    const { time, gateway } = openFleet(t)
    const [first, second] = [gateway('one', 'folder'), gateway('one', 'folder')]
    await first.start()
    await time.advance(LEASE_MS / 4)
    t.match(await first.read(METER), { isStale: false })
    first.faults[other] = 'hangs'
    await second.start()
    await time.advance(LEASE_MS / 2)
    t.match(await second.read(METER), { isStale: false }, 'the first one has ended: its lock is free')
    t.match(await first.read(METER), { isStale: true }, 'half a lease before it would be so by itself')
  })

t.test('what is in force waits for the one process that has the name', async (t) => {
  const { time, store, started, gateway, inForceAt } = openFleet(t)
  const first = await started('one')
  const second = gateway('one')
  const refused = second.reporter.start().catch(() => undefined)
  first.faults.poll = 'hangs'
  const sequence = await restrict(store, [METER], time.now())
  await second.flags.start()
  await time.advance(LEASE_MS)
  await refused
  t.equal(await inForceAt(sequence), undefined)
})
