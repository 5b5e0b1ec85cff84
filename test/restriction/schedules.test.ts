// Live DCC schedules: learnt from traffic, listed when the flag is set, gone with their deletion, their date or their Device.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { loadCatalogue } from '../../src/config/load-catalogue.ts'
import { readTable } from '../../src/config/load-table.ts'
import { instantOf } from '../../src/core/device/device.ts'
import type { TrafficEvent } from '../../src/core/restriction/restriction.ts'
import { goesDark, scheduleWords } from '../../src/core/restriction/schedule.ts'
import {
  asked,
  CENTRE,
  clearing,
  DAY,
  ESME,
  EUI_OF_NEXT,
  GPF,
  GSME,
  granted,
  MPAN,
  MPRN,
  NET,
  type Scene,
  START,
  SUP_E,
  SUP_G,
  scene,
  traffic,
} from './scene.ts'

const requestId = '90-B3-D5-1F-30-01-00-03:90-B3-D5-1F-30-00-00-02:1'

function created(id: string, more: Partial<TrafficEvent> = {}): readonly [TrafficEvent, TrafficEvent] {
  const request = `${requestId}${id}`
  const asking = {
    user: EUI_OF_NEXT,
    codes: ['5.1', '4.8.1'],
    requestId: request,
    stage: 'requested',
  } as const
  const answer = { codes: ['5.1'], requestId: request, stage: 'done', scheduleId: id } as const
  return [
    traffic('schedule-created', [ESME], { decision: `C-${id}`, ...asking, ...more }),
    traffic('schedule-created', [], { decision: `C-${id}/reply`, ...answer }),
  ]
}

function deleted(more: Partial<TrafficEvent>, devices: TrafficEvent['devices'] = []) {
  const common = { codes: ['5.3'], requestId: `${requestId}99`, user: EUI_OF_NEXT }
  return [
    traffic('schedule-deleted', devices, { decision: 'X', ...common, ...more, stage: 'requested' }),
    traffic('schedule-deleted', [], { decision: 'X/reply', ...common, stage: 'done' }),
  ] as const
}

async function see({ service }: Scene, ...events: readonly TrafficEvent[]): Promise<void> {
  for (const event of events) t.equal(await service.takeTrafficEvent(event), true)
}

const listed = async ({ service }: Scene) =>
  granted(await service.preview(SUP_E, asked())).schedules.map(({ id }) => id)

t.test('whoever sets a flag is shown the schedules that go dark: number, what, whose', async (t) => {
  const set = await scene(t)
  await see(set, ...created('7'))
  const seven = {
    id: '7',
    device: ESME,
    owner: EUI_OF_NEXT,
    srvs: ['4.8.1'],
    party: 'SUP-N',
    createdAt: START,
  }
  t.match(granted(await set.service.preview(SUP_E, asked())).schedules, [seven])
  const { restriction, schedules } = granted(await set.service.set(SUP_E, asked()))
  t.match(schedules, [seven])
  t.match(
    granted(await set.service.set(SUP_E, asked())).schedules,
    [seven],
    'and with the receipt from before',
  )
  t.match(await set.service.schedules(SUP_E, restriction.id), [seven])
  t.match(await set.service.schedules(CENTRE, restriction.id), [seven])
  for (const other of [NET, SUP_G]) t.same(await set.service.schedules(other, restriction.id), [])
  t.same(await set.service.schedules(SUP_E, 'R-none'), [])
  granted(await set.service.clear(SUP_E, clearing()))
  t.same(await set.service.schedules(SUP_E, restriction.id), [])
})

t.test('500 schedules are listed at most, the oldest', async (t) => {
  const set = await scene(t)
  const ids = Array.from({ length: 502 }, (_, n) => String(n + 1))
  await set.store.change(async (unit) => {
    for (const [n, id] of ids.entries())
      await unit.schedules.put({
        ...{ id, device: ESME, owner: EUI_OF_NEXT, srvs: ['4.8.1'], until: undefined },
        createdAt: instantOf(START + n),
      })
  })
  t.same(await listed(set), ids.slice(0, 500))
})

t.test(
  'a request and its answer make a schedule in either order; one of them alone makes none',
  async (t) => {
    const both = created('7')
    for (const [events, expected] of [
      [both, ['7']],
      [both.toReversed(), ['7']],
      [both.slice(0, 1), []],
      [both.slice(1), []],
    ] as const) {
      const set = await scene(t)
      await see(set, ...events)
      t.same(await listed(set), expected)
    }
  },
)

t.test('a schedule is deleted by its number or with all of its owner’s for the Device', async (t) => {
  const byNumber = deleted({ scheduleId: '7' })
  const byDevice = deleted({}, [ESME])
  for (const events of [byNumber, byNumber.toReversed(), byDevice, byDevice.toReversed()]) {
    const set = await scene(t)
    await see(set, ...created('7'), ...events)
    t.same(await listed(set), [])
  }
})

t.test(
  'a deletion that is only asked for, of another schedule or by another User deletes nothing',
  async (t) => {
    for (const events of [
      deleted({ scheduleId: '7' }).slice(0, 1),
      deleted({ scheduleId: '8' }),
      deleted({ user: ESME }, [ESME]),
      deleted({}, [GPF]),
      [traffic('schedule-deleted', [ESME], { codes: ['5.2'], stage: 'done', user: EUI_OF_NEXT })],
      [traffic('schedule-deleted', [], { codes: ['5.2'], stage: 'done', scheduleId: '7' })],
      [traffic('schedule-deleted', [], { codes: ['5.3'], scheduleId: '7' })],
    ]) {
      const set = await scene(t)
      await see(set, ...created('7'), ...events)
      t.same(await listed(set), ['7'])
    }
  },
)

t.test('a schedule ends with its own date', async (t) => {
  const set = await scene(t)
  await see(set, ...created('7', { scheduleUntil: instantOf(START + DAY) }))
  t.same(await listed(set), ['7'])
  set.pass(DAY)
  t.same(await listed(set), [])
})

t.test('decommissioning ends the schedules of a Device, by traffic and by the inventory', async (t) => {
  const set = await scene(t)
  await see(set, ...created('7'))
  await see(set, traffic('decommissioned', [ESME], { stage: 'requested' }))
  t.same(await listed(set), ['7'], 'asked for is not done')
  await see(set, traffic('decommissioned', [ESME], { decision: 'D', stage: 'done' }))
  t.same(await live(set), [])
  const other = await scene(t)
  await see(other, ...created('7'))
  granted(await other.service.set(SUP_E, asked()))
  const [meter] = await other.store.read((view) => view.inventory.ofMeterPoint(MPAN))
  if (meter) await other.service.putDevices([{ ...meter, status: 'Decommissioned' }])
  t.same(await live(other), [])
})

async function live({ store, now }: Scene) {
  return (await store.read((view) => view.schedules.live([ESME], now(), 9))).map(({ id }) => id)
}

t.test('a gas flag lists schedules of the meter and of its Gas Proxy Function', async (t) => {
  const set = await scene(t)
  await see(set, ...created('7', { devices: [GPF] }), ...created('8', { devices: [GSME] }), ...created('9'))
  const { schedules } = granted(await set.service.set(SUP_G, asked({ mpxn: MPRN })))
  t.same(
    schedules.map(({ id }) => id),
    ['7', '8'],
  )
})

const catalogue = loadCatalogue()
const recommended = readTable(readFileSync('policy/recommended.yaml', 'utf8'), catalogue)

t.test('what goes dark is what the table stops on its way home', (t) => {
  if (!recommended.ok) throw new Error('the table has problems')
  const { table } = recommended
  for (const [srvs, type, expected] of [
    [['4.8.1'], 'ESME', true],
    [['4.10'], 'GSME', true],
    [['4.10'], 'ESME', false],
    [['4.10'], undefined, true],
    [['6.2.1'], 'ESME', false],
    [['6.2.1', '4.8.1'], 'ESME', true],
    [['1.6'], 'ESME', false],
    [['4.99'], 'ESME', true],
    [[], 'ESME', true],
  ] as const)
    t.equal(goesDark(table, { srvs }, type), expected, `${srvs} of ${type}`)
  const shadow = table.rows.map((row) => ({ ...row, mode: 'shadow' as const }))
  t.equal(goesDark({ rows: shadow }, { srvs: ['4.8.1'] }, 'ESME'), false)
  t.end()
})

t.test('a schedule in words', (t) => {
  const seven = { id: '7', device: ESME, owner: EUI_OF_NEXT, createdAt: START, until: undefined }
  t.equal(
    scheduleWords({ ...seven, srvs: ['4.8.1', '14.1'], party: 'SUP-N' }),
    'Schedule 7 of SUP-N, which reads 4.8.1 and 14.1, goes dark.',
  )
  t.equal(
    scheduleWords({ ...seven, srvs: [], party: undefined }),
    'Schedule 7 of 90-B3-D5-1F-30-01-00-03 goes dark.',
  )
  t.end()
})
