/** The second reader beside a running gateway: real listeners, a real thread; no message ever waits for it. */
import t, { type Test } from 'tap'
import { readConfig } from '../../src/config/read-config.ts'
import { type Catalogue, compileCatalogue } from '../../src/core/catalogue/catalogue.ts'
import { instantOf } from '../../src/core/device/device.ts'
import { createLog } from '../../src/observe/log.ts'
import { Metrics } from '../../src/observe/metrics.ts'
import { startService } from '../../src/run/gateway-service.ts'
import {
  SampledReadings,
  type SampledReadingsOptions,
} from '../../src/second-reader/in-service/sampled-readings.ts'
import { allFixtures } from '../fixtures/all.ts'
import { deviceAlert, ESME, request } from '../fixtures/message.ts'
import { firmwareUpdate } from '../support/large-messages.ts'
import { catalogue, DCC_EUI, deviceKey } from '../support/plans.ts'
import {
  type Changes,
  post,
  type Scenario,
  startScenario,
  temporaryFolder,
  untilMetric,
} from '../support/start-gateway.ts'
import { answering, startStubDsp } from '../support/stub-dsp.ts'
import { startStubUser } from '../support/stub-user.ts'

const read = request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>' })

interface Bench {
  readonly scenario: Scenario
  readonly metrics: Metrics
  readonly readings: SampledReadings
  /** What the second reader logged. */
  readonly logged: readonly string[]
  /** Moves the clock of the second reader on. */
  pass(milliseconds: number): void
  counts(): Readonly<Record<string, number>>
  /** Settles when so many messages were chosen and something came of each. */
  until(chosen: number): Promise<void>
}

async function startBench(
  t: Test,
  more: Partial<SampledReadingsOptions> = {},
  changes: Changes = {},
): Promise<Bench> {
  const metrics = new Metrics()
  const logged: string[] = []
  let nowMs = 0
  const readings = new SampledReadings({
    oneIn: 1,
    catalogue: catalogue.data,
    dccEuis: [deviceKey(DCC_EUI)],
    clock: { now: () => instantOf(Date.now()), monotonicMs: () => nowMs },
    metrics,
    log: createLog({ level: 'info', destination: { write: (line: string) => void logged.push(line) } }),
    random: Math.random,
    ...more,
  })
  t.teardown(() => readings.stop())
  const scenario = await startScenario(t, { taps: readings, metrics, ...changes })
  return {
    scenario,
    metrics,
    readings,
    logged,
    pass: (milliseconds) => {
      nowMs += milliseconds
    },
    counts: () => metrics.totals('duisgate_second_readings_total', 'result'),
    async until(chosen) {
      while (metrics.total('duisgate_second_readings_total') < chosen)
        await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

t.test('every fixture through a gateway, Restricted and not: no difference', async (t) => {
  const fallback = await startStubUser()
  t.teardown(() => fallback.close())
  const { scenario, metrics, counts, until, pass } = await startBench(
    t,
    {},
    {
      isUserRouted: false,
      fallback: fallback.url,
    },
  )
  scenario.dsp.behave(answering(204, ''))
  const fixtures = allFixtures.filter(({ expected }) => !('fault' in expected))
  let sent = 0
  const sendAll = async () => {
    for (const { direction, bytes } of fixtures) {
      pass(1_000)
      await (direction === 'southbound' ? scenario.sendSouth : scenario.sendNorth)(Buffer.from(bytes))
      await until(++sent)
    }
  }
  await sendAll()
  for (const device of new Set(
    fixtures.flatMap(({ expected }) => ('devices' in expected ? expected.devices : [])),
  ))
    await scenario.restrict(device)
  await sendAll()
  t.same(counts(), { same: sent })
  t.equal(metrics.total('duisgate_reading_differs_total'), 0)
  t.comment(`figure: ${sent} messages through real sockets, 0 differences`)
})

/** The shipped catalogue without the places of the Device Alert codes that DCC Alerts wrap. */
function withoutWrappedCodes(): Catalogue {
  const { data } = catalogue
  const dccAlertPayloads = data.dccAlertPayloads.map((entry) => ({ ...entry, alertCodePaths: [] }))
  return compileCatalogue({ ...data, dccAlertPayloads })
}

t.test('a gateway that has lost a path is told: counter, alarm, and the decision in the log', async (t) => {
  const { scenario, metrics, counts, until, logged } = await startBench(
    t,
    {},
    { catalogue: withoutWrappedCodes() },
  )
  const fixture = allFixtures.find(({ bytes }) => Buffer.from(bytes).includes('DeviceAlertCode>'))
  if (!fixture) throw new Error('no fixture wraps a Device Alert code')
  const answer = await scenario.sendNorth(Buffer.from(fixture.bytes))
  t.equal(answer.status, 204, 'the message went its way')
  await until(1)
  t.same(counts(), { different: 1 })
  t.equal(metrics.total('duisgate_reading_differs_total'), 1)
  t.same(metrics.totals('duisgate_alarms_total', 'alarm')['readings-differ'], 1)
  const [line] = logged
  const decision = answer.headers['duisgate-decision']
  t.match(JSON.parse(line ?? '{}'), { level: 50, decision, direction: 'northbound' })
  t.match(line, /alert [0-9A-F]{4}: not seen by the first reader/)
  t.notMatch(line, /(?:[0-9A-F]{2}-){7}/, 'no EUI is logged')
})

t.test('one of so many is chosen, by chance', async (t) => {
  const chances = [0.9, 0.2, 0.26, 0.24]
  const { scenario, counts, until } = await startBench(t, { oneIn: 4, random: () => chances.shift() ?? 1 })
  for (let n = 0; n < 4; n++) await scenario.sendSouth(read)
  await until(2)
  t.same(counts(), { same: 2 })
})

t.test('none is chosen where it is off', async (t) => {
  const { scenario, counts, readings } = await startBench(t, { oneIn: 0 })
  t.equal(readings.tap, undefined)
  await scenario.sendSouth(read)
  t.same(counts(), {})
})

t.test('twenty a second at most; the others are left out and counted', async (t) => {
  const { scenario, counts, until, pass } = await startBench(t)
  for (let n = 1; n <= 23; n++) {
    t.equal((await scenario.sendSouth(read)).status, 200)
    await until(n)
  }
  t.same(counts(), { same: 20, 'left-out': 3 })
  pass(1_000)
  await scenario.sendSouth(read)
  await until(24)
  t.same(counts(), { same: 21, 'left-out': 3 })
})

t.test('a message that streams is not read again', async (t) => {
  const { scenario, counts } = await startBench(t, {}, { limits: { holdBytes: 65_536 } })
  const large = firmwareUpdate(100_000)
  t.equal((await scenario.sendSouth(large)).status, 200)
  t.same(counts(), {})
})

t.test('a thread that ends is started again after a rest, and no message notices', async (t) => {
  const script = new URL('./dying-thread.ts', import.meta.url)
  const { scenario, metrics, counts, until, logged, pass } = await startBench(t, { script })
  const ended = () => metrics.total('duisgate_second_reader_restarts_total')
  t.equal((await scenario.sendSouth(read)).status, 200)
  await until(1)
  t.same([counts(), ended()], [{ lost: 1 }, 1])
  t.equal((await scenario.sendSouth(read)).status, 200)
  await until(2)
  t.same([counts(), ended()], [{ lost: 1, 'left-out': 1 }, 1], 'it rests')
  pass(1_000)
  await scenario.sendSouth(read)
  await until(3)
  t.same([counts(), ended()], [{ lost: 2, 'left-out': 1 }, 2])
  pass(1_999)
  await scenario.sendSouth(read)
  await until(4)
  t.same([counts(), ended()], [{ lost: 2, 'left-out': 2 }, 2], 'the second time for twice as long')
  t.match(JSON.parse(logged[1] ?? '{}'), { level: 50, restMs: 2_000 })
})

t.test('what is under way at the end is read, and nothing after it', async (t) => {
  const { scenario, counts, readings } = await startBench(t)
  await scenario.sendSouth(read)
  await readings.stop()
  t.same(counts(), { same: 1 })
  await scenario.sendSouth(read)
  t.same(counts(), { same: 1, 'left-out': 1 })
})

t.test('secondReader.oneIn switches it on in a gateway as it is run', async (t) => {
  const [folder, dsp] = await Promise.all([temporaryFolder(t), startStubDsp()])
  t.teardown(() => dsp.close())
  const result = readConfig({
    file: undefined,
    environment: {},
    overrides: [
      'secondReader.oneIn=1',
      `southbound.dspUrl=${dsp.url}`,
      'store=duisgate.db',
      'journal.folder=journal',
      ...['southbound', 'northbound', 'control'].map((side) => `${side}.listen=127.0.0.1:0`),
    ],
    workingFolder: folder,
  })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  const service = await startService({ config: result.config, log: createLog({ level: 'silent' }) })
  const { gateway } = service
  const answer = await post(gateway.ports.southbound, deviceAlert(ESME, '8F3F', ''), {
    path: '/api/v1/serviceS',
  })
  t.equal(answer.status, 400, 'what the first reader refuses is not read again')
  await post(gateway.ports.southbound, read, { path: '/api/v1/serviceS' })
  await untilMetric(gateway.metrics, 'duisgate_second_readings_total{result="same"} 1')
  await service.stop()
})
