/**
 * Every page as each role is shown it (see `every-page.ts`), and every page of the tour, forms with their problems and results
 * too, in Chromium: nothing is loaded from elsewhere and nothing that the content security policy had to stop.
 */
import t from 'tap'
import { startChromium, withoutChromium } from '../../support/chromium.ts'
import { watch } from './axe.ts'
import { goThroughPages } from './every-page.ts'
import { Onlooker } from './look.ts'
import { furnish, goRound, openSite, TOUR } from './tour.ts'

t.setTimeout(600_000)

t.test('every page', { skip: withoutChromium }, async (t) => {
  const site = await openSite(t)
  await furnish(site)
  const browser = await startChromium()
  t.teardown(() => browser.close())
  const onlooker = await Onlooker.open(browser, site.origin)

  await t.test('of every role', (t) => goThroughPages(t, site, onlooker))

  await t.test('of the tour', async (t) => {
    const page = await browser.newPage()
    watch(page, site.origin, onlooker.troubles)
    const seen: string[] = []
    await goRound(page, site, async ({ name }) => {
      seen.push(name)
      await onlooker.lookAt(t, await page.content(), name)
    })
    t.equal(seen.length, TOUR.length)
  })
  t.same(onlooker.troubles, [])
})
