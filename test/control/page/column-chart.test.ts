/** Columns over time: heights by the figures, gaps where nobody knows, labels that have room. */
import t from 'tap'
import { columnChart } from '../../../src/control/html/column-chart.ts'

const PARTS = [
  { name: 'Through', look: 'pass' as const },
  { name: 'Stopped', look: 'stop' as const },
]

function drawn(values: readonly (readonly number[] | undefined)[], scale?: (top: number) => string) {
  const columns = values.map((each, place) => ({ label: `m${place}`, values: each }))
  const text = String(
    columnChart({ id: 'x', title: 'Title', parts: PARTS, columns, ...(scale && { scale }) }),
  )
  const rects = [
    ...text.matchAll(
      /<rect class="dg-chart__bar--(\w+)" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"/g,
    ),
  ]
  return { text, rects: rects.map(([, look, y, height]) => [look, Number(y), Number(height)]) }
}

t.test('parts of a column stand on each other, by the scale of the highest', async (t) => {
  const { rects, text } = drawn([[60, 20], [40, 0], undefined])
  t.same(rects, [
    ['pass', 64, 96],
    ['stop', 32, 32],
    ['pass', 96, 64],
  ])
  t.match(text, '>100</p>', 'the top of the scale is a round figure')
})

t.test('nothing but noughts is a drawing too', async (t) => {
  const { rects, text } = drawn([[0, 0]])
  t.same(rects, [])
  t.match(text, '>1</p>')
  t.match(drawn([], (top) => `${top} ms`).text, '>1 ms</p>')
})

t.test('of many columns the first, the middle and the last are labelled', async (t) => {
  const { text } = drawn(Array.from({ length: 60 }, () => [1, 1]))
  t.same(
    [...text.matchAll(/<span>(m\d+)<\/span>/g)].map(([, label]) => label),
    ['m0', 'm30', 'm59'],
  )
  t.match(drawn([[1], [2]]).text, '<span>m0</span><span>m1</span>')
})
