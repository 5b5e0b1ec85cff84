/** `duisgate compare`: which messages came to another result in a second replay. */
import { Command } from 'commander'
import { showChanges } from './replay/results.ts'
import { EXIT, type Terminal } from './terminal.ts'

const EXAMPLES = `
Both files were written by duisgate replay with --results, both sent or both offline.

Examples:
  duisgate replay captures/ --target http://127.0.0.1:8600 --results before.ndjson
  duisgate compare before.ndjson after.ndjson

Exit code 1: a result differs, or a message is only in one of the two.`

export function compareCommand(terminal: Terminal): Command {
  return new Command('compare')
    .argument('<before>', 'results of the first replay')
    .argument('<after>', 'results of the second')
    .addHelpText('after', EXAMPLES)
    .action(async (before: string, after: string) => {
      if (await showChanges(terminal, before, after)) terminal.exitWith(EXIT.no)
    })
}
