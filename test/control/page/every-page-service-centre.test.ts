/** Every page of the Service Centre in Chromium; see `every-page.ts`. */
import t from 'tap'
import { withoutChromium } from '../../support/chromium.ts'
import { goThroughPages } from './every-page.ts'

t.setTimeout(300_000)

t.test('every page of the Service Centre', { skip: withoutChromium }, (t) =>
  goThroughPages(t, ['service-centre']),
)
