/**
 * Takes the pictures of docs/self-service.md: `node test/control/page/pictures.ts [FOLDER]`.
 *
 * The clock of the service stands still while they are taken, so that a picture changes only when the page does.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { startChromium } from '../../support/chromium.ts'
import { furnish, goRound, openSite } from './tour.ts'

/** What follows below says the same thing again. */
const MAX_HEIGHT = 2_200
const WIDTH = 1_000
/** 1280 pixels at 400 % zoom. */
const ZOOMED_WIDTH = 320

const folder = process.argv[2] ?? 'docs/screenshots'
const endings: (() => unknown)[] = []
const site = await openSite({ teardown: (work) => endings.unshift(work) })
const browser = await startChromium()
try {
  await mkdir(folder, { recursive: true })
  await furnish(site)
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 700 } })
  await goRound(page, site, async ({ name }) => {
    await picture(page, name, WIDTH)
    if (name === 'restricted-meters') await zoomed(page, name)
  })
} finally {
  await browser.close()
  for (const end of endings) await end()
}

async function zoomed(page: Page, name: string): Promise<void> {
  await page.setViewportSize({ width: ZOOMED_WIDTH, height: 640 })
  await picture(page, `${name}-at-400-percent`, ZOOMED_WIDTH)
  await page.setViewportSize({ width: WIDTH, height: 700 })
}

async function picture(page: Page, name: string, width: number): Promise<void> {
  const whole = await page.evaluate<number>('document.documentElement.scrollHeight')
  const clip = { x: 0, y: 0, width, height: Math.min(whole, MAX_HEIGHT) }
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, clip })
}
