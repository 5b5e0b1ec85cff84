/** Every page of the self-service page in a browser, with something on it: for axe, for narrow screens, for pictures. */
import type { Page } from 'playwright-core'
import { startControl } from '../../../src/control/start.ts'
import { instantOf } from '../../../src/core/device/device.ts'
import { DECLARATION, MPAN, MPRN, supplied } from '../../restriction/scene.ts'
import { furnishNotices } from './furnish-notices.ts'
import { furnishReports, MONTH } from './furnish-reports.ts'
import { furnishTables } from './furnish-tables.ts'
import { type Household, household, NEW_MPAN, NOW, SPARE_MPAN } from './household.ts'
import { signedIn } from './steps.ts'

const DAY = 86_400_000

export interface Site {
  readonly house: Household
  /** `http://127.0.0.1:…`, without a slash at its end. */
  readonly origin: string
}

/** The page on a socket of loopback, closed with the test. */
export async function openSite(t: { teardown(work: () => unknown): void }): Promise<Site> {
  const house = await household(t)
  const running = await startControl({ control: house.control, listen: { host: '127.0.0.1', port: 0 } })
  t.teardown(() => running.stop(0))
  return { house, origin: `http://127.0.0.1:${running.port}` }
}

const SUPPLIER = { party: 'SUP-E', role: 'supplier', name: 'jane.doe' } as const
const DECLARED = { ...DECLARATION, date: '2026-11-20' }

/** Flags, tasks and a gateway that has reported. */
export async function furnish({ house }: Site): Promise<void> {
  const { service, store, pass, gatewayInStep } = house
  await furnishReports(store)
  await service.set(SUPPLIER, { mpxn: SPARE_MPAN, declaration: DECLARED, reference: 'REF-1' })
  pass(340)
  await gatewayInStep()
  await service.noticeTenancy(SUPPLIER, { mpxn: SPARE_MPAN })
  await service.set(SUPPLIER, { mpxn: NEW_MPAN, declaration: DECLARED, from: instantOf(NOW + 9 * DAY) })
  await service.set(
    { party: 'SUP-G', role: 'supplier', name: 'john.roe' },
    { mpxn: MPRN, declaration: DECLARED },
  )
  await service.importRegistrations({ party: 'OPS', role: 'operations', name: 'import' }, [
    supplied(MPRN, 'SUP-G', NOW - 400 * DAY, NOW + 1_000),
    supplied(MPRN, 'SUP-E', NOW + 1_000),
  ])
  await furnishTables(store)
  pass(60_000)
  await service.runDueJobs()
  await furnishNotices(house)
  await gatewayInStep()
  await store.reportGateway(
    {
      id: 'gw-2',
      sequence: 1,
      state: 'behind',
      tableRevision: 'a1b2c3d4e5f6a7b8',
      counts: { forward: 3_914, withhold: 12 },
    },
    10_000,
  )
}

/** Signs in on a page of a context without cookies. */
export async function signIn(page: Page, { house, origin }: Site, holder: string): Promise<void> {
  await page.goto(`${origin}/sign-in`)
  await page.getByLabel('Access token').fill(house.tokenOf(holder))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL((url) => url.pathname !== '/sign-in')
}

/** One page of the tour. */
export interface Stop {
  /** Also the name of its picture. */
  readonly name: string
  readonly holder: string | undefined
  readonly open: (page: Page, site: Site) => Promise<void>
}

const at =
  (path: string) =>
  async (page: Page, { origin }: Site) => {
    await page.goto(origin + path)
  }

/** Fills in the declaration of the restrict form shown. */
export async function declare(page: Page): Promise<void> {
  await page.getByLabel('We explained what a smart meter does').check()
  await page.getByLabel('We offered alternatives').check()
  const date = page.getByRole('group', { name: 'preference recorded' })
  await date.getByLabel('Day').fill('20')
  await date.getByLabel('Month').fill('11')
  await date.getByLabel('Year').fill('2026')
  await page.getByLabel('Reference to your evidence').fill('CASE-4711')
  await page.getByLabel('This is a last resort').check()
  await page.getByLabel('The meter is in credit mode').check()
}

async function checkRestrict(page: Page, site: Site): Promise<void> {
  await page.goto(`${site.origin}/restrict?mpxn=${MPAN}`)
  await declare(page)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: 'Check before you restrict' }).waitFor()
}

async function openClear(page: Page, site: Site): Promise<void> {
  await page.goto(`${site.origin}/meter-points/${SPARE_MPAN}`)
  await page.getByRole('button', { name: 'Clear the flag' }).click()
}

async function checkClear(page: Page, site: Site): Promise<void> {
  await openClear(page, site)
  await page.getByLabel('The consumer asks for smart services again').check()
  await page.getByLabel('Reference to the instruction').fill('CASE-4712')
  await page.getByRole('button', { name: 'Continue' }).click()
}

async function emptyForm(page: Page, site: Site): Promise<void> {
  await page.goto(`${site.origin}/restrict?mpxn=${MPAN}`)
  await page.getByRole('button', { name: 'Continue' }).click()
}

async function bulkResults(page: Page, site: Site): Promise<void> {
  await page.goto(`${site.origin}/bulk`)
  await page.getByLabel('Set flags').check()
  const rows = [SPARE_MPAN, '7400000099', '12'].map(
    (mpxn) => `${mpxn},advice-given,2026-11-20,CASE-1,yes,yes`,
  )
  const text = ['mpxn,steps,date,evidence,isLastResort,isCreditMode', ...rows].join('\r\n')
  await page
    .getByLabel('CSV file')
    .setInputFiles({ name: 'meters.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
  await page.getByRole('button', { name: 'Upload' }).click()
  while (await page.getByRole('link', { name: 'Check again' }).isVisible()) await page.reload()
  await page.getByRole('heading', { name: '1 row done, 2 refused' }).waitFor()
}

async function proposal(page: Page, site: Site): Promise<void> {
  await page.goto(`${site.origin}/tables`)
  await page.getByRole('row', { name: 'On trial' }).getByRole('link').click()
  await page.getByRole('heading', { name: 'Approve' }).waitFor()
}

async function deadNotice(page: Page, site: Site): Promise<void> {
  await page.goto(`${site.origin}/notices?state=dead`)
  await page.getByRole('link', { name: 'The flag was set' }).click()
  await page.getByRole('button', { name: 'Send it again' }).waitFor()
}

async function incidentTold(page: Page, site: Site): Promise<void> {
  await page.goto(`${site.origin}/incidents/new?device=00-DB-00-00-00-00-00-31`)
  await page.getByLabel('Reference').fill('INC-204711')
  await page.getByRole('button', { name: 'Open the incident' }).click()
  await page.getByText('Restricted since').waitFor()
}

async function auditVerified(page: Page, site: Site): Promise<void> {
  await page.goto(`${site.origin}/audit`)
  await page.getByRole('button', { name: 'Check the whole trail' }).click()
  await page.getByRole('heading', { name: 'The audit trail is whole' }).waitFor()
}

async function firstTask(page: Page, site: Site): Promise<void> {
  await page.goto(`${site.origin}/tasks`)
  await page.getByRole('link', { name: 'Review after a change of tenancy' }).click()
}

async function changedMeanwhile(page: Page, site: Site): Promise<void> {
  await checkClear(page, site)
  const flags = await site.house.store.read((view) => view.restrictions.ofMeterPoint(SPARE_MPAN))
  const until = instantOf((flags[0]?.from ?? NOW) + 30 * DAY + (flags[0]?.version ?? 0) * 1_000)
  await site.house.service.clear(SUPPLIER, {
    mpxn: SPARE_MPAN,
    reason: 'other',
    reference: 'CASE-5',
    at: until,
  })
  await page.getByRole('button', { name: 'Clear the flag' }).click()
}

async function receipt(page: Page, site: Site): Promise<void> {
  await checkRestrict(page, site)
  await page.getByRole('button', { name: 'Restrict this meter' }).click()
}

async function newToken(page: Page, { origin }: Site): Promise<void> {
  await page.goto(`${origin}/tokens`)
  await page.getByLabel('What is it for?').fill('nightly upload')
  await page.getByLabel('Days until it expires').fill('30')
  await page.getByRole('button', { name: 'Make the token' }).click()
}

/** In an order in which each still finds what it shows. */
export const TOUR: readonly Stop[] = [
  { name: 'sign-in', holder: undefined, open: at('/sign-in') },
  { name: 'role', holder: 'two roles', open: at('/role') },
  { name: 'home', holder: 'supplier', open: at('/') },
  { name: 'search-problem', holder: 'supplier', open: at('/search?q=1200000000012') },
  { name: 'not-yours', holder: 'supplier', open: at('/meter-points/7400000099') },
  { name: 'search-nothing-found', holder: 'auditor', open: at('/meter-points/7400000099') },
  { name: 'meter-not-restricted', holder: 'supplier', open: at(`/meter-points/${MPAN}`) },
  { name: 'meter-restricted', holder: 'supplier', open: at(`/meter-points/${SPARE_MPAN}`) },
  { name: 'restrict', holder: 'supplier', open: at(`/restrict?mpxn=${MPAN}`) },
  { name: 'restrict-problems', holder: 'supplier', open: emptyForm },
  { name: 'restrict-on-behalf', holder: 'service centre', open: at(`/restrict?mpxn=${MPAN}`) },
  { name: 'restrict-check', holder: 'supplier', open: checkRestrict },
  { name: 'clear', holder: 'supplier', open: openClear },
  { name: 'clear-check', holder: 'supplier', open: checkClear },
  { name: 'restricted-meters', holder: 'supplier', open: at('/restricted?states=all') },
  { name: 'tasks', holder: 'supplier', open: at('/tasks') },
  { name: 'task', holder: 'supplier', open: firstTask },
  { name: 'bulk', holder: 'supplier', open: at('/bulk') },
  { name: 'bulk-results', holder: 'supplier', open: bulkResults },
  { name: 'list-in-force', holder: 'supplier', open: at('/list-in-force') },
  {
    name: 'meter-for-a-network-operator',
    holder: 'network operator',
    open: at(`/meter-points/${SPARE_MPAN}`),
  },
  { name: 'device-for-a-csp', holder: 'csp', open: at('/devices/00-DB-00-00-00-00-00-31') },
  { name: 'service-centre-home', holder: 'service centre', open: at('/') },
  { name: 'reports', holder: 'supplier', open: at('/reports') },
  { name: 'report-exceptions', holder: 'auditor', open: at(`/reports/exceptions?month=${MONTH}`) },
  { name: 'report-performance', holder: 'auditor', open: at(`/reports/performance?month=${MONTH}`) },
  { name: 'report-uptake', holder: 'auditor', open: at(`/reports/uptake?month=${MONTH}`) },
  { name: 'report-leaks', holder: 'auditor', open: at(`/reports/leaks?month=${MONTH}`) },
  { name: 'notices', holder: 'csp', open: at('/notices') },
  { name: 'notice-given-up', holder: 'csp', open: deadNotice },
  { name: 'letter', holder: 'supplier', open: at(`/meter-points/${SPARE_MPAN}/letter`) },
  { name: 'incident-told', holder: 'service centre', open: incidentTold },
  { name: 'incidents', holder: 'service centre', open: at('/incidents') },
  { name: 'audit-verified', holder: 'auditor', open: auditVerified },
  { name: 'audit', holder: 'auditor', open: at('/audit') },
  { name: 'operations', holder: 'operations', open: at('/operations') },
  { name: 'tokens', holder: 'supplier', open: at('/tokens') },
  { name: 'new-token', holder: 'supplier', open: newToken },
  { name: 'tokens-of-everybody', holder: 'operations', open: at('/tokens') },
  { name: 'tables', holder: 'operations', open: at('/tables') },
  { name: 'propose-table', holder: 'operations', open: at('/tables/propose') },
  { name: 'table-proposal', holder: 'second operations', open: proposal },
  { name: 'decision', holder: 'service centre', open: at('/decisions') },
  { name: 'receipt', holder: 'supplier', open: receipt },
  { name: 'changed-meanwhile', holder: 'supplier', open: changedMeanwhile },
  { name: 'forbidden', holder: 'csp', open: at('/audit') },
  { name: 'not-found', holder: 'supplier', open: at('/nowhere') },
]

/** Opens every stop, signed in as its holder, and has it looked at; a holder signs in once. */
export async function goRound(page: Page, site: Site, look: (stop: Stop) => Promise<void>): Promise<void> {
  const cookies = new Map<string | undefined, string>()
  for (const stop of TOUR) {
    const cookie = cookies.get(stop.holder) ?? (await cookieOf(site, stop.holder))
    cookies.set(stop.holder, cookie)
    await page.context().clearCookies()
    const [, name = '', value = ''] = /^(.*?)=(.*)/.exec(cookie) ?? []
    if (name !== '') await page.context().addCookies([{ url: site.origin, name, value }])
    await stop.open(page, site)
    await look(stop)
  }
}

async function cookieOf({ house }: Site, holder: string | undefined): Promise<string> {
  return holder === undefined ? '' : (await signedIn(house, holder)).cookie
}
