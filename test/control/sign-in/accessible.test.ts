/** The pages of our own on the way to an OpenID provider and back, in a real Chromium: no axe finding, no sideways scrolling. */
import type { Route } from 'playwright-core'
import t from 'tap'
import { startChromium, withoutChromium } from '../../support/chromium.ts'
import { findings, watch } from '../page/axe.ts'
import { pageAtProvider, Somebody } from './signing-in.ts'

t.setTimeout(300_000)

const WIDTHS = [1_280, 375]

t.test('the pages on the way to an OpenID provider and back', { skip: withoutChromium }, async (t) => {
  const { origin, provider } = await pageAtProvider(t)
  const browser = await startChromium()
  t.teardown(() => browser.close())
  const page = await browser.newPage()
  const troubles: string[] = []
  watch(page, origin, troubles)
  const look = async (title: string) => {
    await page.getByRole('heading', { level: 1, name: title }).waitFor()
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 })
      t.same(await findings(page), [], `${title}: axe finds nothing at ${width}`)
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
})
