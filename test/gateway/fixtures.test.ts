/** Every fixture through real sockets: the verdict worked out by hand, and the very bytes at the upstream. */
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { allFixtures } from '../fixtures/all.ts'
import type { ExpectedFacts, Fixture } from '../fixtures/fixture.ts'
import { deviceKey } from '../support/plans.ts'
import { restrict } from '../support/restrict.ts'
import { problemCode, type Scenario, startScenario } from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'
import { startStubUser } from '../support/stub-user.ts'

for (const state of ['none restricted', 'all restricted'] as const) {
  t.test(`ends as worked out by hand, with ${state}`, async (t) => {
    const fallback = await startStubUser()
    t.teardown(() => fallback.close())
    const scenario = await startScenario(t, { isUserRouted: false, fallback: fallback.url })
    scenario.dsp.behave(answering(204, ''))
    for (const fixture of allFixtures) {
      const { expected, direction, path } = fixture
      if ('fault' in expected) continue
      await describeDevices(scenario, expected, state === 'all restricted')
      const { deliveries } = direction === 'southbound' ? scenario.dsp : fallback
      const before = deliveries.length
      const { status } = await send(scenario, fixture)
      const arrived = deliveries.slice(before).some(({ body }) => body.equals(fixture.bytes))
      t.equal(arrived, expected.verdicts[state].verdict === 'forward', path)
      t.ok([200, 204, 403].includes(status), `${path}: ${status}`)
    }
  })
}

t.test('refuses what cannot be read, with its fault', async (t) => {
  const scenario = await startScenario(t)
  for (const fixture of allFixtures) {
    if (!('fault' in fixture.expected)) continue
    const answer = await send(scenario, fixture)
    t.equal(answer.status, 400, fixture.path)
    t.equal(problemCode(answer), fixture.expected.fault, fixture.path)
  }
  t.equal(scenario.dsp.begun + scenario.user.begun, 0)
})

async function describeDevices(
  { store, flags }: Scenario,
  { devices, deviceTypes }: ExpectedFacts,
  isRestricted: boolean,
): Promise<void> {
  const keys = devices.map(deviceKey)
  const nothing = {
    hub: undefined,
    mpxn: undefined,
    status: undefined,
    region: undefined,
    generation: undefined,
  }
  await store.change((unit) =>
    unit.inventory.put(devices.map((eui) => ({ ...nothing, key: deviceKey(eui), type: deviceTypes[eui] }))),
  )
  if (isRestricted) await restrict(store, keys, instantOf(0))
  await flags.catchUp()
}

function send(scenario: Scenario, { direction, bytes }: Fixture) {
  return direction === 'southbound'
    ? scenario.sendSouth(Buffer.from(bytes))
    : scenario.sendNorth(Buffer.from(bytes))
}
