/** Signing in at an OpenID provider of another site, and out again, in a real Chromium; axe finds nothing on the pages of our own. */
import type { BrowserContext, Route } from 'playwright-core'
import t, { type Test } from 'tap'
import { startChromium, withoutChromium } from '../../support/chromium.ts'
import { findings, watch } from '../page/axe.ts'
import { type PageAtProvider, pageAtProvider, Somebody } from './signing-in.ts'

t.setTimeout(300_000)

const WIDTHS = [1_280, 375]

t.test('somebody signs in at another site and out again', { skip: withoutChromium }, async (t) => {
  const at = await pageAtProvider(t)
  const browser = await startChromium()
  t.teardown(() => browser.close())
  for (const javaScriptEnabled of [true, false]) {
    const context = await browser.newContext({ javaScriptEnabled })
    const name = `${javaScriptEnabled ? 'with' : 'without'} scripts`
    await t.test(name, (t) => signsInAndOut(t, context, at.origin))
    await context.close()
  }
  const context = await browser.newContext()
  await t.test('the pages on the way there and back are accessible', (t) => pagesOnTheWay(t, context, at))
})

async function signsInAndOut(t: Test, context: BrowserContext, origin: string): Promise<void> {
  const page = await context.newPage()
  const stopped: string[] = []
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) stopped.push(message.text())
  })
  await page.goto(`${origin}/tasks?done=yes`)
  await page.getByRole('button', { name: 'Sign in with your organisation’s account' }).click()
  await page.getByPlaceholder('Enter any login').fill('jane')
  await page.getByPlaceholder('and password').fill('any')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: 'Tasks that are done' }).waitFor()
  t.match(await page.locator('.dg-visitor__who').innerText(), 'jane.doe')
  const [session] = (await context.cookies(origin)).filter(({ name }) => name === 'duisgate')
  t.match(session, { httpOnly: true, sameSite: 'Strict' })
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Yes, sign me out' }).click()
  await page.waitForURL((url) => url.origin === origin && url.pathname === '/sign-in')
  await page.goto(`${origin}/tasks`)
  t.equal(new URL(page.url()).pathname, '/sign-in')
  t.same(
    stopped.filter((text) => text.includes(origin)),
    [],
  )
}

/** No axe finding, no sideways scrolling, nobody else asked. */
async function pagesOnTheWay(
  t: Test,
  context: BrowserContext,
  { origin, provider }: PageAtProvider,
): Promise<void> {
  const page = await context.newPage()
  const troubles: string[] = []
  watch(page, origin, troubles)
  const look = async (title: string) => {
    await page.getByRole('heading', { level: 1, name: title }).waitFor()
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 })
      t.same(await findings(page, width === WIDTHS[0]), [], `${title}: axe finds nothing at ${width}`)
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), width, `${title}: no scrolling`)
    }
  }
  await page.goto(`${origin}/sign-in`)
  await page.getByRole('button', { name: 'Sign in with your organisation’s account' }).waitFor()
  await look('Sign in')
  await page.goto(`${origin}/sign-in/callback?state=none`)
  await look('You are not signed in')
  t.same(troubles, [])

  // Pages that go on by themselves stay for an answer without content.
  const stay = (route: Route) => route.fulfill({ status: 204 })
  const jane = new Somebody()
  await jane.signIn({ origin }, 'jane')
  await page.context().addCookies([{ url: origin, name: 'duisgate', value: jane.cookie('duisgate') ?? '' }])
  await page.goto(`${origin}/tasks`)
  await page.route(`${provider.issuer}/**`, stay)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await look('You are signed out here')
}
