/**
 * Fuzzing against libxml2: no made or damaged document may be accepted and read as less than libxml2 sees in it.
 *
 * Seed and number of runs are fixed here; `node scripts/fuzz-reader.ts --seconds 600` goes on with other seeds.
 */
import fc from 'fast-check'
import t from 'tap'
import { damagedFixture } from './damage.ts'
import { judge } from './disagreement.ts'
import { grammarDocument, type MadeDocument } from './document-grammar.ts'

const SEED = 20_230_404

function hold(documents: fc.Arbitrary<MadeDocument>, numRuns: number): number {
  let accepted = 0
  fc.assert(
    fc.property(documents, (document) => {
      const { isAccepted, problems } = judge(document)
      if (isAccepted) accepted++
      if (problems.length > 0) throw new Error(`${problems.join('; ')}\n${document.bytes.toString('latin1')}`)
    }),
    { seed: SEED, numRuns, includeErrorInReport: false },
  )
  return accepted
}

t.test('documents of the grammar are read as libxml2 reads them', async (t) => {
  const accepted = hold(grammarDocument, 6_000)
  t.comment(`figure: 0 of 6,000 made documents read otherwise than libxml2 does, ${accepted} accepted`)
  t.ok(accepted > 1_500, 'a good part of them is accepted, so the comparison means something')
})

t.test('damaged fixtures are refused or read as libxml2 reads them', async (t) => {
  const accepted = hold(damagedFixture, 12_000)
  t.comment(`figure: 0 of 12,000 damaged ones, ${accepted} accepted`)
  t.ok(accepted > 1_000, 'some damage leaves a message')
})
