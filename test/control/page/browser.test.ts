/** Journeys in a real Chromium: with scripts, without them, and by keyboard alone. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { MPAN } from '../../restriction/scene.ts'
import { startChromium, withoutChromium } from '../../support/chromium.ts'
import { declare, openSite, type Site, signIn } from './tour.ts'

t.setTimeout(300_000)

const { skip } = { skip: withoutChromium }
const browser = skip ? undefined : await startChromium()
t.teardown(() => browser?.close())

async function newPage(options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
  if (!browser) throw new Error('no Chromium')
  const context = await browser.newContext(options)
  t.teardown(() => context.close())
  return context.newPage()
}

let signedIn: { readonly page: Page; readonly site: Site } | undefined

/** The same window and the same site each time. */
async function supplierSignedIn() {
  if (signedIn) return signedIn
  const site = await openSite(t)
  const page = await newPage()
  await signIn(page, site, 'supplier')
  signedIn = { page, site }
  return signedIn
}

async function statusOf(page: Page): Promise<string> {
  return (await page.locator('p', { hasText: 'Status:' }).first().innerText()).trim()
}

/** From the search to the receipt, as a Supplier. */
async function restrict(page: Page, { origin }: Site): Promise<void> {
  await page.goto(`${origin}/search`)
  await page.getByLabel('MPAN, MPRN or Device ID').fill('12 0000 0000 011')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByRole('button', { name: 'Restrict this meter' }).click()
  await declare(page)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Restrict this meter' }).click()
  await page.getByRole('heading', { name: 'The meter is Restricted' }).waitFor()
}

t.test('a link of the error summary puts the focus into its field', { skip }, async (t) => {
  const { page, site } = await supplierSignedIn()
  await page.goto(`${site.origin}/restrict?mpxn=${MPAN}`)
  await page.getByRole('button', { name: 'Continue' }).click()
  await untilFocused(page, 'There is a problem')
  await page.getByRole('link', { name: 'Enter your own reference to the evidence' }).click()
  await untilFocused(page, 'evidence')
  t.pass('first the summary has the focus, then the field')
})

t.test(
  'a Supplier restricts a meter and sees it come into force without loading the page again',
  { skip },
  async (t) => {
    const { page, site } = await supplierSignedIn()
    await restrict(page, site)
    t.match(await statusOf(page), 'Propagating')
    const errors = await whileSignedOut(page)
    site.house.pass(180)
    await site.house.gatewayInStep()
    await page.getByText('In force in every gateway after 180 ms').waitFor()
    t.pass('the status changed by itself')
    t.same(errors, [], 'a page that asks while nobody is signed in goes on asking')
  },
)

/** Lets the page ask for its status once without the session; the list takes errors of its script from now on. */
async function whileSignedOut(page: Page): Promise<readonly string[]> {
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  const cookies = await page.context().cookies()
  const answered = page.waitForResponse((response) => new URL(response.url()).pathname === '/sign-in')
  await page.context().clearCookies()
  await answered
  await page.context().addCookies(cookies)
  return errors
}

t.test('everything works without JavaScript', { skip }, async (t) => {
  const site = await openSite(t)
  const page = await newPage({ javaScriptEnabled: false })
  await signIn(page, site, 'supplier')
  await restrict(page, site)
  site.house.pass(180)
  await site.house.gatewayInStep()
  await page.getByRole('link', { name: 'Check again' }).click()
  t.match(await statusOf(page), 'In force in every gateway after 180 ms')

  await page.getByRole('link', { name: 'See the meter' }).click()
  await page.getByRole('button', { name: 'Clear the flag' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
  t.match(await page.title(), /^Error: Clear the flag/)
  await page.getByLabel('Another reason').check()
  await page.getByLabel('Reference to the instruction').fill('CASE-4712')
  t.ok(await page.getByLabel('Time').isVisible(), 'fields of a choice always show')
  await page.getByRole('button', { name: 'Continue' }).click()
  site.house.pass(1_000)
  await page.getByRole('button', { name: 'Clear the flag' }).click()
  await page.getByRole('heading', { name: 'The meter is no longer Restricted' }).waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  t.same(
    (await site.house.store.read((view) => view.restrictions.ofMeterPoint(MPAN)))[0]?.clearReason,
    'other',
  )
})

t.test('a Supplier restricts a meter by keyboard alone', { skip }, async (t) => {
  const site = await openSite(t)
  const page = await newPage()
  await page.goto(`${site.origin}/sign-in`)
  await tabTo(page, 'token')
  await page.keyboard.type(site.house.tokenOf('supplier'))
  await page.keyboard.press('Enter')
  await page.waitForURL(`${site.origin}/`)

  await page.keyboard.press('Tab')
  t.equal(await focused(page), 'Skip to main content', 'the skip link comes first')
  await page.keyboard.press('Enter')
  await tabTo(page, 'q')
  await page.keyboard.type(MPAN)
  await page.keyboard.press('Enter')
  await page.waitForURL(/meter-points/)
  await tabTo(page, 'Restrict this meter')
  await page.keyboard.press('Enter')
  await page.waitForURL(/restrict\/[\w-]+$/)

  for (const id of ['steps', 'isLastResort', 'isCreditMode']) {
    if (id === 'isLastResort')
      await typeInto(page, { date: '20', 'date-month': '11', 'date-year': '2026', evidence: 'CASE-4711' })
    await tabTo(page, id)
    await page.keyboard.press('Space')
  }
  await tabTo(page, 'Continue')
  await page.keyboard.press('Enter')
  await page.waitForURL(/check$/)
  await tabTo(page, 'Restrict this meter')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'The meter is Restricted' }).waitFor()
  t.equal((await site.house.store.read((view) => view.restrictions.ofMeterPoint(MPAN))).length, 1)
})

async function typeInto(page: Page, texts: Readonly<Record<string, string>>): Promise<void> {
  for (const [id, text] of Object.entries(texts)) {
    await tabTo(page, id)
    await page.keyboard.type(text)
  }
}

/** The ID of what has the focus, or the first line of its text. */
const FOCUSED = `(() => {
  const { id, innerText } = document.activeElement
  return id || innerText.trim().split('\\n')[0]
})()`

function focused(page: Page): Promise<string> {
  return page.evaluate<string>(FOCUSED)
}

/** The script of the page gives the focus some time after the page is there. */
async function untilFocused(page: Page, idOrText: string): Promise<void> {
  await page.waitForFunction(`${FOCUSED} === ${JSON.stringify(idOrText)}`)
}

/** More than any page has to tab through. */
const MAX_TABS = 80

async function tabTo(page: Page, idOrText: string): Promise<void> {
  for (let presses = 0; presses < MAX_TABS; presses++) {
    await page.keyboard.press('Tab')
    if ((await focused(page)) === idOrText) return
  }
  throw new Error(`${idOrText} cannot be reached by keyboard on ${page.url()}`)
}
