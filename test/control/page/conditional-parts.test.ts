/** Parts of a page that are there for a reason, and not without it. */
import t from 'tap'
import type { Html } from '../../../src/control/html/html.ts'
import type { Visitor } from '../../../src/control/page/parts/document.ts'
import { homePage } from '../../../src/control/page/views/home.ts'
import { listPage } from '../../../src/control/page/views/list-in-force.ts'
import { meterPage } from '../../../src/control/page/views/meter-point.ts'
import { ESME, MPAN, START } from '../../restriction/scene.ts'

const visitor: Visitor = { role: 'supplier', name: 'Jane', partyName: 'Supplier A', csrfToken: 'token' }
const textOf = (html: Html) => String(html)

t.test('the home page tells of open tasks where there are any', (t) => {
  const home = (openTasks: Parameters<typeof homePage>[0]['openTasks']) =>
    textOf(homePage({ visitor, openTasks, hasOtherRoles: false }))
  const waits = /waits? for an answer/
  t.notMatch(home(undefined), waits)
  t.notMatch(home({ count: 0, isMore: false }), waits)
  t.match(home({ count: 1, isMore: false }), '1 task</a> waits for an answer')
  t.match(home({ count: 1, isMore: true }), 'More than 1 task</a> wait for an answer')
  t.end()
})

t.test('the page of a Device leads to its meter point, that of a meter point not to itself', (t) => {
  const device = {
    ...{ key: ESME, type: 'ESME' as const, hub: undefined, mpxn: MPAN, status: undefined, region: undefined },
    ...{ generation: undefined, isRestricted: false, since: undefined },
  }
  const meter = (asked: typeof device | undefined) =>
    textOf(
      meterPage({
        ...{ visitor, now: START, here: '/here', title: 'A meter', mpxn: MPAN, fuel: 'electricity' },
        ...{ device: asked, devices: [], known: { kind: 'clear' }, flags: [], events: [], warnings: [] },
        ...{ supplier: undefined, networkOperator: undefined, restrictHref: undefined },
        ...{ clearHref: undefined, incidentHref: undefined, letterHref: undefined },
      }),
    )
  const link = `href="/meter-points/${MPAN}"`
  t.match(meter(device), link)
  t.match(meter(device), 'About this Device')
  t.notMatch(meter(undefined), link)
  t.match(meter(undefined), MPAN)
  t.end()
})

t.test('the list in force shows twelve characters of its revision', (t) => {
  const table = { name: 'recommended', revision: '0123456789abcdef', rows: [] }
  const shown = textOf(listPage({ visitor: undefined, table, nameOf: () => undefined, query: '' }))
  t.match(shown, '>0123456789ab<')
  t.notMatch(shown, '/tables', 'lists over time are for who has signed in')
  t.match(textOf(listPage({ visitor, table, nameOf: () => undefined, query: '' })), 'href="/tables"')
  t.end()
})
