/** Every page of Suppliers, Network Operators and CSPs in Chromium; see `every-page.ts`. */
import t from 'tap'
import { withoutChromium } from '../../support/chromium.ts'
import { goThroughPages } from './every-page.ts'

t.setTimeout(300_000)

t.test('every page of Suppliers, Network Operators and CSPs', { skip: withoutChromium }, (t) =>
  goThroughPages(t, ['supplier', 'network-operator', 'csp']),
)
