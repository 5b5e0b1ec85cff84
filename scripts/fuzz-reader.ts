/**
 * Fuzzes the reader against libxml2 for as long as asked: `node scripts/fuzz-reader.ts --seconds 600 [--seed 1]`.
 *
 * Prints what it finds as JSON lines (seed of the batch, what disagrees, the document as base64) and ends with 1 when
 * it found anything. The same generators run with fixed seeds in test/reader/differential.test.ts.
 */
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { damagedFixture } from '../test/reader/damage.ts'
import { judge } from '../test/reader/disagreement.ts'
import { grammarDocument, type MadeDocument } from '../test/reader/document-grammar.ts'

const BATCH = 500

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: `${Date.now() % 2 ** 31}` },
  },
})

const generators: Record<string, fc.Arbitrary<MadeDocument>> = {
  grammar: grammarDocument,
  damage: damagedFixture,
}
const tally = { documents: 0, accepted: 0, findings: 0 }

const until = Date.now() + Number(values.seconds) * 1_000
for (let seed = Number(values.seed); Date.now() < until; seed++) {
  for (const [name, documents] of Object.entries(generators)) runBatch(name, documents, seed)
}
console.log(JSON.stringify({ seed: Number(values.seed), ...tally }))
process.exitCode = tally.findings > 0 ? 1 : 0

function runBatch(name: string, documents: fc.Arbitrary<MadeDocument>, seed: number): void {
  for (const document of fc.sample(documents, { seed, numRuns: BATCH })) {
    const { isAccepted, problems } = judge(document)
    tally.documents++
    if (isAccepted) tally.accepted++
    if (problems.length > 0) report(name, seed, problems, document)
  }
}

function report(generator: string, seed: number, problems: readonly string[], document: MadeDocument): void {
  tally.findings++
  const { direction, bytes, cut } = document
  console.log(JSON.stringify({ generator, seed, problems, direction, cut, base64: bytes.toString('base64') }))
}
