/** What happens to messages while the store does not answer is what their row says, and never "forward by accident". */
import t, { type Test } from 'tap'
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import type { DeviceKey } from '../../src/core/duis/eui64.ts'
import type { OnUnknown, Table, TableRow } from '../../src/core/policy/table.ts'
import { LiveFlags } from '../../src/flags/live-flags.ts'
import type { GatewayLimits } from '../../src/gateway/limits.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { dccRequest, deviceResponse, ESME, request, responseMessage } from '../fixtures/message.ts'
import { profileResponse } from '../support/large-messages.ts'
import { deviceKey } from '../support/plans.ts'
import { restrict } from '../support/restrict.ts'
import {
  problemCode,
  recommendedTable,
  type Scenario,
  startScenario,
  withLoad,
} from '../support/start-gateway.ts'

const reading = request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>' })
const firmware = firmwareFor('11.1', [ESME])
const answer = deviceResponse(ESME, responseMessage('4.1.1', '<sr:GBCSPayload>AAAA</sr:GBCSPayload>'))

const supplyStatus = deviceResponse(ESME, responseMessage('7.4', '<sr:GBCSPayload>AAAA</sr:GBCSPayload>'))

const failures = {
  'does not answer': withLoad(() => new Promise(() => {})),
  fails: withLoad(() => Promise.reject(new Error('the disk is gone'))),
}

/** What each `onUnknown` answers southbound and northbound, and whether the upstream gets the message. */
const outcomes = {
  block: { south: 200, north: 204, isForwarded: false },
  defer: { south: 503, north: 503, isForwarded: false },
  forward: { south: 200, north: 204, isForwarded: true },
} as const

for (const [what, wrapRecords] of Object.entries(failures)) {
  for (const [onUnknown, { south, north, isForwarded }] of Object.entries(outcomes)) {
    t.test(`does what "onUnknown: ${onUnknown}" says while the store ${what}`, async (t) => {
      const scenario = await startScenario(t, { wrapRecords, table: tableWhereUnknownIs(onUnknown) })
      await scenario.restrict()
      t.equal((await scenario.sendSouth(reading)).status, south)
      t.equal((await scenario.sendNorth(answer)).status, north)
      const delivered = [...scenario.dsp.deliveries, ...scenario.user.deliveries].map(({ body }) =>
        body.toString(),
      )
      t.equal(delivered.includes(reading), isForwarded)
      t.equal(delivered.includes(answer), isForwarded)
      const { text } = await scenario.gateway.metrics.exposition()
      t.match(text, /duisgate_unknown_total\{direction="southbound",action="\w+"\} 1/)
      t.same(
        (await scenario.journal()).map(({ flag }) => flag),
        ['unknown', 'unknown'],
      )
    })
  }

  t.test(`carries what is never blocked while the store ${what}`, async (t) => {
    const scenario = await startScenario(t, { wrapRecords })
    t.equal((await scenario.sendSouth(firmware, { path: '/api/v1/serviceD' })).status, 200)
    t.equal(scenario.dsp.deliveries[0]?.body.toString(), firmware)
  })
}

t.test('stops a message whose Device became Restricted while another was being looked up', async (t) => {
  const loads: PromiseWithResolvers<void>[] = []
  let isWaiting = Promise.withResolvers<void>()
  const scenario = await startScenario(t, {
    wrapRecords: withLoad(async (keys, from) => {
      const hold = Promise.withResolvers<void>()
      loads.push(hold)
      const records = await from.load(keys)
      isWaiting.resolve()
      await hold.promise
      return records
    }),
  })
  const sending = scenario.sendSouth(reading)
  await isWaiting.promise
  isWaiting = Promise.withResolvers()
  const restricted = scenario.restrict()
  loads[0]?.resolve()
  await isWaiting.promise
  for (const load of loads) load.resolve()
  await restricted
  t.equal((await sending).status, 200)
  t.equal(scenario.dsp.deliveries.length, 0, 'the read never left')
})

// One each way: two of one way that both wait may be withdrawn twice, and then their sender sends one again.
for (const [what, north] of [
  ['a message', answer],
  ['a large message', profileResponse(600_000)],
] as const)
  t.test(
    `forwards ${what} over a new connection as its row says while the store does not answer`,
    async (t) => {
      const { scenario } = await startWithoutStore(t)
      const replies = await Promise.all([scenario.sendSouth(reading), scenario.sendNorth(north)])
      t.same(
        replies.map(({ status }) => status),
        [200, 204],
      )
      const delivered = [...scenario.dsp.deliveries, ...scenario.user.deliveries]
      t.ok(
        delivered.map(({ body }) => body.toString()).join() === [reading, north].map(String).join(),
        'every byte arrived, once',
      )
      t.match(
        await scenario.journal(),
        Array.from({ length: 2 }, () => ({ outcome: 'forwarded', flag: 'unknown' })),
      )
    },
  )

t.test(
  'stops what waited for a connection when the store then says that its Device is Restricted',
  async (t) => {
    const { scenario, heal, flags } = await startWithoutStore(t, { peerConnections: 1 })
    const release = Promise.withResolvers<void>()
    scenario.user.behave(async (_incoming, reply, takeBody) => {
      await takeBody()
      await release.promise
      reply.writeHead(204).end()
    })
    const begun = scenario.user.nextBegun()
    const first = scenario.sendNorth(supplyStatus)
    await begun
    const second = scenario.sendNorth(answer)
    await flags.lookedUp
    await scenario.restrict()
    heal()
    release.resolve()
    t.equal((await first).status, 204)
    t.equal((await second).status, 204)
    const bodies = scenario.user.deliveries.map(({ body }) => body.toString())
    t.notOk(bodies.includes(answer), 'the consumption answer never left')
    t.match(await scenario.journal(), [{ outcome: 'forwarded' }, { outcome: 'withheld' }])
  },
)

/** Flags that are never known at once: whoever waited for a connection has to be decided on again. */
class AskedFlags extends LiveFlags {
  override async read(keys: readonly DeviceKey[], now: Instant) {
    return super.read(keys, now)
  }

  override atHand() {
    return undefined
  }
}

t.test(
  'of two that wait for one connection one is withdrawn twice, and is its sender’s to send again',
  async (t) => {
    const store = openSqliteStore({ file: ':memory:' })
    const flags = new AskedFlags(store, { pollMs: 20 })
    t.teardown(async () => {
      await flags.stop()
      await store.close()
    })
    await flags.start()
    const scenario = await startScenario(t, { flags, limits: { peerConnections: 1 } })
    const replies = await Promise.all([scenario.sendNorth(answer), scenario.sendNorth(answer)])
    t.same(replies.map(({ status }) => status).sort(), [204, 503])
    t.ok(replies.map(problemCode).includes('GW_WITHDRAWN'))
    t.equal(scenario.user.deliveries.length, 1)
  },
)

t.test('says with Retry-After when to send a deferred message again', async (t) => {
  const table = tableWhereUnknownIs('defer')
  const scenario = await startScenario(t, { table, wrapRecords: failures.fails })
  const deferred = await scenario.sendSouth(reading)
  t.equal(deferred.headers['retry-after'], '5')
  t.equal(problemCode(deferred), 'GW_DEFERRED')
  t.match(await scenario.journal(), [{ outcome: 'deferred', verdict: 'defer' }])
})

t.test('never forwards a reading of a Restricted Device, whichever call of the store fails', async (t) => {
  for (let failing = 1, hasFailed = true; hasFailed; failing++) {
    await t.test(`call ${failing} fails`, async (t) => {
      let calls = 0
      hasFailed = false
      const failNth = (run: () => Promise<unknown>) => {
        calls++
        if (calls !== failing) return run()
        hasFailed = true
        return Promise.reject(new Error(`call ${failing} fails`))
      }
      const scenario = await startScenario(t, {
        wrapRecords: (records) => ({
          load: (keys) => failNth(() => records.load(keys)) as ReturnType<typeof records.load>,
          position: () => failNth(() => records.position()) as ReturnType<typeof records.position>,
          changedSince: (...asked) =>
            failNth(() => records.changedSince(...asked)) as ReturnType<typeof records.changedSince>,
        }),
      })
      await scenario.restrict()
      await sendBothWays(scenario)
      t.equal(scenario.dsp.begun, 0)
      t.notMatch(scenario.user.deliveries.map(({ body }) => body.toString()).join(), 'GBCSPayload')
    })
    if (failing > 8) break
  }
})

async function sendBothWays(scenario: Scenario): Promise<void> {
  await Promise.all([scenario.sendSouth(reading), scenario.sendNorth(answer)])
  await Promise.all([scenario.sendSouth(reading), scenario.sendNorth(answer)])
}

t.test('finds the one Restricted Device among fifty thousand, wherever it stands', async (t) => {
  const scenario = await startScenario(t, { maxEntries: 100_000 })
  await scenario.restrict(ESME)
  const others = Array.from({ length: 49_999 }, (_, i) => `00-0D-5C-BB-00-${pairs(i)}`)
  for (const [place, code] of [
    [0, 'E5'],
    [25_000, 'E5'],
    [49_999, 'E5'],
    [undefined, undefined],
  ] as const) {
    const devices = place === undefined ? others : others.toSpliced(place, 0, ESME)
    const posing = firmwareFor('4.1.1', devices)
    const { status, body } = await scenario.sendSouth(posing, { path: '/api/v1/serviceD' })
    t.equal(status, 200)
    t.equal(/<sr:ResponseCode>(.*?)</.exec(body.toString())?.[1], code)
  }
  t.equal(scenario.dsp.deliveries.length, 1)
  t.match((await scenario.journal())[1], { deviceCount: 50_000, devices: { length: 16 }, flagDevice: ESME })
})

/** Records of no more than `resident` Devices stay in the cache: how often a look has to go to the store. */
for (const resident of [10_000, 100]) {
  t.test(`sees a flag that is set while a later slice of Devices loads, ${resident} resident`, async (t) => {
    const others = Array.from({ length: 4_999 }, (_, i) => `00-0D-5C-BB-00-${pairs(i)}`)
    const posing = firmwareFor('4.1.1', [ESME, ...others])
    const lastDevice = deviceKey(others.at(-1) ?? '')
    let wasSet = true
    let loads = 0
    for (; wasSet; loads++) {
      wasSet = false
      let countdown = loads
      const store = openSqliteStore({ file: ':memory:' })
      const records = withLoad(async (keys, from) => {
        const loaded = await from.load(keys)
        if (keys.includes(lastDevice) && countdown-- === 0) {
          await restrict(store, [deviceKey(ESME)], instantOf(0))
          wasSet = await flags.catchUp()
        }
        return loaded
      })(store)
      const flags = new LiveFlags(records, { pollMs: 20, lookupTimeoutMs: 10_000, maxEntries: resident })
      const scenario = await startScenario(t, { flags })
      await flags.start()
      // An open connection: no message has to wait for one, and be decided on again for that.
      await scenario.sendSouth(firmware, { path: '/api/v1/serviceD' })
      const { body } = await scenario.sendSouth(posing, { path: '/api/v1/serviceD' })
      t.equal(/<sr:ResponseCode>E5</.test(body.toString()), wasSet, `load ${loads} of the last slice`)
      t.equal(scenario.dsp.deliveries.length, wasSet ? 1 : 2)
      await scenario.gateway.drain()
      await flags.stop()
      await store.close()
    }
    t.ok(loads > 1, `set while each of ${loads - 1} loads was under way`)
  })
}

function firmwareFor(srv: string, devices: readonly string[]): string {
  const image = '<sr:FirmwareImage>AAAA</sr:FirmwareImage><sr:FirmwareVersion>00000001</sr:FirmwareVersion>'
  const list = `<sr:DeviceIDList>${devices.join(',')}</sr:DeviceIDList>`
  return dccRequest({ srv, body: `<sr:UpdateFirmware>${image}${list}</sr:UpdateFirmware>` })
}

/** Flags that say when the first look-up is over and its message was decided on. */
class WatchedFlags extends LiveFlags {
  readonly #first = Promise.withResolvers<void>()

  get lookedUp(): Promise<void> {
    return this.#first.promise
  }

  override async read(keys: readonly DeviceKey[], now: Instant) {
    const readings = await super.read(keys, now)
    setImmediate(this.#first.resolve)
    return readings
  }
}

/** A gateway whose store does not answer until it is healed, and is asked anew by every look-up; its rows forward by that. */
async function startWithoutStore(t: Test, limits: Partial<GatewayLimits> = {}) {
  const store = openSqliteStore({ file: ':memory:' })
  let isAnswering = false
  const records = withLoad((keys) => (isAnswering ? store.load(keys) : new Promise(() => {})))(store)
  const flags = new WatchedFlags(records, { pollMs: 20, lookupTimeoutMs: 20, probeEveryMs: 0 })
  const scenario = await startScenario(t, { flags, limits, table: tableWhereUnknownIs('forward') })
  t.teardown(() => store.close())
  t.teardown(() => flags.stop())
  await flags.start()
  const heal = () => {
    isAnswering = true
  }
  const restrictMeter = async () => {
    await restrict(store, [deviceKey(ESME)], instantOf(0))
    await flags.catchUp()
  }
  return { scenario: { ...scenario, restrict: restrictMeter }, heal, flags }
}

function tableWhereUnknownIs(onUnknown: string): Table {
  const change = (row: TableRow) => (row.onUnknown ? { ...row, onUnknown: onUnknown as OnUnknown } : row)
  const rows = recommendedTable.rows.map(change)
  const bySrv = new Map([...recommendedTable.bySrv].map(([srv, row]) => [srv, change(row)]))
  return { ...recommendedTable, rows, bySrv }
}

function pairs(n: number): string {
  return n
    .toString(16)
    .toUpperCase()
    .padStart(6, '0')
    .replace(/(..)(?!$)/g, '$1-')
}
