/** Options of the commands that show what changed. */
import type { Command } from 'commander'
import { countOption } from '../shared-options.ts'
import { EXAMPLES_SHOWN } from './comparison.ts'

const MAX_EXAMPLES = 100_000

/** `--examples` and `--html`. */
export function withComparisonOptions(command: Command): Command {
  return command
    .option(
      '--examples <n>',
      'show so many messages of each change; default: 3',
      countOption(MAX_EXAMPLES),
      EXAMPLES_SHOWN,
    )
    .option('--html <file>', 'write what changed as one HTML page as well')
}
