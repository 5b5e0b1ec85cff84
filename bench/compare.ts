/**
 * Did a change make a difference? Two results of the ladder, rung by rung.
 *
 *   npm run bench:compare -- BEFORE.json AFTER.json
 *
 * Refuses (exit 2) results of unlike machines or workloads: a ratio between them would mean nothing. A difference inside
 * the spread of the rounds is called none.
 */
import { compared, refusalOf } from './ladder/comparison.ts'
import { type BenchResult, readResult } from './ladder/result.ts'
import { asText } from './ladder/table.ts'
import { answerHelp, readOptions } from './support/help.ts'

answerHelp(import.meta.url)

function main(args: readonly string[]): number {
  const { positionals } = readOptions({ args: [...args], allowPositionals: true })
  const [before, after] = positionals
  if (before === undefined || after === undefined || positionals.length > 2)
    return refuse(['give two result files: npm run bench:compare -- BEFORE.json AFTER.json'])
  const [a, b] = [readResult(before), readResult(after)]
  const unlike = refusalOf(a, b)
  if (unlike.length > 0) return refuse(['these results cannot be compared:', ...unlike])
  report(a, b)
  return 0
}

function report(a: BenchResult, b: BenchResult): void {
  console.log(`before: commit ${a.commit}, ${a.startedAt}\nafter:  commit ${b.commit}, ${b.startedAt}\n`)
  console.log(asText(compared(a, b)))
}

function refuse(lines: readonly string[]): number {
  for (const line of lines) console.error(line)
  return 2
}

try {
  process.exitCode = main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
