/**
 * Looking at a page in Chromium at three widths: no axe finding under WCAG 2.2 A and AA, nothing that scrolls sideways, a menu
 * of one line where there is room, and at most one mark in it.
 */
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { findings } from './axe.ts'

/** A desk, a telephone, and the desk at 400 % zoom. */
const WIDTHS = [1_280, 375, 320] as const

/**
 * What stands in main and what stands around it, as markup. Values of hidden fields, which are new each time, and the mark in
 * the menu are left out.
 */
const PARTS = `(() => {
  const body = document.body.cloneNode(true)
  for (const field of body.querySelectorAll('input[type=hidden]')) field.removeAttribute('value')
  const main = body.querySelector('main')
  const inMain = main.innerHTML
  main.replaceChildren()
  for (const marked of body.querySelectorAll('[aria-current]')) marked.removeAttribute('aria-current')
  for (const item of body.querySelectorAll('nav li')) item.removeAttribute('class')
  return [inMain, body.outerHTML]
})()`

interface Shown {
  readonly width: number
  readonly inMain: string
  readonly around: string
}

export class Onlooker {
  readonly #t: Test
  /** Parts that axe has seen, with the width. */
  readonly #seen = new Set<string>()

  constructor(t: Test) {
    this.#t = t
  }

  /** Leaves the page at the first width. */
  async lookAt(page: Page, name: string): Promise<void> {
    const [inMain = '', around = ''] = await page.evaluate<readonly string[]>(PARTS)
    for (const width of WIDTHS.toReversed()) {
      await page.setViewportSize({ width, height: 800 })
      this.#t.equal(
        await page.evaluate('document.documentElement.scrollWidth'),
        width,
        `${name}: no sideways scrolling at ${width}`,
      )
      await this.#showAxe(page, `${name} at ${width}`, { width, inMain, around })
    }
    await this.#lookAtMenu(page, name)
  }

  /**
   * axe takes its time, so a page whose parts it has all seen at that width is not shown to it again. What is in main has the
   * same colours at every width.
   */
  async #showAxe(page: Page, name: string, { width, inMain, around }: Shown): Promise<void> {
    const isNew = this.#isNew(`${width} ${inMain}`)
    const isNewAround = this.#isNew(`${width} ${around}`)
    if (!isNew && !isNewAround) return
    this.#t.same(await findings(page, isNewAround || width === WIDTHS[0]), [], `${name}: axe finds nothing`)
  }

  #isNew(part: string): boolean {
    const { size } = this.#seen
    return this.#seen.add(part).size > size
  }

  async #lookAtMenu(page: Page, name: string): Promise<void> {
    const menu = page.locator('nav[aria-label="Menu"]')
    this.#t.ok((await menu.locator('[aria-current]').count()) <= 1, `${name}: at most one mark in the menu`)
    const lines = await menu
      .locator('li')
      .evaluateAll((items) => new Set(items.map((item) => item.getBoundingClientRect().top)).size)
    this.#t.ok(lines <= 1, `${name}: the menu is one line`)
  }
}
