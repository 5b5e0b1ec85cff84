/**
 * Looking at a page in Chromium at four widths: no axe finding under WCAG 2.2 A and AA, nothing that scrolls sideways, a menu
 * of one line where there is room, and at most one mark in it.
 */
import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { findings, watch } from './axe.ts'

const DESK = 1_280
/** A window that does not fill the screen. */
const WINDOW = 1_000

/** Two of a desk, a telephone, and the desk at 400 % zoom. */
const WIDTHS = [DESK, WINDOW, 375, 320]

/** axe is shown these; nothing in a page but its layout tells the others from them. */
const WIDTHS_FOR_AXE: readonly number[] = [DESK, 375]

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

/** How many marks the menu has, and at how many heights it has entries; and how far anything reaches beyond the page's own margin. */
const LAYOUT = `({
  marks: document.querySelectorAll('nav[aria-label="Menu"] [aria-current]').length,
  lines: new Set([...document.querySelectorAll('nav[aria-label="Menu"] li')].map((item) => item.getBoundingClientRect().top)).size,
  beyond: Math.max(0, ...[...document.querySelectorAll('main')].map((main) => main.scrollWidth - main.clientWidth)),
})`

/** What the page's own script does first. */
const START_SCRIPTS = `import('/assets/govuk-frontend.min.js').then(({ initAll }) => {
  document.body.classList.add('js-enabled', 'govuk-frontend-supported')
  initAll()
})`

/** Has one window of its own, in which one page follows the other: axe, styles and scripts are loaded once for all of them. */
export class Onlooker {
  /** What axe has seen. */
  readonly #seen = new Set<string>()
  readonly #page: Page
  readonly #widths = [...WIDTHS]
  /** What a page did that it should never do. */
  readonly troubles: string[] = []

  private constructor(page: Page) {
    this.#page = page
  }

  /** Opens its window at a page that nobody has to sign in for: with its addresses, and under its content security policy. */
  static async open(browser: Browser, origin: string): Promise<Onlooker> {
    const page = await browser.newPage()
    const onlooker = new Onlooker(page)
    watch(page, origin, onlooker.troubles)
    await page.goto(`${origin}/sign-in`)
    return onlooker
  }

  /**
   * axe takes its time: it is shown a page the first time that its address is given, and any other that has an element in a
   * place where axe has seen none like it.
   */
  async lookAt(t: Test, markup: string, name: string, address?: string): Promise<void> {
    await this.#page.setContent(markup)
    await this.#page.evaluate(START_SCRIPTS)
    const shapes = await this.#page.evaluate<readonly string[]>(SHAPES)
    const isNew = this.#areNew(address === undefined ? shapes : [...shapes, address])
    // From the width at which the page before was left.
    this.#widths.reverse()
    for (const width of this.#widths) {
      await this.#page.setViewportSize({ width, height: 800 })
      t.equal(
        await this.#page.evaluate('document.documentElement.scrollWidth'),
        width,
        `${name}: no sideways scrolling at ${width}`,
      )
      if (isNew && WIDTHS_FOR_AXE.includes(width))
        t.same(await findings(this.#page), [], `${name}: axe finds nothing at ${width}`)
      if (width >= WINDOW) await lookAtLayout(t, this.#page, name)
    }
  }

  #areNew(parts: readonly string[]): boolean {
    const { size } = this.#seen
    for (const part of parts) this.#seen.add(part)
    return this.#seen.size > size
  }
}

async function lookAtLayout(t: Test, page: Page, name: string): Promise<void> {
  const { marks, lines, beyond } = await page.evaluate<{ marks: number; lines: number; beyond: number }>(
    LAYOUT,
  )
  t.ok(marks <= 1, `${name}: at most one mark in the menu`)
  t.ok(lines <= 1, `${name}: the menu is one line`)
  t.equal(beyond, 0, `${name}: nothing reaches into the margin`)
}
