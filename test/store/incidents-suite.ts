/** Incidents of every driver, and what is known of a Device for the reports: a span finds what it should, a later record takes the place of an earlier one. */
import type { Incident } from '../../src/core/report/incident.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { at, type Check, device, METER } from './place.ts'

const NOWHERE = { device: undefined, openedBy: undefined }

function incident(reference: string, over: Partial<Incident> = {}): Incident {
  return { reference, from: at(10), until: at(20), regions: ['North'], srvs: ['4.8.1'], ...NOWHERE, ...over }
}

const between = (store: SqlStore, from: number, until: number) =>
  store.reports.incidentsBetween({ from: at(from), until: at(until) })

export function incidentsSuite(check: Check): void {
  check('finds incidents that lay in a span, those that last among them', async (t, store) => {
    const [ended, open] = [
      incident('INC-1'),
      incident('INC-2', { from: at(15), until: undefined, regions: [], srvs: [] }),
    ]
    await store.change(async (unit) => {
      for (const each of [open, ended]) await unit.incidents.put(each)
    })
    t.same(await between(store, 0, 100), [ended, open], 'the oldest first')
    t.same(await store.reports.incidentsBetween({ from: at(0), until: at(100) }), [ended, open])
    t.same(await between(store, 0, 10), [])
    t.same(await between(store, 19, 20), [ended, open])
    t.same(await between(store, 20, 21), [open])
    await store.change((unit) => unit.incidents.put({ ...open, until: at(16) }))
    const ofDevice = incident('INC-3', { device: METER, openedBy: 'CSP-N' })
    await store.change((unit) => unit.incidents.put(ofDevice))
    t.same(await store.change((unit) => unit.incidents.find('INC-3')), ofDevice)
    t.equal(await store.change((unit) => unit.incidents.find('INC-4')), undefined)
    t.same(await between(store, 19, 20), [ended, ofDevice])
    t.same(await between(store, 20, 21), [])
  })

  check('knows where a Device was before that never had a flag', async (t, store, place) => {
    await store.change((unit) => unit.inventory.put([device(METER, { region: 'North' })]))
    place.clock.now = at(7)
    await store.change((unit) => unit.inventory.put([device(METER, { region: 'South' })]))
    t.match(await store.reports.facts([METER]), [
      { placement: { region: 'South' }, moves: [{ region: 'North', until: at(7) }] },
    ])
  })

  check('forgets schedules that ended long ago, and no others', async (t, store) => {
    const live = { device: METER, owner: METER, srvs: [], createdAt: at(0), until: undefined }
    await store.change(async (unit) => {
      await unit.schedules.put({ ...live, id: '1' })
      await unit.schedules.put({ ...live, id: '2', until: at(10) })
    })
    t.equal(await store.reports.countOlder('schedules', at(10)), 0, 'it is as old as that, not older')
    t.equal(await store.reports.countOlder('schedules', at(11)), 1)
    t.equal(await store.reports.deleteOlder('schedules', at(11), 10), 1)
    t.match(await store.read((view) => view.schedules.live([METER], at(0), 10)), [{ id: '1' }])
  })
}
