/** Lists under governance on the page: proposed by one person, approved by another, rolled back; decisions looked up. */
import t from 'tap'
import {
  LENIENT,
  LENIENT_TESTS,
  RECOMMENDED,
  RECOMMENDED_TESTS,
  revisionOf,
} from '../../governance/tables.ts'
import { household, type Visit } from './household.ts'
import { signedIn } from './steps.ts'

const file = (text: string | Buffer<ArrayBuffer>, name = 'list.yaml') =>
  new File([text], name, { type: 'application/yaml' })

async function propose(
  visit: Visit,
  content: string | Buffer<ArrayBuffer>,
  tests: string,
  fields = {},
): Promise<string> {
  await visit.get('/tables/propose')
  await visit.uploadFiles(
    '/tables/propose',
    { reason: 'because', when: 'now', ...fields },
    { table: file(content), tests: file(tests, 'list.tests.yaml') },
  )
  return visit.at
}

t.test(
  'one person proposes a list, another sees what it changes and approves it, everybody sees it in force',
  async (t) => {
    const house = await household(t)
    const olga = await signedIn(house, 'operations')
    const otto = await signedIn(house, 'second operations')
    const first = await propose(olga, RECOMMENDED, RECOMMENDED_TESTS)
    t.match(olga.text, 'You proposed it, so another person has to approve it.')
    t.notMatch(olga.text, '/approve"')
    await olga.post(`${first}/approve`, {})
    t.equal(olga.status, 422)
    t.match(olga.text, 'Whoever proposed a table may not approve it.')
    await otto.get(first)
    await otto.post(`${first}/approve`, { note: 'looked at' })
    t.match(otto.text, 'In force')
    house.pass(1_000)
    const second = await propose(olga, LENIENT, LENIENT_TESTS, { isShadow: 'yes' })
    t.match(olga.text, /SRV 4\.18<\/td>.*block; unknown defer.*pass; class billing/)
    await otto.get('/tables')
    t.match(otto.text, 'On trial')
    await otto.get(second)
    await otto.post(`${second}/approve`, {})
    await otto.get('/tables')
    t.notMatch(otto.text, 'On trial', 'one that is in force is none')
    await house.gatewayInStep()
    const supplier = await signedIn(house, 'supplier')
    await supplier.get('/tables')
    t.match(supplier.text, revisionOf(LENIENT))
    t.match(supplier.text, 'Run by 0 of 1 gateway')
    t.notMatch(supplier.text, 'olga.ops', 'people are not shown to Suppliers')
    t.equal((await supplier.get(second)).status, 403)

    await olga.get(first)
    await olga.post(`${first}/roll-back`, { reason: 'the balance leaks' })
    t.match(olga.text, 'Back to recommended')
    const back = olga.at
    await otto.get(back)
    await otto.post(`${back}/approve`, {})
    await supplier.get('/tables')
    t.match(supplier.text, 'Run by 1 of 1 gateway')
  },
)

t.test('a form that is not right is shown again with what is wrong', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'operations')
  await propose(visit, RECOMMENDED, RECOMMENDED_TESTS, { reason: '' })
  t.equal(visit.status, 422)
  t.match(visit.text, 'href="#reason"')
  await propose(visit, RECOMMENDED, RECOMMENDED_TESTS, { when: 'later', 'when-time': 'soon' })
  t.match(visit.text, 'href="#when-date"')
  t.match(visit.text, 'href="#when-time"')
  await propose(visit, Buffer.from('name: list\nbasis: \xa3\n', 'latin1'), RECOMMENDED_TESTS)
  t.equal(visit.status, 422)
  t.match(visit.text, 'Line 2: byte 8 of the line (19 of the file) is 0xA3, which is not UTF-8')
  await propose(visit, 'name: x', RECOMMENDED_TESTS)
  t.match(visit.text, 'The table has problems')
  await visit.get('/tables/propose')
  await visit.uploadFiles('/tables/propose', { reason: 'x' }, {})
  t.match(visit.text, 'Choose the file of the list')
  const at = await propose(visit, RECOMMENDED, RECOMMENDED_TESTS)
  await visit.post(`${at}/reject`, { reason: '' })
  t.equal(visit.status, 422)
  await visit.post(`${at}/reject`, { reason: 'not now' })
  t.match(visit.text, 'Rejected')
})

t.test('the impact and the look-up of a decision answer also where there is nothing', async (t) => {
  const house = await household(t)
  const visit = await signedIn(house, 'operations')
  await propose(visit, RECOMMENDED, RECOMMENDED_TESTS)
  await visit.get(visit.link('What it would have changed last month'))
  t.match(visit.text, 'No message would have been decided otherwise.')
  const impact = visit.at
  await visit.get(`${impact}?month=2026-09`)
  t.match(visit.text, /[0-9a-f]{12}, September 2026</)
  t.equal((await visit.get('/tables/0123456789ab/impact')).status, 404)
  const desk = await signedIn(house, 'service centre')
  await desk.get('/decisions')
  t.match(desk.text, 'Explain a decision')
  await desk.get('/decisions?reference=nonsense')
  t.match(desk.text, 'No journal on this machine has it')
  await desk.get('/decisions?requestId=90-B3:00-DB:1000')
  t.match(desk.text, 'href="#day"')
  await desk.get('/decisions?requestId=90-B3:00-DB:1000&day=2026-11-23')
  t.match(desk.text, 'No journal on this machine has it')
  t.equal((await (await signedIn(house, 'csp')).get('/decisions')).status, 403)
})

t.test('an approved list that is to come is on trial until its time', async (t) => {
  const house = await household(t)
  const [olga, otto] = [await signedIn(house, 'operations'), await signedIn(house, 'second operations')]
  const date = {
    'when-date-day': '1',
    'when-date-month': '12',
    'when-date-year': '2026',
    'when-time': '09:00',
  }
  const proposal = await propose(olga, LENIENT, LENIENT_TESTS, { isShadow: 'yes', when: 'later', ...date })
  await otto.post(`${proposal}/approve`, {})
  await otto.get('/tables')
  t.match(otto.text, /Scheduled<\/strong> <strong[^>]*>\s*On trial/)
})
