/** Learned markup in a running gateway: what is known goes the same way; what is known wrongly is found, and ends it. */
import t, { type Test } from 'tap'
import type { KnownMessage } from '../../src/gateway/known-markup.ts'
import { KnownMarkups } from '../../src/gateway/known-markup.ts'
import { createLog } from '../../src/observe/log.ts'
import { Metrics } from '../../src/observe/metrics.ts'
import { ESME, OTHER_ESME, request, responseMessage, synchronousResponse, USER } from '../fixtures/message.ts'
import { withoutComments } from '../markup/altered-documents.ts'
import { plans, readWhole } from '../support/plans.ts'
import { recommendedTable, type Scenario, startScenario } from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'

const plain = (xml: string) => withoutComments(Buffer.from(xml))
const read = (device: string, counter = '1000') =>
  plain(request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>', target: device, counter }))
const ACKNOWLEDGED = plain(synchronousResponse(ESME, responseMessage('4.1.1'), 'I99')).toString()

async function gauge({ gateway }: Scenario, name: string, way: string): Promise<number> {
  const { text } = await gateway.metrics.exposition()
  return Number(new RegExp(`^${name}\\{way="${way}"\\} (.*)$`, 'm').exec(text)?.[1])
}

async function startLearning(t: Test): Promise<Scenario> {
  const scenario = await startScenario(t)
  scenario.dsp.behave(answering(200, ACKNOWLEDGED))
  for (const counter of ['1', '2', '3']) await scenario.sendSouth(read(OTHER_ESME, counter))
  return scenario
}

t.test('what is known is decided on and forwarded as what is read', async (t) => {
  const scenario = await startLearning(t)
  const sent = read(OTHER_ESME, '77')
  const { status, body } = await scenario.sendSouth(sent)
  t.same([status, body.toString()], [200, ACKNOWLEDGED])
  t.same(scenario.dsp.deliveries.at(-1)?.body, sent)
  t.ok((await gauge(scenario, 'duisgate_markup_known_messages', 'southbound')) >= 1)
  t.ok((await gauge(scenario, 'duisgate_markup_known_messages', 'reply')) >= 1)
  const before = await gauge(scenario, 'duisgate_markup_known_messages', 'southbound')
  await scenario.restrict(ESME)
  t.match((await scenario.sendSouth(read(ESME))).body.toString(), '<sr:ResponseCode>E5<')
  t.equal(await gauge(scenario, 'duisgate_markup_known_messages', 'southbound'), before + 1)
  const last = (await scenario.journal()).at(-1)
  t.match(last, {
    codes: ['4.1.1'],
    devices: [ESME],
    user: USER,
    outcome: 'rejected',
    requestId: `${USER}:${ESME}:1000`,
  })
})

t.test('a table that is put in force forgets what was learned', async (t) => {
  const scenario = await startLearning(t)
  t.equal(await gauge(scenario, 'duisgate_markup_skeletons', 'southbound'), 1)
  scenario.gateway.setTable(recommendedTable)
  t.equal(await gauge(scenario, 'duisgate_markup_skeletons', 'southbound'), 0)
  t.equal((await scenario.sendSouth(read(OTHER_ESME))).status, 200)
})

t.test('markup.learn off reads every message', async (t) => {
  const markup = { learns: false, checkOneIn: 1, random: () => 0 }
  const scenario = await startScenario(t, { markup })
  for (const counter of ['1', '2', '3']) await scenario.sendSouth(read(OTHER_ESME, counter))
  t.equal(await gauge(scenario, 'duisgate_markup_known_messages', 'southbound'), 0)
  t.match((await scenario.gateway.metrics.exposition()).text, /^duisgate_markup_in_use 0$/m)
})

t.test(
  'a message that was known wrongly counts, is logged, and all ways are read strictly from then on',
  async (t) => {
    const metrics = new Metrics()
    const logged: string[] = []
    const log = createLog({ level: 'info', destination: { write: (line: string) => void logged.push(line) } })
    const again: KnownMessage[] = []
    const options = {
      learns: true,
      checkOneIn: 1,
      random: () => 0,
      readAgain: (one: KnownMessage) => again.push(one),
    }
    const markups = new KnownMarkups(options, { metrics, log })
    const [one, other] = [markups.on('southbound', plans.southbound), markups.on('reply', plans.northbound)]
    for (let times = 0; times < 2; times++) one.read('a', read(ESME))
    const known = one.match(read(ESME))
    const strict = readWhole('southbound', read(OTHER_ESME))
    if (!known || !strict.ok) throw new Error('not known')
    one.checkSome('same', known, read(ESME))
    await new Promise(setImmediate)
    t.same(metrics.totals('duisgate_markup_checks_total', 'result'), { same: 1 })
    one.checkSome('wrong', known, read(OTHER_ESME))
    await new Promise(setImmediate)
    t.same(metrics.totals('duisgate_markup_checks_total', 'result'), { same: 1, different: 1 })
    t.equal(metrics.total('duisgate_markup_differs_total'), 1)
    t.same([one.isOn, other.isOn], [false, false])
    t.notOk(one.match(read(ESME)))
    t.match(JSON.parse(logged[0] ?? '{}'), {
      level: 50,
      decision: 'wrong',
      differing: ['devices', 'requestId'],
    })
    t.notMatch(logged[0], ESME)
    t.same(
      again.map(({ decision }) => decision),
      ['same', 'wrong'],
    )
  },
)

t.test('of so many known messages one is checked', async (t) => {
  const metrics = new Metrics()
  const log = createLog({ level: 'silent' })
  let chosen = 0.5
  const markups = new KnownMarkups({ learns: true, checkOneIn: 2, random: () => chosen }, { metrics, log })
  const one = markups.on('southbound', plans.southbound)
  for (let times = 0; times < 3; times++) one.read('a', read(ESME))
  await new Promise(setImmediate)
  t.equal(metrics.total('duisgate_markup_checks_total'), 0)
  chosen = 0.49
  one.read('a', read(ESME))
  await new Promise(setImmediate)
  t.equal(metrics.total('duisgate_markup_checks_total'), 1)
})

t.test('where none is to be checked none is, whatever chance says', async (t) => {
  const metrics = new Metrics()
  const log = createLog({ level: 'silent' })
  const markups = new KnownMarkups({ learns: true, checkOneIn: 0, random: () => 0 }, { metrics, log })
  const one = markups.on('southbound', plans.southbound)
  for (let times = 0; times < 3; times++) one.read('a', read(ESME))
  await new Promise(setImmediate)
  t.equal(metrics.total('duisgate_markup_checks_total'), 0)
})
