/** Charts in Chromium: texts that can be read on a telephone, none over another, none cut. */
import t from 'tap'
import { barChart } from '../../../src/control/html/bar-chart.ts'
import { columnChart } from '../../../src/control/html/column-chart.ts'
import { STYLESHEET } from '../../../src/control/page/stylesheet.ts'
import { startChromium, withoutChromium } from '../../support/chromium.ts'

const BARS = [
  { name: 'Consumption and behaviour', value: 9_999_999, look: 'stop' as const },
  { name: 'Billing', value: 27, look: 'wait' as const },
  { name: 'Not one', value: 0, look: 'pass' as const },
]
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const PARTS = [
  { name: 'Through', look: 'pass' as const },
  { name: 'Stopped', look: 'stop' as const },
]

function charts(): string {
  const id = (place: number) => ({ id: `c${place}`, title: 'Title', parts: PARTS })
  const columns = (labels: readonly string[]) => labels.map((label) => ({ label, values: [3, 1] }))
  const minutes = Array.from({ length: 60 }, (_, minute) => `13:${String(minute).padStart(2, '0')} GMT`)
  const all = [
    barChart('bars', 'Title', BARS),
    columnChart({ ...id(1), columns: columns(MONTHS) }),
    columnChart({ ...id(2), columns: columns(MONTHS.slice(0, 6)) }),
    columnChart({ ...id(3), columns: columns(minutes) }),
  ]
  return `<!DOCTYPE html><title>x</title><meta name="viewport" content="width=device-width"><style>${STYLESHEET}</style><body style="margin: 0"><main style="padding: 0 15px">${all.join('')}</main>`
}

/** Every text that is seen: what it says, its size in CSS pixels on the screen, and where it is. */
const TEXTS = `[...document.querySelectorAll('.dg-chart text, .dg-columns__axis span, .dg-columns__scale, .dg-columns__key li')]
  .filter((each) => getComputedStyle(each).visibility === 'visible')
  .map((each) => {
    const scale = each instanceof SVGGraphicsElement ? each.getScreenCTM().a : 1
    const range = document.createRange()
    range.selectNodeContents(each)
    const { left, right, top, bottom } = range.getBoundingClientRect()
    const size = scale * Number.parseFloat(getComputedStyle(each).fontSize)
    return { text: each.textContent.trim(), size, left, right, top, bottom }
  })`

interface Shown {
  readonly text: string
  readonly size: number
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

function isOver(one: Shown, other: Shown): boolean {
  const across = one.left < other.right && other.left < one.right
  return across && one.top < other.bottom - 2 && other.top < one.bottom - 2
}

t.test(
  'texts of charts are at least 12 pixels high at every width, none over another, none cut',
  { skip: withoutChromium },
  async (t) => {
    const browser = await startChromium()
    t.teardown(() => browser.close())
    const page = await browser.newPage()
    await page.setContent(charts())
    for (const width of [1_280, 375, 320]) {
      await page.setViewportSize({ width, height: 800 })
      const shown = await page.evaluate<readonly Shown[]>(TEXTS)
      t.ok(shown.length > 20, `${width}`)
      t.same(
        shown.filter(({ size }) => size < 12),
        [],
        `large enough at ${width}`,
      )
      t.same(
        shown.filter(({ left, right }) => left < 0 || right > width),
        [],
        `none cut at ${width}`,
      )
      const over = shown.flatMap((one, place) =>
        shown.slice(place + 1).flatMap((other) => (isOver(one, other) ? [[one.text, other.text]] : [])),
      )
      t.same(over, [], `none over another at ${width}`)
    }
  },
)
