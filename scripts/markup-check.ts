/**
 * Tries learned markup on altered messages for as long as asked:
 *
 *   npm run markup-check -- [--documents 10000000] [--seed 1] [--minutes 60]
 *
 * Each document must be read as the strict reader reads it, or not be known; every sixteenth is read strictly in two pieces. What
 * is accepted and not known may be learned, so that altered messages teach as well. Prints differences as JSON lines (the
 * document as base64), then the figures with the share of the benches' traffic that is known once it was seen; ends with 1 when
 * anything differed. The suite runs some thousands: test/markup/learned-markup.test.ts.
 */
import { answerHelp, readOptions } from '../bench/support/help.ts'
import { AlteredDocuments, nationalTraffic } from '../test/markup/altered-documents.ts'
import { newMarkups, type Tried, tryOn } from '../test/markup/tried.ts'

answerHelp(import.meta.url)

const { values } = readOptions({
  options: {
    documents: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
  },
})

const seed = Number(values.seed)
const documents = new AlteredDocuments(seed)
const markups = newMarkups()
const tally: Record<Tried, number> = { matched: 0, missed: 0, different: 0 }
const until = Date.now() + Number(values.minutes) * 60_000
let number = 0

for (; number < Number(values.documents); number++) {
  if (number % 1_024 === 0 && Date.now() > until) break
  const document = documents.next()
  const cut = number % 16 === 0 ? number % (document.bytes.length + 1) : undefined
  const tried = tryOn(markups, document, cut)
  tally[tried]++
  if (tried === 'different')
    console.log(
      JSON.stringify({ seed, number, made: document.made, base64: document.bytes.toString('base64') }),
    )
}
console.log(JSON.stringify({ seed, documents: number, ...tally, ofTraffic: shareOfTraffic() }))
process.exitCode = tally.different > 0 ? 1 : 0

/** Share of the second half of the traffic that is known, learned at the pace of a gateway. */
function shareOfTraffic(): number {
  const learned = newMarkups({})
  const traffic = nationalTraffic(20_000, seed)
  const known = traffic.filter(({ direction, message }, n) => {
    const document = { direction, bytes: message.body, made: '' }
    return tryOn(learned, document) === 'matched' && n >= traffic.length / 2
  })
  return known.length / (traffic.length / 2)
}
