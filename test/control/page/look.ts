/**
 * Looking at a page in Chromium at three widths: no axe finding under WCAG 2.2 A and AA, nothing that scrolls sideways, a menu
 * of one line where there is room, and at most one mark in it.
 */
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { findings } from './axe.ts'

/** A desk, a telephone, and the desk at 400 % zoom. */
const WIDTHS = [1_280, 375, 320] as const

/** axe is shown these; nothing in a page but its layout tells the third from the second. */
const WIDTHS_FOR_AXE: readonly number[] = [1_280, 375]

/** Each element with the one that it stands in: what both are, without their texts, IDs, addresses and values. */
const SHAPES = `(() => {
  const said = ['class', 'role', 'type', 'scope', 'lang', 'hidden', 'disabled', 'tabindex']
  const shape = (element) => {
    const attributes = [...element.attributes].map(({ name, value }) => name + (said.includes(name) ? '=' + value : ''))
    return element.tagName + ' ' + attributes.sort().join(' ') + (element.textContent.trim() === '' ? ' empty' : '')
  }
  const all = [...document.body.querySelectorAll('*')]
  return [...new Set(all.map((element) => shape(element.parentElement) + ' > ' + shape(element)))]
})()`

export class Onlooker {
  /** What axe has seen. */
  readonly #seen = new Set<string>()

  /**
   * Leaves the page at the first width. axe takes its time: it is shown a page the first time that its address is given, and
   * any other that has an element in a place where axe has seen none like it.
   */
  async lookAt(t: Test, page: Page, name: string, address?: string): Promise<void> {
    const shapes = await page.evaluate<readonly string[]>(SHAPES)
    const isNew = this.#areNew(address === undefined ? shapes : [...shapes, address])
    for (const width of WIDTHS.toReversed()) {
      await page.setViewportSize({ width, height: 800 })
      t.equal(
        await page.evaluate('document.documentElement.scrollWidth'),
        width,
        `${name}: no sideways scrolling at ${width}`,
      )
      if (isNew && WIDTHS_FOR_AXE.includes(width))
        t.same(await findings(page), [], `${name}: axe finds nothing at ${width}`)
    }
    await lookAtMenu(t, page, name)
  }

  #areNew(parts: readonly string[]): boolean {
    const { size } = this.#seen
    for (const part of parts) this.#seen.add(part)
    return this.#seen.size > size
  }
}

async function lookAtMenu(t: Test, page: Page, name: string): Promise<void> {
  const menu = page.locator('nav[aria-label="Menu"]')
  t.ok((await menu.locator('[aria-current]').count()) <= 1, `${name}: at most one mark in the menu`)
  const lines = await menu
    .locator('li')
    .evaluateAll((items) => new Set(items.map((item) => item.getBoundingClientRect().top)).size)
  t.ok(lines <= 1, `${name}: the menu is one line`)
}
