/**
 * A Trust Centre Swap-out from the message into a real gateway to the flag, the verdict on the next message, the notice and
 * the report, with each shipped table; and no moment at which the new Gas Proxy Function reads clear.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { monthAt } from '../../src/core/report/span.ts'
import { trafficEventsOf } from '../../src/events/traffic-events.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { type ExceptionRow, exceptions } from '../../src/reports/exceptions.ts'
import { RollUp } from '../../src/reports/roll-up.ts'
import { duisgate } from '../cli/run.ts'
import {
  DCC,
  dccAlert,
  dccRequest,
  request,
  responseMessage,
  synchronousResponse,
  USER,
} from '../fixtures/message.ts'
import { request as factsOfRequest } from '../policy/messages.ts'
import { DECLARATION } from '../restriction/scene.ts'
import { catalogue } from '../support/plans.ts'
import { temporaryFolder, untilMetric } from '../support/start-gateway.ts'
import { answering } from '../support/stub-dsp.ts'
import {
  ask,
  DELIVERED,
  fixture,
  GSME,
  type Home,
  home,
  log,
  MPRN,
  NEW_GPF,
  NEW_HUB,
  OLD_GPF,
  OLD_HUB,
  outcomeOf,
  READ,
} from './home.ts'

const restore = (srv: string, target: string, body: string) => request({ srv, target, body })
const RESTORE_HUB = restore(
  '8.12.1',
  NEW_HUB,
  `<sr:RestoreHANDeviceLog><sr:OldCHFID>${OLD_HUB}</sr:OldCHFID></sr:RestoreHANDeviceLog>`,
)
const RESTORE_PROXY = restore(
  '8.12.2',
  NEW_GPF,
  `<sr:RestoreGPFDeviceLog><sr:OldGPFID>${OLD_GPF}</sr:OldGPFID></sr:RestoreGPFDeviceLog>`,
)
const JOIN = restore(
  '8.11',
  NEW_HUB,
  `<sr:UpdateHANDeviceLog><sr:DeviceID>${GSME}</sr:DeviceID><sr:RequestType>Add</sr:RequestType></sr:UpdateHANDeviceLog>`,
)
const install = (srv: string, element: string) =>
  dccRequest({
    srv,
    body: `<sr:${element}><sr:DeviceID>${NEW_HUB}</sr:DeviceID><sr:CHFInstallType>Replacement CHF Install</sr:CHFInstallType><sr:MPxN>${MPRN}</sr:MPxN></sr:${element}>`,
  })

const SWAPS: Readonly<Record<string, { readonly delivered?: string; swap(home: Home): Promise<unknown> }>> = {
  'DeviceLogRestored alone': { swap: ({ north }) => north(fixture('tcso-by-dcc-alert.xml')) },
  'DeviceLogRestored under the code of another': {
    swap: ({ north }) => north(fixture('tcso-by-dcc-alert.xml').toString().replace('N36', 'N1')),
  },
  '8.12.1, then 8.12.2': {
    async swap(set) {
      await ask(set, '8.12.1', RESTORE_HUB, NEW_HUB)
      await ask(set, '8.12.2', RESTORE_PROXY, NEW_GPF)
    },
  },
  '8.12.2, then 8.12.1': {
    async swap(set) {
      await ask(set, '8.12.2', RESTORE_PROXY, NEW_GPF)
      await ask(set, '8.12.1', RESTORE_HUB, NEW_HUB)
    },
  },
  '8.12.1 to a hub that the inventory has': {
    delivered: DELIVERED,
    swap: (set) => ask(set, '8.12.1', RESTORE_HUB, NEW_HUB),
  },
  '8.11': { delivered: DELIVERED, swap: (set) => ask(set, '8.11', JOIN, NEW_HUB) },
  '8.14.1': {
    delivered: DELIVERED,
    swap: (set) => ask(set, '8.14.1', install('8.14.1', 'CHFInstallSuccessSMWAN')),
  },
  '8.14.2': {
    delivered: DELIVERED,
    swap: (set) => ask(set, '8.14.2', install('8.14.2', 'CHFInstallSuccessNoSMWAN')),
  },
}

/** Each has a home of its own and mostly waits: beside each other. */
t.jobs = 4
const beside = { buffered: true }

for (const table of ['recommended', 'seed-2023-04-literal'])
  for (const [name, { delivered, swap }] of Object.entries(SWAPS))
    t.test(
      `${table}: told by ${name}, the new Gas Proxy is Restricted, its hub in notice and report`,
      beside,
      async (t) => {
        const set = await home(t, table, delivered)
        t.equal(outcomeOf(await set.south(READ)), '200', 'before the swap it is nobody’s')
        await swap(set)
        const atOnce = delivered === undefined ? outcomeOf(await set.south(READ)) : 'not asked'
        t.match(atOnce, /^(?:503|E5|not asked)$/, 'never clear from the message on')
        await set.resolved()
        t.equal(outcomeOf(await set.south(READ)), 'E5')
        t.equal(
          outcomeOf(await set.south(READ.toString().replaceAll(NEW_GPF, OLD_GPF))),
          'E5',
          'the old one keeps its logs',
        )
        await set.fanOut.run()
        const { items } = await set.store.read((view) => view.notices.list({}, 100))
        const [latest] = items.filter(({ content }) => content.device === NEW_GPF)
        t.match(latest?.content, { device: NEW_GPF, hub: NEW_HUB, region: 'north', until: null })
        await set.service.gateway.drain()
        await new RollUp({ store: set.store.reports, folder: join(set.folder, 'journal'), log }).run()
        const now = systemClock.now()
        const asked = {
          store: set.store.reports,
          month: monthAt(now),
          asOf: instantOf(now + 1_000),
          scope: { kind: 'all' },
        } as const
        const rows: ExceptionRow[] = []
        for await (const row of exceptions(asked)) if (row.device === NEW_GPF) rows.push(row)
        t.match(
          rows.find(({ hub }) => hub === NEW_HUB),
          { region: 'north', type: 'GPF' },
        )
        const rejected = rows.reduce((sum, row) => sum + row.rejected, 0)
        t.equal(rejected, atOnce === 'E5' ? 2 : 1)
      },
    )

/** The alert has been forwarded and not acknowledged. */
const DELIVERED_BY_ALERT = fixture('tcso-by-dcc-alert.xml')

t.test(
  'the new Devices are unknown before the alert reaches the User, and Restricted whether or not the User takes it',
  async (t) => {
    const set = await home(t, 'recommended')
    let answer = (_status: number) => {}
    set.user.behave(async (_, reply, takeBody) => {
      await takeBody()
      answer = (status) => void reply.writeHead(status).end()
    })
    const begun = set.user.nextBegun()
    const sending = set.north(DELIVERED_BY_ALERT)
    await begun
    t.equal(outcomeOf(await set.south(READ)), '503', 'put off by onUnknown')
    answer(500)
    t.equal((await sending).status, 500)
    t.match(outcomeOf(await set.south(READ)), /^(?:503|E5)$/, 'the hub was swapped all the same')
    await set.resolved()
    t.equal(outcomeOf(await set.south(READ)), 'E5')
    set.user.behave(answering(204, ''))
    t.equal((await set.north(DELIVERED_BY_ALERT)).status, 204, 'it comes again')
    t.match(outcomeOf(await set.south(READ)), /^(?:503|E5)$/)
    await set.resolved()
    t.equal(outcomeOf(await set.south(READ)), 'E5')
  },
)

t.test('a store that takes no events, and a restart: unknown until it has', async (t) => {
  const set = await home(t, 'recommended')
  const writer = new DatabaseSync(join(set.folder, 'store.db'))
  t.teardown(() => writer.close())
  writer.exec("CREATE TRIGGER none BEFORE INSERT ON traffic_events BEGIN SELECT RAISE(ABORT, 'none'); END")
  t.equal((await set.north(DELIVERED_BY_ALERT)).status, 204)
  t.equal(outcomeOf(await set.south(READ)), '503')
  await set.service.stop()
  const again = await set.start()
  t.equal(outcomeOf(await again.south(READ)), '503', 'it was kept on disk and is known again')
  writer.exec('DROP TRIGGER none')
  await again.resolved()
  t.equal(outcomeOf(await again.south(READ)), 'E5')
})

t.test(
  'a request is waited for until its answer, also after a restart, and no longer once it failed',
  async (t) => {
    const set = await home(t, 'recommended')
    t.equal((await set.south(RESTORE_PROXY)).status, 200)
    t.equal(outcomeOf(await set.south(READ)), '503')
    await set.service.stop()
    const again = await set.start()
    t.equal(outcomeOf(await again.south(READ)), '503', 'the store knows the request and no answer')
    const answered = (code: string) =>
      again.north(synchronousResponse(NEW_GPF, responseMessage('8.12.2'), code))
    t.equal((await answered('E5')).status, 204)
    t.equal(outcomeOf(await again.south(READ)), '200', 'it failed')
    t.equal((await again.south(RESTORE_PROXY)).status, 200, 'asked again')
    t.equal(outcomeOf(await again.south(READ)), '503')
    t.equal((await answered('I0')).status, 204)
    t.match(outcomeOf(await again.south(READ)), /^(?:503|E5)$/)
    await again.resolved()
    t.equal(outcomeOf(await again.south(READ)), 'E5')
  },
)

for (const [srv, message, target] of [
  ['8.12.1', RESTORE_HUB, NEW_HUB],
  ['8.11', JOIN, NEW_HUB],
  ['8.14.1', install('8.14.1', 'CHFInstallSuccessSMWAN'), DCC],
] as const)
  t.test(
    `${srv} asked for: the Gas Proxy Function of its hub is unknown at every gateway`,
    beside,
    async (t) => {
      const set = await home(t, 'recommended', DELIVERED)
      t.equal(outcomeOf(await set.south(READ)), '200')
      t.equal((await set.south(message)).status, 200)
      await untilMetric(set.service.gateway.metrics, 'duisgate_event_backlog_bytes 0')
      await set.service.stop()
      const again = await set.start()
      t.equal(outcomeOf(await again.south(READ)), '503', 'no answer yet')
      t.equal((await again.north(synchronousResponse(target, responseMessage(srv)))).status, 204)
      t.match(outcomeOf(await again.south(READ)), /^(?:503|E5)$/)
      await again.resolved()
      t.equal(outcomeOf(await again.south(READ)), 'E5')
    },
  )

t.test(
  'a request is waited for that the DSP has and whose reply was lost, not one that never arrived',
  async (t) => {
    const set = await home(t, 'recommended')
    set.dsp.behave(async (incoming, _, takeBody) => {
      await takeBody()
      incoming.socket.resetAndDestroy()
    })
    t.equal((await set.south(RESTORE_PROXY)).status, 502)
    set.dsp.behave(answering(204, ''))
    t.equal(outcomeOf(await set.south(READ)), '503')
    t.equal((await set.north(synchronousResponse(NEW_GPF, responseMessage('8.12.2')))).status, 204)
    await set.resolved()
    t.equal(outcomeOf(await set.south(READ)), 'E5')
    t.same(
      ['GW_PEER_UNREACHABLE', 'GW_PEER_RESET'].map((code) => trafficEventsOf(failedRequest(code)).length),
      [0, 1],
    )
  },
)

function failedRequest(code: string) {
  const facts = factsOfRequest([], { requestId: `${USER}:${NEW_GPF}:1000` })
  return {
    decision: 'd',
    at: instantOf(0),
    events: ['hub-change'],
    facts,
    outcome: 'upstream-failed',
    peerStatus: undefined,
    code,
    isReply: false,
  } as const
}

t.test('every event reaches the store with each shipped table, whatever carries it', async (t) => {
  for (const table of ['recommended', 'seed-2023-04-literal']) {
    const set = await home(t, table)
    for (const { events, dccAlertPayload } of catalogue.data.events)
      for (const path of events.length === 0 ? [] : dccAlertPayload) {
        const inner = path
          .split('/')
          .reduceRight((content, step) => `<sr:${step}>${content}</sr:${step}>`, '')
        t.equal((await set.north(dccAlert('N1', inner))).status, 204, path)
      }
    await untilMetric(set.service.gateway.metrics, 'duisgate_event_backlog_bytes 0')
    const reader = new DatabaseSync(join(set.folder, 'store.db'), { readOnly: true })
    const rows = reader.prepare('SELECT event, codes FROM traffic_events').all()
    reader.close()
    for (const { events, dccAlertPayload } of catalogue.data.events)
      for (const path of dccAlertPayload)
        for (const event of events)
          t.ok(
            rows.some((row) => row.event === event && String(row.codes).includes(path)),
            `${table}: ${path}`,
          )
  }
})

t.test(
  'a read of a Device that the inventory does not have raises an alarm, though the index answers for it',
  async (t) => {
    const set = await home(t, 'recommended')
    await untilMetric(set.service.gateway.metrics, 'duisgate_flag_index_loaded 1')
    t.equal(outcomeOf(await set.south(READ)), '200')
    await untilMetric(set.service.gateway.metrics, 'duisgate_alarms_total{alarm="unlisted-device"} 1')
  },
)

t.test('with unlistedDevice: defer it is put off until the inventory has it', async (t) => {
  const folder = await temporaryFolder(t)
  const table = join(folder, 'careful.yaml')
  const shipped = readFileSync(new URL('../../policy/recommended.yaml', import.meta.url), 'utf8')
  writeFileSync(table, shipped.replace(/^rows:$/m, 'unlistedDevice: defer\nrows:'))
  const set = await home(t, table)
  await untilMetric(set.service.gateway.metrics, 'duisgate_flag_index_loaded 1')
  t.equal(outcomeOf(await set.south(READ)), '503')
  const electricity = READ.toString().replaceAll(NEW_GPF, '00-0D-5C-AA-16-9A-00-E1')
  t.equal(outcomeOf(await set.south(electricity)), '200', 'one that it has goes on')
  const ran = await duisgate(['devices', 'import', '-', '--set', `store=${join(set.folder, 'store.db')}`], {
    stdin: DELIVERED,
  })
  t.equal(ran.code, 0)
  await set.service.flags.catchUp()
  t.equal(outcomeOf(await set.south(READ)), '200')
})

t.test('registrations that arrive after they began pass the tasks of the losing Supplier on', async (t) => {
  const set = await home(t, 'recommended')
  const store = ['--set', `store=${join(set.folder, 'store.db')}`]
  const actor = { party: 'SUP-A', role: 'supplier', name: 'somebody' } as const
  const mpxn = '1200012345679'
  const flag = await set.restrictions.set(actor, {
    mpxn,
    declaration: { ...DECLARATION, date: '2026-01-02' },
  })
  t.equal(flag.ok, true)
  await set.restrictions.noticeTenancy(actor, { mpxn })
  const open = async (party: string) =>
    (await set.store.read((view) => view.tasks.ofParty(party, true, 10))).items
  t.match(await open('SUP-A'), [{ kind: 'review-tenancy' }])
  const began = new Date(Date.now() - 3_600_000).toISOString()
  const late = fixture('registrations-late.csv').toString().replaceAll('2026-11-30T08:30:00Z', began)
  const ran = await duisgate(['registrations', 'import', '-', ...store], { stdin: late })
  t.equal(ran.code, 0, ran.stderr)
  t.same(await open('SUP-A'), [])
  t.match(await open('SUP-B'), [{ kind: 're-confirm' }])
})
