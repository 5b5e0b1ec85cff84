/**
 * Compiles the code that compares messages with skeletons: `src/core/markup/comparer.wat` into `comparer-code.ts`.
 *
 *   npm run markup-code
 */
import { readFileSync, writeFileSync } from 'node:fs'
import loadWabt from 'wabt'

const FOLDER = new URL('../src/core/markup/', import.meta.url)
const SOURCE = new URL('comparer.wat', FOLDER)
export const TARGET = new URL('comparer-code.ts', FOLDER)

/** The text of `comparer-code.ts`. */
export async function compiledCode(): Promise<string> {
  const wabt = await loadWabt()
  const parsed = wabt.parseWat('comparer.wat', readFileSync(SOURCE, 'utf8'), { simd: true })
  const lines = Buffer.from(parsed.toBinary({}).buffer)
    .toString('base64')
    .replace(/.{1,100}/g, "  '$&' +\n")
  return `/** What \`comparer.wat\` compiles to. Written by \`npm run markup-code\`. */\nexport const CODE =\n${lines.replace(/ \+\n$/, '\n')}`
}

if (import.meta.main) writeFileSync(TARGET, await compiledCode())
