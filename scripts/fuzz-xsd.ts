/**
 * Reads documents made from the XSD with both readers:
 *
 *   npm run fuzz:xsd -- [--documents 20000] [--seed 1] [--schemas FOLDER]
 *
 * Without `--schemas` the schemas are those of V5.1, from the packages for development; with it, the `.xsd` files of a
 * folder. Every document is valid by libxml2, must not be refused, and must be the same message to both readers and to a
 * reader that gets it in two pieces. Prints findings as JSON lines (seed and number make the document again), then the
 * figures; ends with 1 when it found anything. The suite runs a few hundred: test/reader/xsd-grammar.test.ts.
 */
import { answerHelp, readOptions } from '../bench/support/help.ts'
import { XsdGrammar } from '../test/reader/xsd-grammar/grammar.ts'
import { type Finding, findingsIn } from '../test/reader/xsd-grammar/judge.ts'
import { officialSchemas, schemaCheck } from '../test/support/official-xsd.ts'
import { readSchemaFolder } from './schemas/xsd-model.ts'

answerHelp(import.meta.url)

const { values } = readOptions({
  options: {
    documents: { type: 'string', default: '20000' },
    seed: { type: 'string', default: `${Date.now() % 2 ** 31}` },
    schemas: { type: 'string' },
  },
})

const schemas = values.schemas === undefined ? officialSchemas() : readSchemaFolder(values.schemas)
if (!schemas) throw new Error('the official XSD V5.1 is not installed: name a folder with --schemas')
const seed = Number(values.seed)
const documents = Number(values.documents)
const grammar = new XsdGrammar(schemas, seed)
const check = schemaCheck(schemas)
const tally: Record<Finding['kind'], number> = { invalid: 0, refused: 0, cut: 0, differs: 0 }
const unseen = new Set(grammar.paths)
let bytes = 0

for (let number = 0; number < documents; number++) {
  const document = grammar.legal(number)
  bytes += document.bytes.length
  for (const path of document.paths) unseen.delete(path)
  const findings = findingsIn(document, check)
  for (const { kind } of findings.slice(0, 1)) tally[kind]++
  if (findings.length > 0) console.log(JSON.stringify({ seed, number, findings }))
}
check.dispose()
const found = Object.values(tally).reduce((sum, count) => sum + count)
const schemaFiles = [...schemas.keys()]
const elements = { ofSchemas: grammar.paths.size, inNoDocument: unseen.size }
const meanBytes = Math.round(bytes / documents)
console.log(JSON.stringify({ schemaFiles, seed, documents, meanBytes, elements, ...tally }))
process.exitCode = found > 0 ? 1 : 0
