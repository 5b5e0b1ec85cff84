/**
 * Every page of Suppliers, Network Operators and CSPs in Chromium (see `every-page.ts`), and every page of the tour, forms with
 * their problems and results too: nothing is loaded from elsewhere and nothing that the content security policy had to stop.
 */
import type { Page } from 'playwright-core'
import t from 'tap'
import { startChromium, withoutChromium } from '../../support/chromium.ts'
import { watch } from './axe.ts'
import { goThroughPages } from './every-page.ts'
import { Onlooker } from './look.ts'
import { furnish, goRound, openSite, TOUR } from './tour.ts'

t.setTimeout(600_000)

const onlooker = new Onlooker()

t.test('every page of Suppliers, Network Operators and CSPs', { skip: withoutChromium }, (t) =>
  goThroughPages(t, ['supplier', 'network-operator', 'csp'], onlooker),
)

t.test('every page of the tour', { skip: withoutChromium }, async (t) => {
  const site = await openSite(t)
  const browser = await startChromium()
  t.teardown(() => browser.close())
  await furnish(site)
  const troubles: string[] = []
  const watched = new WeakSet<Page>()
  const seen: string[] = []
  await goRound(browser, site, async (page, { name }) => {
    if (!watched.has(page)) watch(page, site.origin, troubles)
    watched.add(page)
    seen.push(name)
    await onlooker.lookAt(t, page, name)
  })
  t.same(troubles, [])
  t.equal(seen.length, TOUR.length)
})
