/**
 * Every page in a real Chromium: no axe finding under WCAG 2.2 A and AA, no sideways scrolling at 400 % zoom, nothing loaded
 * from elsewhere and nothing that the content security policy had to stop.
 */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import t from 'tap'
import { startChromium, withoutChromium } from '../../support/chromium.ts'
import { furnish, goRound, openSite, TOUR } from './tour.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
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

async function findings(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE)
  const options = JSON.stringify({ runOnly: { type: 'tag', values: TAGS } })
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${options})`)
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
}

/** Notes what a page should never do. A page that answers with 403, 404 or 412 logs that as a failed load. */
function watch(page: Page, origin: string, troubles: string[]): void {
  page.on('pageerror', (error) => troubles.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('Failed to load resource'))
      troubles.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) troubles.push(`asked ${request.url()}`)
  })
}
