/** Every page that there is, as the routes have them, looked at in a real Chromium as each role that may open it is shown it. */
import type { Test } from 'tap'
import type { RouteEntry } from '../../../src/control/access.ts'
import type { Role } from '../../../src/core/restriction/party.ts'
import { reachOf } from '../../../src/restrictions/permissions.ts'
import { MPAN } from '../../restriction/scene.ts'
import { SPARE_MPAN } from './household.ts'
import type { Onlooker } from './look.ts'
import { signedIn } from './steps.ts'
import type { Site } from './tour.ts'

/** Of the household of the tour, who has which role. */
const HOLDERS = {
  supplier: 'supplier',
  'network-operator': 'network operator',
  'service-centre': 'service centre',
  csp: 'csp',
  operations: 'operations',
  auditor: 'auditor',
} as const

/** Routes that are no pages: files to take away, and what a script asks. */
const NO_PAGES = [/\.(?:csv|html|txt|ico)$/, /^\/assets\//, /\/status$/]

/** Steps of a form, which need what was typed before: the tour has them. */
const STEPS = [/^\/(?:restrict|clear)(?:\/|$)/, /^\/bulk\/:key/]

/** Addresses in place of the parameters of a route. */
async function addressesOf({ house }: Site): Promise<Readonly<Record<string, string>>> {
  return house.store.read(async (view) => {
    const [flag] = await view.restrictions.ofMeterPoint(SPARE_MPAN)
    const { items: tasks } = await view.tasks.ofParty('SUP-E', true, 1)
    const { items: notices } = await view.notices.list({}, 1)
    const { items: proposals } = await view.tables.listProposals(1)
    return {
      '/meter-points/:mpxn': `/meter-points/${SPARE_MPAN}`,
      '/meter-points/:mpxn/letter': `/meter-points/${MPAN}/letter`,
      '/devices/:id': '/devices/00-DB-00-00-00-00-00-03',
      '/devices/:id/letter': '/devices/00-DB-00-00-00-00-00-03/letter',
      '/receipts/:id/set': `/receipts/${flag?.id}/set`,
      '/receipts/:id/clear': `/receipts/${flag?.id}/clear`,
      '/tasks/:id': `/tasks/${tasks[0]?.id}`,
      '/tasks/:id/done': `/tasks/${tasks[0]?.id}/done`,
      '/notices/:id': `/notices/${notices[0]?.id}`,
      '/tables/proposals/:id': `/tables/proposals/${proposals[0]?.id}`,
      '/tables/:revision/impact': `/tables/${proposals[0]?.revision}/impact`,
    }
  })
}

/** The pages of the routes, each as an address; a route with a parameter and no address is told. */
function pagesOf(routes: readonly RouteEntry[], addresses: Readonly<Record<string, string>>) {
  const isLeftOut = (path: string) => [...NO_PAGES, ...STEPS].some((pattern) => pattern.test(path))
  return routes
    .filter(({ plane, method, path }) => plane === 'page' && method === 'GET' && !isLeftOut(path))
    .map(({ path, access }) => ({
      ...{ path, access },
      address: addresses[path] ?? (path.includes(':') ? undefined : path),
    }))
}

/** Has every page of every role looked at, one after the other. */
export async function goThroughPages(t: Test, site: Site, onlooker: Onlooker): Promise<void> {
  const pages = pagesOf(site.house.control.routes.entries(), await addressesOf(site))
  t.same(
    pages.filter(({ address }) => address === undefined).map(({ path }) => path),
    [],
    'each route with a parameter has an address here',
  )
  for (const [role, holder] of Object.entries(HOLDERS) as [Role, string][]) {
    const visit = await signedIn(site.house, holder)
    const open = pages.filter(
      ({ access }) => typeof access === 'string' || reachOf({ role }, access.operation) !== undefined,
    )
    for (const { address = '' } of open) {
      await visit.get(address)
      t.ok(visit.status < 500, `${role} ${address}: answered with ${visit.status}`)
      await onlooker.lookAt(t, visit.markup, `${role} ${address}`, address)
    }
  }
}
