/**
 * Documents made from the XSD itself: none is refused, and both readers read the same in each.
 *
 * `npm run fuzz:xsd -- --documents 20000` goes on with other seeds. DUISGATE_SCHEMAS names a folder with the schemas of a
 * later version, which are not part of the repository.
 */
import t from 'tap'
import { readSchemaFolder } from '../../scripts/schemas/xsd-model.ts'
import { officialSchemas, schemaCheck } from '../support/official-xsd.ts'
import { XsdGrammar } from './xsd-grammar/grammar.ts'
import { findingsIn } from './xsd-grammar/judge.ts'

const DOCUMENTS = 600
const SEED = 20_251_107

const folder = process.env.DUISGATE_SCHEMAS
const versions = [
  { name: 'V5.1', schemas: officialSchemas(), skip: '@smartdcc/duis-sign-wrap is not installed' },
  {
    name: 'the schemas of DUISGATE_SCHEMAS',
    schemas: folder === undefined ? undefined : readSchemaFolder(folder),
    skip: 'DUISGATE_SCHEMAS names no folder',
  },
]

for (const { name, schemas, skip } of versions) {
  t.test(`legal documents by ${name}`, { skip: schemas === undefined && skip }, async (t) => {
    const grammar = new XsdGrammar(schemas ?? new Map(), SEED)
    const check = schemaCheck(schemas ?? new Map())
    t.teardown(() => check.dispose())
    const unseen = new Set(grammar.kinds)
    const found: string[] = []
    for (let number = 0; number < DOCUMENTS; number++) {
      const document = grammar.legal(number)
      for (const path of document.paths) unseen.delete(path)
      for (const { kind, text } of findingsIn(document, check)) found.push(`${number}: ${kind}: ${text}`)
    }
    t.equal(
      grammar.kinds.filter((path) => /^Request\/Body\/[^/]+$/.test(path)).length,
      130,
      'all body elements',
    )
    t.same([...unseen], [], 'each body element, answer and alert stands in one of them')
    t.same(found, [])
    t.comment(`figure: ${grammar.kinds.length} kinds in ${DOCUMENTS} documents, ${found.length} findings`)
  })
}
