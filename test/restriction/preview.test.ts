/** What a set or a clear would do, in plain words, before it is asked for. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { loadCatalogue } from '../../src/config/load-catalogue.ts'
import { readTable } from '../../src/config/load-table.ts'
import { instantOf } from '../../src/core/device/device.ts'
import type { Table } from '../../src/core/policy/table.ts'
import { resumesOnClear, stopsAndStays } from '../../src/core/restriction/plain-words.ts'
import {
  asked,
  CENTRE,
  clearing,
  DAY,
  ESME,
  GPF,
  GSME,
  granted,
  MPRN,
  NET,
  rulesOf,
  START,
  SUP_E,
  SUP_G,
  SUP_N,
  scene,
} from './scene.ts'

t.test('a preview shows the members and writes nothing', async (t) => {
  const { service, trail, store } = await scene(t)
  const before = (await trail()).length
  const shown = granted(await service.preview(SUP_G, asked({ mpxn: MPRN })))
  t.same(shown.draft.members, [GPF, GSME])
  t.same(
    shown.devices.map((each) => each.key),
    [GPF, GSME],
  )
  t.equal(shown.outcome, 'set')
  t.equal((await trail()).length, before)
  t.same((await store.read((view) => view.restrictions.list({}, START, 10))).items, [])
})

t.test('says in plain words what stops and what stays, from the table in force', async (t) => {
  const table = tableInForce()
  const gas = stopsAndStays(table, 'gas')
  const electricity = stopsAndStays(table, 'electricity')
  const codes = (lines: typeof gas.stops) => lines.flatMap((line) => line.codes)
  t.ok(codes(gas.stops).includes('4.10'))
  t.ok(codes(electricity.stays).includes('4.10'))
  for (const shown of [gas, electricity]) {
    for (const stopped of ['4.1.1', '4.8.1', '8F0A', '5.1'])
      t.ok(codes(shown.stops).includes(stopped), stopped)
    for (const staying of ['11.1', '2.2', '7.4', '6.23']) t.ok(codes(shown.stays).includes(staying), staying)
    t.equal(new Set([...codes(shown.stops), ...codes(shown.stays)]).size, allCodes(table).size)
    t.ok(shown.notes.some((note) => note.startsWith('Bills rest on')))
  }
})

t.test(
  'what a clear brings back is what the flag had stopped, and nothing that was suppressed',
  async (t) => {
    const table = tableInForce()
    for (const fuel of ['gas', 'electricity'] as const) {
      const { stops } = stopsAndStays(table, fuel)
      const { resumes, notes } = resumesOnClear(table, fuel)
      t.same(
        resumes.map((line) => line.codes),
        stops.map((line) => line.codes),
      )
      t.match(notes.join('\n'), /destroyed.*does not come later.*Schedules are not made again/s)
      t.notMatch(resumes.map(({ text }) => text).join('\n'), /go quiet/)
    }
  },
)

t.test('a preview of a clear is judged as the clear is, and writes nothing', async (t) => {
  const set = await scene(t)
  const { service, trail } = set
  t.same(rulesOf(await service.previewClear(SUP_E, clearing())), ['not-restricted'])
  const { restriction: flag } = granted(await service.set(SUP_E, asked()))
  const before = await trail()
  for (const [who, request, rules] of [
    [SUP_E, clearing(), []],
    [SUP_N, clearing(), ['not-responsible']],
    [SUP_E, clearing({ reason: 'whim' }), ['clear-reason']],
    [SUP_E, clearing({ version: 7 }), ['version-changed']],
    [CENTRE, clearing(), ['on-behalf-missing', 'ticket-missing']],
    [NET, clearing(), ['role-not-allowed']],
  ] as const) {
    const preview = await service.previewClear(who, request)
    t.same(rulesOf(preview), rules, `${who.party} ${rules.join()}`)
    if (preview.ok) t.match(preview, { outcome: 'cleared', restriction: { id: flag.id, until: START } })
  }
  t.same(await trail(), before)
  t.equal(await set.isRestricted(ESME), true)
  granted(await service.clear(SUP_E, clearing()))
  t.match(granted(await service.previewClear(SUP_E, clearing())), { outcome: 'already-cleared' })
})

t.test('a preview of a clear names the Devices that another flag still covers', async (t) => {
  const { service, store } = await scene(t)
  const { restriction } = granted(await service.set(SUP_G, asked({ mpxn: MPRN })))
  const { sequence: _, inForceAt: __, ...other } = restriction
  await store.change((unit) =>
    unit.restrictions.put({ ...other, id: 'R-2', mpxn: '7400000002', members: [GPF] }),
  )
  const preview = granted(await service.previewClear(SUP_G, clearing({ mpxn: MPRN })))
  t.same(preview.stayRestricted, [GPF])
})

t.test('a preview of taking back a flag that has not begun says that nothing was stopped', async (t) => {
  const { service } = await scene(t)
  granted(await service.set(SUP_E, asked({ from: instantOf(START + DAY) })))
  const preview = granted(await service.previewClear(SUP_E, clearing()))
  t.same(preview.resumes, [])
  t.match(preview.notes.join(), /Nothing was stopped/)
})

t.test('a preview of a clear at the instant the flag begins says what comes back', async (t) => {
  const { service, pass } = await scene(t)
  granted(await service.set(SUP_E, asked({ from: instantOf(START + DAY) })))
  for (const [wait, notes] of [
    [DAY - 1, /Nothing was stopped/],
    [1, /was destroyed/],
  ] as const) {
    pass(wait)
    t.match(granted(await service.previewClear(SUP_E, clearing())).notes.join(), notes)
  }
})

function tableInForce(): Table {
  const text = readFileSync(new URL('../../policy/recommended.yaml', import.meta.url), 'utf8')
  const compiled = readTable(text, loadCatalogue())
  if (!compiled.ok) throw new Error('the recommended table has problems')
  return compiled.table
}

function allCodes(table: Table): Set<string> {
  return new Set(table.rows.flatMap((row) => [...row.srv, ...row.alert, ...row.dccAlert]))
}
