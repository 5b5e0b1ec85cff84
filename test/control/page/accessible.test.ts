/**
 * Every page in a real Chromium: no axe finding under WCAG 2.2 A and AA, no sideways scrolling at 400 % zoom, nothing loaded
 * from elsewhere and nothing that the content security policy had to stop.
 */
import type { Page } from 'playwright-core'
import t from 'tap'
import { startChromium, withoutChromium } from '../../support/chromium.ts'
import { findings, watch } from './axe.ts'
import { furnish, goRound, openSite, TOUR } from './tour.ts'

/** 1280 pixels at 400 % zoom. */
const ZOOMED_WIDTH = 320

t.setTimeout(300_000)

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
    t.same(await findings(page), [], `${name}: axe finds nothing`)
    await page.setViewportSize({ width: ZOOMED_WIDTH, height: 256 })
    t.equal(
      await page.evaluate('document.documentElement.scrollWidth'),
      ZOOMED_WIDTH,
      `${name}: no sideways scrolling`,
    )
    t.same(await findings(page), [], `${name}: axe finds nothing at 400 % either`)
    await page.setViewportSize({ width: 1_280, height: 800 })
  })
  t.same(troubles, [])
  t.equal(seen.length, TOUR.length)
})
