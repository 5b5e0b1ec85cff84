/** The letter and the script for the consumer of a meter, as a page and as text. */

import { consumerWords } from '../../../core/restriction/consumer-words.ts'
import { readMpxn } from '../../../core/restriction/mpxn.ts'
import { readDeviceId } from '../../device-id.ts'
import { addressOf, namedBy, type Subject, titleOf } from '../forms/subject.ts'
import { type LetterPage, letterPage, letterText } from '../views/letter.ts'
import { openFlagIn } from './changed.ts'
import { fuelOf } from './meters.ts'
import type { Pages, Visit } from './visit.ts'

/** Of those who speak with consumers: whoever may set a flag. */
const ACCESS = { operation: 'preview' } as const

export function addLetterPages({ get }: Pages): void {
  for (const [path, subjectOf] of [
    ['/meter-points/:mpxn', meterPointOf],
    ['/devices/:id', deviceOf],
  ] as const) {
    get(`${path}/letter`, ACCESS, async (visit) => {
      const letter = await letterFor(visit, subjectOf(visit))
      return letter ? visit.show(letterPage(letter)) : visit.notFound()
    })
    get(`${path}/letter.txt`, ACCESS, async (visit) => {
      const letter = await letterFor(visit, subjectOf(visit))
      if (!letter) return visit.notFound()
      return visit.file('for-the-consumer.txt', 'text/plain; charset=utf-8', textOf(letter))
    })
  }
}

function meterPointOf(visit: Visit): Subject | undefined {
  const reading = readMpxn(visit.param('mpxn'))
  return reading.ok ? { kind: 'meter-point', mpxn: reading.mpxn } : undefined
}

function deviceOf(visit: Visit): Subject | undefined {
  const device = readDeviceId(visit.param())
  return device === undefined ? undefined : { kind: 'device', device }
}

async function* textOf(letter: LetterPage): AsyncGenerator<string, void, undefined> {
  yield letterText(letter)
}

async function letterFor(visit: Visit, subject: Subject | undefined): Promise<LetterPage | undefined> {
  const { page, actor, visitor, now } = visit
  const seen = subject && (await page.restrictions.lookUp(actor, namedBy(subject)))
  if (!subject || !seen?.ok) return undefined
  const fuel = fuelOf(seen, subject)
  if (fuel === undefined) return undefined
  const { kind } = subject
  return {
    ...{ visitor, now, fuel, here: addressOf(subject), from: openFlagIn(seen.flags)?.from },
    meter: kind === 'meter-point' ? `meter point number ${subject.mpxn}` : titleOf(subject),
    supplierName: visitor.role === 'supplier' ? visitor.partyName : 'Your energy supplier',
    words: consumerWords(page.table(), fuel),
  }
}
