/** Tasks on the page: a flag taken over, a change of tenancy, and whose they are. */
import t from 'tap'
import { granted, MPAN, SUP_E, supplied } from '../../restriction/scene.ts'
import { household, NOW } from './household.ts'
import { restrict, signedIn } from './steps.ts'

const DAY = 86_400_000

t.test('a gaining Supplier confirms a flag it took over', async (t) => {
  const house = await household(t)
  await restrict(await signedIn(house, 'supplier'))
  await house.service.importRegistrations({ party: 'OPS', role: 'operations', name: 'import' }, [
    supplied(MPAN, 'SUP-E', NOW - 400 * DAY, NOW + 1),
    supplied(MPAN, 'SUP-G', NOW + 1),
  ])
  house.pass(1_000)
  await house.service.runDueJobs()
  const visit = await signedIn(house, 'gas supplier')
  t.match(visit.text, '1 task</a> waits for an answer')
  await visit.get('/tasks')
  await visit.get(visit.link('Confirm the flag'))
  const task = visit.at
  await visit.post(task, {})
  t.match(visit.text, 'Choose what should happen to the flag.')
  await visit.post(task, { outcome: 'keep' })
  t.match(visit.text, 'Your answer is recorded')
  await visit.get('/tasks')
  t.match(visit.text, 'There is nothing to do.')
  await visit.get('/tasks?done=yes')
  t.match(visit.text, 'Keep the flag')
})

t.test('after a change of tenancy a Supplier has the flag cleared later', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'supplier')
  await restrict(visit)
  await house.service.noticeTenancy({ party: 'SUP-E', role: 'supplier', name: 'jane.doe' }, { mpxn: MPAN })
  await visit.get('/tasks')
  await visit.get(visit.link('Review after a change of tenancy'))
  const task = visit.at
  await visit.post(task, { outcome: 'clear-after', days: 'ten' })
  t.equal(visit.status, 422)
  t.match(visit.text, 'href="#days"')
  await visit.post(task, { outcome: 'clear-after', days: '10' })
  t.match(visit.text, '3 December 2026')
})

t.test('a task of another Supplier is not there', async (t) => {
  const house = await household(t)
  await restrict(await signedIn(house, 'supplier'))
  await house.service.noticeTenancy({ party: 'SUP-E', role: 'supplier', name: 'jane.doe' }, { mpxn: MPAN })
  const { items } = await house.store.read((view) => view.tasks.ofParty('SUP-E', true, 1))
  const visit = await signedIn(house, 'gas supplier')
  await visit.get(`/tasks/${items[0]?.id}`)
  t.equal(visit.status, 404)
})

t.test(
  'the Service Centre sees the tasks of all Suppliers, whose they are, and how long they have waited',
  async (t) => {
    const house = await household(t)
    await restrict(await signedIn(house, 'supplier'))
    granted(await house.service.noticeTenancy(SUP_E, { mpxn: MPAN }))
    house.pass(3 * DAY)
    const centre = await signedIn(house, 'service centre')
    await centre.get('/tasks')
    t.match(centre.text, 'data-column="Supplier">SUP-E<')
    t.match(centre.text, 'data-column="Waiting">3 days<')
    await centre.get(centre.link('Review after a change of tenancy'))
    t.equal(centre.status, 200)
    t.match(centre.text, 'Review after a change of tenancy')
    const supplier = await signedIn(house, 'supplier')
    await supplier.get('/tasks')
    t.match(supplier.text, 'data-column="Waiting">3 days<')
    t.notMatch(supplier.text, 'data-column="Supplier"')
    t.notMatch(supplier.text, 'Late<')
    house.pass(30 * DAY)
    await supplier.get('/tasks')
    t.match(supplier.text, 'Late<')
  },
)
