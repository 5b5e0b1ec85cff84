/** Every page of the Service Centre, operations and auditors in Chromium; see `every-page.ts`. */
import t from 'tap'
import { withoutChromium } from '../../support/chromium.ts'
import { goThroughPages } from './every-page.ts'

t.setTimeout(600_000)

t.test('every page of the Service Centre, operations and auditors', { skip: withoutChromium }, (t) =>
  goThroughPages(t, ['service-centre', 'operations', 'auditor']),
)
