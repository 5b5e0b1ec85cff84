/**
 * Fuzzes the reader against libxml2 for as long as asked: `node scripts/fuzz-reader.ts --seconds 600 [--seed 1]`.
 *
 * Documents made from the XSD and disturbed, and damaged fixtures. Prints what it finds as JSON lines (batch, what
 * disagrees, the document as base64) and ends with 1 when it found anything. The same generators run with fixed seeds in
 * test/reader/differential.test.ts.
 */

import fc from 'fast-check'
import { readOptions } from '../bench/support/help.ts'
import { damagedFixture } from '../test/reader/damage.ts'
import { judge } from '../test/reader/disagreement.ts'
import type { MadeDocument } from '../test/reader/made-document.ts'
import { XsdGrammar } from '../test/reader/xsd-grammar/grammar.ts'
import { officialSchemas } from '../test/support/official-xsd.ts'

const BATCH = 500

const { values } = readOptions({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: `${Date.now() % 2 ** 31}` },
  },
})

const schemas = officialSchemas()
if (!schemas) throw new Error('@smartdcc/duis-sign-wrap is not installed')
const firstSeed = Number(values.seed)
const grammar = new XsdGrammar(schemas, firstSeed)
const tally = { documents: 0, accepted: 0, findings: 0 }

const until = Date.now() + Number(values.seconds) * 1_000
for (let batch = 0; Date.now() < until; batch++) {
  const made = Array.from({ length: BATCH }, (_, index) => grammar.nearlyLegal(batch * BATCH + index))
  runBatch('grammar', batch, made)
  runBatch('damage', batch, fc.sample(damagedFixture, { seed: firstSeed + batch, numRuns: BATCH }))
}
console.log(JSON.stringify({ seed: firstSeed, ...tally }))
process.exitCode = tally.findings > 0 ? 1 : 0

function runBatch(name: string, batch: number, documents: readonly MadeDocument[]): void {
  for (const document of documents) {
    const { isAccepted, problems } = judge(document)
    tally.documents++
    if (isAccepted) tally.accepted++
    if (problems.length > 0) report(name, batch, problems, document)
  }
}

function report(generator: string, batch: number, problems: readonly string[], document: MadeDocument): void {
  tally.findings++
  const { direction, bytes, cut } = document
  console.log(
    JSON.stringify({ generator, batch, problems, direction, cut, base64: bytes.toString('base64') }),
  )
}
