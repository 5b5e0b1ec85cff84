/**
 * Fuzzing against libxml2: no made or damaged document may be accepted and read as less than libxml2 sees in it.
 *
 * Seed and number of runs are fixed here; `node scripts/fuzz-reader.ts --seconds 600` goes on with other seeds.
 */
import fc from 'fast-check'
import t from 'tap'
import { officialSchemas } from '../support/official-xsd.ts'
import { damagedFixture } from './damage.ts'
import { judge } from './disagreement.ts'
import type { MadeDocument } from './made-document.ts'
import { XsdGrammar } from './xsd-grammar/grammar.ts'

const SEED = 20_230_404

const schemas = officialSchemas()
const skip = schemas === undefined && '@smartdcc/duis-sign-wrap is not installed'

t.test(
  'documents of the grammar, legal and nearly legal, are read as libxml2 reads them',
  { skip },
  async (t) => {
    const grammar = new XsdGrammar(schemas ?? new Map(), SEED)
    const found: string[] = []
    let accepted = 0
    for (let number = 0; number < 6_000; number++) {
      const { isAccepted, problems } = judge(grammar.nearlyLegal(number))
      if (isAccepted) accepted++
      found.push(...problems.map((problem) => `${number}: ${problem}`))
    }
    t.same(found, [])
    t.comment(
      `figure: ${found.length} of 6,000 made documents read otherwise than libxml2 does, ${accepted} accepted`,
    )
    t.ok(accepted > 3_000, 'a good part of them is accepted, so the comparison means something')
  },
)

t.test('damaged fixtures are refused or read as libxml2 reads them', async (t) => {
  let accepted = 0
  const documents = fc.property(damagedFixture, (document: MadeDocument) => {
    const { isAccepted, problems } = judge(document)
    if (isAccepted) accepted++
    if (problems.length > 0) throw new Error(`${problems.join('; ')}\n${document.bytes.toString('latin1')}`)
  })
  fc.assert(documents, { seed: SEED, numRuns: 12_000, includeErrorInReport: false })
  t.comment(`figure: 0 of 12,000 damaged ones, ${accepted} accepted`)
  t.ok(accepted > 1_000, 'some damage leaves a message')
})
