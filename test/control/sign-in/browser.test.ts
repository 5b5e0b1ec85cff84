/** Signing in at an OpenID provider of another site, and out again, in a real Chromium. */
import t from 'tap'
import { startChromium, withoutChromium } from '../../support/chromium.ts'
import { pageAtProvider } from './signing-in.ts'

t.setTimeout(300_000)

for (const javaScriptEnabled of [true, false]) {
  const name = `somebody signs in at another site and out again, ${javaScriptEnabled ? 'with' : 'without'} scripts`
  t.test(name, { skip: withoutChromium }, async (t) => {
    const { origin } = await pageAtProvider(t)
    const browser = await startChromium()
    t.teardown(() => browser.close())
    const context = await browser.newContext({ javaScriptEnabled })
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
  })
}
