/** `duisgate compare`: which kinds of messages came to another result in a second replay, and by which rows. */
import { Command } from 'commander'
import { HtmlFile } from './html-file.ts'
import { withComparisonOptions } from './replay/comparison-options.ts'
import { comparisonPage } from './replay/comparison-page.ts'
import { comparisonLines, totalsLine } from './replay/comparison-text.ts'
import { REPLAY_TITLE } from './replay/replay-run.ts'
import { compareResults } from './replay/results.ts'
import { EXIT, type Terminal } from './terminal.ts'

interface CompareOptions {
  readonly examples: number
  readonly html?: string
  readonly json?: true
}

const EXAMPLES = `
Both files were written by duisgate replay with --results, both sent or both offline.

Examples:
  duisgate replay captures/ --target http://127.0.0.1:8600 --results before.ndjson
  duisgate compare before.ndjson after.ndjson --html changes.html

Exit code 1: a result or the row behind it differs, or a message is only in one of the two.`

export function compareCommand(terminal: Terminal): Command {
  const command = new Command('compare')
    .argument('<before>', 'results of the first replay')
    .argument('<after>', 'results of the second')
    .option('--json', 'one JSON object')
    .addHelpText('after', EXAMPLES)
  return withComparisonOptions(command).action((before: string, after: string, options: CompareOptions) =>
    compare(terminal, [before, after], options),
  )
}

async function compare(
  terminal: Terminal,
  files: readonly [string, string],
  { examples, html, json }: CompareOptions,
): Promise<void> {
  const comparison = await compareResults(terminal, files, examples)
  const page = await HtmlFile.open(terminal, html)
  await page.write(REPLAY_TITLE, () => comparisonPage(comparison))
  if (json) terminal.print(JSON.stringify(comparison.json()))
  else for (const line of [...comparisonLines(comparison), totalsLine(comparison)]) terminal.print(line)
  if (comparison.isDifferent) terminal.exitWith(EXIT.no)
}
