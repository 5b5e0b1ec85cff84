/** X12: damaged messages that the reader takes, before three other readers of XML: libxml2, saxes and expat's xmlwf. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { allFixtures } from '../../../test/fixtures/all.ts'
import { damagedFixture } from '../../../test/reader/damage.ts'
import { judge } from '../../../test/reader/disagreement.ts'
import type { MadeDocument } from '../../../test/reader/made-document.ts'
import { XsdGrammar } from '../../../test/reader/xsd-grammar/grammar.ts'
import { officialSchemas } from '../../../test/support/official-xsd.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { newFolder } from '../served-gateway.ts'

/** Bits that zzuf turns over, as a part of all. */
const RATIOS = ['0.0005', '0.002', '0.01']
const SEED = 169

export async function oracles(scope: ProbeScope): Promise<Seen> {
  const [made, seeds] = scope.isQuick ? [500, 1] : [8_000, 2]
  const folder = newFolder(scope)
  const documents = [
    ...nearlyLegal(made),
    ...fc.sample(damagedFixture, { numRuns: made, seed: SEED }),
    ...zzufed(folder, seeds),
  ]
  const problems: string[] = []
  const accepted: MadeDocument[] = []
  let [longest, all] = [0, 0]
  for (const document of documents) {
    const from = process.threadCpuUsage()
    const judgement = judge(document)
    const { user, system } = process.threadCpuUsage(from)
    longest = Math.max(longest, user + system)
    all += user + system
    problems.push(...judgement.problems)
    if (judgement.isAccepted) accepted.push(document)
  }
  problems.push(...accepted.flatMap(({ bytes }) => saxesSays(bytes) ?? []))
  problems.push(...xmlwfSays(folder, accepted))
  return {
    holds: problems.length === 0 && accepted.length > documents.length / 20 && longest < all / 50,
    figure: `${documents.length} documents, ${accepted.length} taken, ${problems.length} that libxml2, saxes or xmlwf read otherwise${problems[0] ? ` (${problems[0]})` : ''}, longest reading ${(longest / 1_000).toFixed(0)} of ${(all / 1_000).toFixed(0)} ms CPU`,
  }
}

/** Made from the XSD, with a few disturbances. */
function nearlyLegal(count: number): readonly MadeDocument[] {
  const schemas = officialSchemas()
  if (!schemas) throw new Error('@smartdcc/duis-sign-wrap is not installed')
  const grammar = new XsdGrammar(schemas, SEED)
  return Array.from({ length: count }, (_, number) => grammar.nearlyLegal(number))
}

/** Each fixture with bits turned over by zzuf, once for every ratio and seed. */
function zzufed(folder: string, seeds: number): readonly MadeDocument[] {
  const files = allFixtures.map(({ bytes }, index) => {
    const file = join(folder, `fixture-${index}.xml`)
    writeFileSync(file, bytes)
    return file
  })
  return RATIOS.flatMap((ratio) =>
    Array.from({ length: seeds }, (_, seed) => partsOf(zzuf(ratio, seed, files))).flat(),
  )
}

/** All files behind each other, as long as they were: one process for all of them. */
function zzuf(ratio: string, seed: number, files: readonly string[]): Buffer {
  const words = ['-s', String(seed), '-r', ratio, 'cat', ...files]
  return spawnSync('zzuf', words, { env: { ...process.env, LC_ALL: 'C' }, maxBuffer: 2 ** 30 }).stdout
}

function partsOf(all: Buffer): readonly MadeDocument[] {
  let at = 0
  return allFixtures.map(({ direction, bytes }) => {
    const from = at
    at += bytes.length
    return { direction, bytes: all.subarray(from, at), cut: 0.5 }
  })
}

function saxesSays(bytes: Uint8Array): string | undefined {
  const parser = new SaxesParser({ xmlns: true })
  let problem: string | undefined
  parser.on('error', ({ message }) => {
    problem ??= `saxes: ${message}`
  })
  parser.write(new TextDecoder().decode(bytes)).close()
  return problem
}

/** Encodings as some write them: libxml2 and the reader know them, xmlwf does not. */
const LOOSELY_NAMED = /^(<\?xml [^>]*\bencoding=["'])(?:UTF8|ASCII)(?=["'])/i

/**
 * xmlwf knows the names of XML's fourth edition; the reader, libxml2 and saxes those of the fifth, which has more letters. A file
 * that xmlwf refuses is shown to it again with a plain letter for every other one, and with its encoding by its proper name.
 */
function xmlwfSays(folder: string, documents: readonly MadeDocument[]): readonly string[] {
  const files = documents.map(({ bytes }, index) => {
    const file = join(folder, `${index}.xml`)
    writeFileSync(file, bytes)
    return file
  })
  const refused = new Set(refusals(files).map((line) => line.slice(0, line.indexOf('.xml:') + 4)))
  for (const file of refused) {
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace(/[^\0-\x7f]/gu, 'a').replace(LOOSELY_NAMED, '$1UTF-8'))
  }
  return refusals([...refused]).map((line) => `xmlwf: ${line}`)
}

/** xmlwf names the files that are not well formed, and says nothing of others. */
function refusals(files: readonly string[]): readonly string[] {
  const said: string[] = []
  for (let from = 0; from < files.length; from += 500) {
    const { stdout } = spawnSync('xmlwf', ['-n', ...files.slice(from, from + 500)], { encoding: 'utf8' })
    said.push(...stdout.split('\n').filter((line) => line !== ''))
  }
  return said
}
