/**
 * The second opinion on what became of messages: silent while the gateway does right, and it counts each planted fault, wherever
 * in the gateway's own path the fault lies.
 */
import t, { type Test } from 'tap'
import { type DeviceRecord, instantOf } from '../../src/core/device/device.ts'
import type { DeviceKey } from '../../src/core/duis/eui64.ts'
import type { Table, TableRow } from '../../src/core/policy/table.ts'
import { allFixtures } from '../fixtures/all.ts'
import { deviceResponse, ESME, request, responseMessage, USER } from '../fixtures/message.ts'
import { deviceKey } from '../support/plans.ts'
import { restrict } from '../support/restrict.ts'
import {
  type Changes,
  recommendedTable,
  type Scenario,
  startScenario,
  withLoad,
} from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'
import { startStubUser } from '../support/stub-user.ts'

const read = request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>' })
const disable = request({ srv: '7.2', body: '<sr:DisableSupply/>' })

interface Counts {
  readonly leaked: number
  readonly stopped: number
  readonly checks: Readonly<Record<string, number>>
}

/** What was counted by the time that everything had been judged. */
async function countsOf({ gateway }: Scenario): Promise<Counts> {
  await gateway.drain()
  return {
    leaked: gateway.metrics.total('duisgate_restricted_but_forwarded_total'),
    stopped: gateway.metrics.total('duisgate_never_block_but_stopped_total'),
    checks: gateway.metrics.totals('duisgate_safety_checks_total', 'result'),
  }
}

/** The shipped table, but what is looked up under the SRV is the row of another. */
function misplaced(srv: string, rowOf: string): Table {
  const row = recommendedTable.bySrv.get(rowOf) as TableRow
  return { ...recommendedTable, bySrv: new Map([...recommendedTable.bySrv, [srv, row]]) }
}

async function restricted(t: Test, changes: Changes): Promise<Scenario> {
  const scenario = await startScenario(t, changes)
  await scenario.restrict()
  return scenario
}

t.test('a read that a wrong table index lets through for a Restricted Device is counted', async (t) => {
  const scenario = await restricted(t, { table: misplaced('4.1.1', '7.2') })
  t.equal((await scenario.sendSouth(read)).status, 200)
  t.equal(scenario.dsp.deliveries.length, 1, 'the fault is there')
  const { leaked, stopped, checks } = await countsOf(scenario)
  t.same({ leaked, stopped, checks }, { leaked: 1, stopped: 0, checks: { fault: 1 } })
  const line = scenario.logged.find((text) => text.includes('safety: let-through-while-restricted'))
  t.match(JSON.parse(line ?? '{}'), { level: 60, code: '4.1.1', direction: 'southbound' })
})

t.test('a read that a wrong flag cache lets through for a Restricted Device is counted', async (t) => {
  const clear = (record: DeviceRecord): DeviceRecord => ({ ...record, restriction: undefined })
  const scenario = await restricted(t, {
    wrapRecords: withLoad(async (keys, from) => (await from.load(keys)).map(clear)),
  })
  await scenario.sendSouth(read)
  t.equal(scenario.dsp.deliveries.length, 1, 'the fault is there')
  t.equal((await countsOf(scenario)).leaked, 1)
})

t.test('a read that a wrong wall clock lets through for a Restricted Device is counted', async (t) => {
  const clock = { now: () => instantOf(Date.now() - 10_000), monotonicMs: () => performance.now() }
  const scenario = await startScenario(t, { clock })
  const since = await scenario.store.now()
  await restrict(scenario.store, [deviceKey(ESME)], since)
  await scenario.flags.catchUp()
  while ((await scenario.store.now()) < since + 5) await scenario.flags.catchUp()
  await scenario.sendSouth(read)
  t.equal(scenario.dsp.deliveries.length, 1, 'the fault is there')
  t.equal((await countsOf(scenario)).leaked, 1)
})

t.test('a read that was let go before a flag began is no fault, whatever the wall clock says', async (t) => {
  const clock = { now: () => instantOf(Date.now() + 10_000), monotonicMs: () => performance.now() }
  const scenario = await startScenario(t, { clock })
  await scenario.sendSouth(read)
  t.equal(scenario.dsp.deliveries.length, 1)
  t.match(await countsOf(scenario), { leaked: 0, checks: { clean: 1 } })
})

t.test('a safety message that a wrong table index stops is counted', async (t) => {
  const scenario = await restricted(t, { table: misplaced('7.2', '4.1.1') })
  await scenario.sendSouth(disable)
  t.equal(scenario.dsp.deliveries.length, 0, 'the fault is there')
  const { leaked, stopped } = await countsOf(scenario)
  t.same({ leaked, stopped }, { leaked: 0, stopped: 1 })
})

t.test('a message that was let go before its Device was Restricted is no fault', async (t) => {
  const scenario = await startScenario(t)
  await scenario.sendSouth(read)
  await scenario.restrict()
  const { leaked, checks } = await countsOf(scenario)
  t.same({ leaked, checks }, { leaked: 0, checks: { unjudged: 1 } })
})

t.test('what the store does not answer is not called clean', async (t) => {
  const scenario = await startScenario(t, {
    records: { load: () => Promise.reject(new Error('down')), now: () => Promise.reject(new Error('down')) },
  })
  await scenario.sendSouth(read)
  t.same((await countsOf(scenario)).checks, { unjudged: 1 })
})

t.test('every fixture, Restricted and not, is judged without a fault', async (t) => {
  const fallback = await startStubUser()
  t.teardown(() => fallback.close())
  const scenario = await startScenario(t, { isUserRouted: false, fallback: fallback.url })
  scenario.dsp.behave(answering(204, ''))
  const fixtures = allFixtures.flatMap(({ expected, ...message }) =>
    'fault' in expected ? [] : [{ ...message, devices: expected.devices }],
  )
  const sendAll = async () => {
    for (const { direction, bytes } of fixtures)
      await (direction === 'southbound' ? scenario.sendSouth : scenario.sendNorth)(Buffer.from(bytes))
  }
  await sendAll()
  for (const device of new Set(fixtures.flatMap(({ devices }) => devices))) await scenario.restrict(device)
  await sendAll()
  const { leaked, stopped, checks } = await countsOf(scenario)
  t.same(
    scenario.logged.filter((line) => line.includes('safety: ')),
    [],
  )
  t.same({ leaked, stopped }, { leaked: 0, stopped: 0 })
  t.ok((checks.clean ?? 0) > fixtures.length, `judged: ${JSON.stringify(checks)}`)
  t.comment(`figure: ${checks.clean} messages judged clean, 0 faults, ${checks.unjudged ?? 0} unjudged`)
})

const UNLISTED = 'unlisted-device'

/** As the gateway knows it: nobody has told it that the inventory lacks the Device. */
const asListed = ({ isUnlisted: _, ...record }: DeviceRecord): DeviceRecord => record

/** How often the alarm was raised by the time that everything had been judged. */
async function unlistedAlarmsOf(scenario: Scenario): Promise<number> {
  await countsOf(scenario)
  return scenario.gateway.metrics.totals('duisgate_alarms_total', 'alarm')[UNLISTED] ?? 0
}

t.test('a Device that the inventory lacks raises one alarm, by the decision or by the check', async (t) => {
  const known = await startScenario(t)
  await known.sendSouth(read)
  t.match(await known.journal(), [{ alarms: [UNLISTED] }])
  t.equal(await unlistedAlarmsOf(known), 1)
  const unknown = await startScenario(t, {
    wrapRecords: withLoad(async (keys, from) => (await from.load(keys)).map(asListed)),
  })
  await unknown.sendSouth(read)
  t.match(await unknown.journal(), [{ alarms: [] }])
  t.equal(await unlistedAlarmsOf(unknown), 1)
})

t.test('a Device with a flag, and a party that the message names, raise no such alarm', async (t) => {
  const clear = (record: DeviceRecord) => ({ ...asListed(record), restriction: undefined })
  const flagged = await restricted(t, {
    wrapRecords: withLoad(async (keys, from) => (await from.load(keys)).map(clear)),
  })
  await flagged.sendSouth(read)
  t.equal(await unlistedAlarmsOf(flagged), 0)
  const ofStore = (key: DeviceKey): DeviceRecord => ({
    ...{ key, type: undefined, restriction: undefined, version: 0 },
    ...(key !== deviceKey(ESME) && { isUnlisted: true }),
  })
  const named = await startScenario(t, {
    wrapRecords: withLoad(async (keys, from) => (await from.load(keys)).map(asListed)),
    records: { load: async (keys) => keys.map(ofStore), now: async () => instantOf(Date.now()) },
  })
  const answer = deviceResponse(ESME, responseMessage('4.1.1', '<sr:GBCSPayload>AAAA</sr:GBCSPayload>'))
  await named.sendNorth(answer.replace('</sr:Header>', `<sr:Party>${USER}</sr:Party></sr:Header>`))
  t.match(await named.journal(), [{ devices: [ESME, USER] }])
  t.equal(await unlistedAlarmsOf(named), 0)
})
