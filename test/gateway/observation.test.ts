/** What operators and orchestrators see: alive, ready, and what was counted. */
import t from 'tap'
import type { ObservedMessage } from '../../src/gateway/observed-events.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { METRICS, METRICS_OF } from '../../src/observe/metric-list.ts'
import { reportedCounts } from '../../src/run/reported-counts.ts'
import { DCC, ESME, request } from '../fixtures/message.ts'
import { problemCode, type Scenario, startScenario, withLoad } from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'

const message = request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>' })
const decommissionBody = `<sr:DecommissionDevice><sr:DeviceID>${ESME}</sr:DeviceID></sr:DecommissionDevice>`

t.test('is ready while the flags are in step, and says why when it is not', async (t) => {
  const scenario = await startScenario(t)
  t.same(await get(scenario, '/healthz'), { status: 200, text: '{"alive":true}\n' })
  t.same(await get(scenario, '/readyz'), { status: 200, text: '{"ready":true}\n' })
  const unready = await startScenario(t, {
    flags: {
      read: () => [],
      generation: 0,
      isReady: false,
      sequence: 0,
      status: () => ({ state: 'starting', sequence: 0, ageMs: undefined }),
    },
  })
  t.same(await get(unready, '/readyz'), {
    status: 503,
    text: '{"ready":false,"reasons":["flags are starting"]}\n',
  })
  t.equal((await get(unready, '/healthz')).status, 200)
  const behind = await startScenario(t, {
    flags: {
      ...{ read: () => [], generation: 0, isReady: true, sequence: 7 },
      status: () => ({ state: 'behind', sequence: 7, ageMs: 9_000 }),
    },
  })
  t.same(await get(behind, '/readyz'), {
    status: 200,
    text: '{"ready":true,"degraded":["flags are behind"]}\n',
  })
  t.match((await get(unready, '/metrics')).text, /^duisgate_flag_age_seconds \+Inf$/m)
})

t.test('is alive and not ready while it drains', async (t) => {
  const scenario = await startScenario(t, { limits: { drainNoticeMs: 2_000 } })
  t.match((await get(scenario, '/metrics')).text, /^duisgate_draining 0$/m)
  const drained = scenario.gateway.drain()
  t.same(await get(scenario, '/readyz'), { status: 503, text: '{"ready":false,"reasons":["draining"]}\n' })
  t.match((await get(scenario, '/metrics')).text, /^duisgate_draining 1$/m)
  t.equal((await get(scenario, '/healthz')).status, 200)
  await drained
})

t.test('the journal says how long a look-up took, and how long the upstream', async (t) => {
  let passedMs = 0
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + passedMs }
  const scenario = await startScenario(t, {
    clock,
    wrapRecords: withLoad((keys, from) => {
      passedMs += 300
      return from.load(keys)
    }),
  })
  scenario.dsp.behave((incoming, reply, takeBody) => {
    passedMs += 200
    return answering(200, '')(incoming, reply, takeBody)
  })
  await scenario.sendSouth(message)
  const [record] = await scenario.journal()
  const { decide = 0, peer = 0, total = 0 } = (record?.ms ?? {}) as Record<string, number>
  t.ok(decide >= 300, 'the look-up')
  t.ok(peer >= 200, 'the upstream')
  t.ok(total >= 500, 'both')
  const { text } = await scenario.gateway.metrics.exposition()
  const seconds = { decision: decide / 1_000, message: total / 1_000 }
  for (const [name, spent] of Object.entries(seconds)) {
    const [, sum] = new RegExp(`^duisgate_${name}_seconds_sum\\{.*\\} (.+)$`, 'm').exec(text) ?? []
    t.equal(Number(sum), spent, `${name}: the metrics have what the journal has`)
  }
})

/** What nobody planned for, an error or not. */
for (const thrown of [new Error('a secret of the gateway'), 'a secret of the gateway']) {
  t.test(`a fault of its own is told to the log, and not to the sender (${typeof thrown})`, async (t) => {
    const scenario = await startScenario(t, {
      flags: {
        read: () => {
          throw thrown
        },
        generation: 0,
        isReady: true,
        sequence: 0,
        status: () => ({ state: 'in-step', sequence: 0, ageMs: 0 }),
      },
    })
    const answer = await scenario.sendSouth(message)
    t.equal(answer.status, 500)
    t.equal(problemCode(answer), 'GW_INTERNAL')
    t.notMatch(answer.body.toString(), 'secret')
    t.equal(scenario.dsp.begun, 0)
    const [line = ''] = scenario.logged.filter((logged) => logged.includes('could not be handled'))
    t.match(JSON.parse(line), {
      decision: answer.headers['duisgate-decision'],
      err: { message: 'a secret of the gateway' },
    })
  })
}

t.test('counts messages by what they are and what was decided', async (t) => {
  const scenario = await startScenario(t)
  await scenario.sendSouth(message)
  await scenario.restrict()
  await scenario.sendSouth(message)
  await scenario.sendSouth('no DUIS')
  t.same(reportedCounts(scenario.gateway.metrics), {
    ...{ forward: 1, reject: 1, withhold: 0, defer: 0, unreadable: 1 },
    ...{ restrictedButForwarded: 0, neverBlockButStopped: 0 },
  })
  const { text } = await get(scenario, '/metrics')
  const labels = 'direction="southbound",kind="service-request"'
  t.match(text, `duisgate_messages_total{${labels},verdict="forward",class="consumption"} 1`)
  t.match(text, `duisgate_messages_total{${labels},verdict="reject",class="consumption"} 1`)
  t.match(text, 'duisgate_outcomes_total{direction="southbound",outcome="refused"} 1')
  t.match(text, /duisgate_faults_total\{direction="southbound",code="XML_MALFORMED"\} 1/)
  t.match(text, /^duisgate_flag_sequence 1$/m)
  t.match(text, /^nodejs_eventloop_lag_seconds /m)
  for (const name of Object.keys(METRICS))
    t.equal(text.includes(`# HELP ${name} `), name in METRICS_OF.gateway, name)
})

t.test('serves nothing else there', async (t) => {
  const scenario = await startScenario(t)
  t.equal((await get(scenario, '/')).status, 404)
  t.equal((await get(scenario, '/metrics', 'POST')).status, 404)
})

t.test(
  'tells of observed events before the sender is answered, and answers although that fails',
  async (t) => {
    const seen: ObservedMessage[] = []
    let isAnswered = false
    const scenario = await startScenario(t, {
      onEvents: async (message) => {
        t.notOk(isAnswered)
        seen.push(message)
        throw new Error('the disk is full')
      },
    })
    const decommission = request({ srv: '8.3', target: DCC, cv: 8, body: decommissionBody })
    const { status } = await scenario.sendSouth(decommission)
    isAnswered = true
    t.equal(status, 200)
    await scenario.sendSouth(message)
    t.match(seen, [
      { direction: 'southbound', events: ['decommissioned'], outcome: 'forwarded', peerStatus: 200 },
    ])
    t.equal(seen.length, 1)
    t.match(scenario.logged.join(), 'an answer went out before its events were kept')
  },
)

async function get({ gateway }: Scenario, path: string, method = 'GET') {
  const reply = await fetch(`http://127.0.0.1:${gateway.ports.observation}${path}`, { method })
  return { status: reply.status, text: await reply.text() }
}
