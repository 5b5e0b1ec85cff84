/** Learned markup on what is usual and on what is altered: the facts of the strict reader, or a miss. */
import t from 'tap'
import { readWhole } from '../support/plans.ts'
import { AlteredDocuments, nationalTraffic, originals } from './altered-documents.ts'
import { newMarkups, tryOn } from './tried.ts'

t.test('every ordinary message is known once it was seen, but for those on the list', async (t) => {
  const markups = newMarkups()
  const all = originals().filter(({ direction, bytes }) => readWhole(direction, bytes).ok)
  for (let times = 0; times < 3; times++)
    for (const one of all) t.not(tryOn(markups, { ...one, made: '' }), 'different', one.name)
  const known = all.filter((one) => tryOn(markups, { ...one, made: '' }) === 'matched')
  t.ok(known.length > all.length * 0.75, `${known.length} of ${all.length}`)
  t.comment(
    `figure: ${known.length} of ${all.length} templates, fixtures and messages of the benches are known`,
  )
})

t.test('at least 95 of 100 messages of a nation are known', async (t) => {
  const markups = newMarkups({})
  let known = 0
  const traffic = nationalTraffic(4_000, 5)
  for (const [n, { direction, message }] of traffic.entries()) {
    const tried = tryOn(markups, { direction, bytes: message.body, made: '' })
    t.not(tried, 'different')
    if (tried === 'matched' && n >= 2_000) known++
  }
  t.ok(known >= 2_000 * 0.95, `${known} of 4,000`)
})

t.test('altered messages are read as the strict reader reads them, or not known', async (t) => {
  const documents = new AlteredDocuments(20_261_130)
  const markups = newMarkups()
  const tally = { matched: 0, missed: 0, different: 0 }
  for (let n = 0; n < 6_000; n++) {
    const document = documents.next()
    const cut = n % 16 === 0 ? n % (document.bytes.length + 1) : undefined
    const tried = tryOn(markups, document, cut)
    tally[tried]++
    if (tried === 'different') t.fail(document.made)
  }
  t.ok(tally.matched > 1_000, JSON.stringify(tally))
  t.comment(`figure: ${JSON.stringify(tally)}`)
})
