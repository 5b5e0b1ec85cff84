/** `--help` of the programs that npm scripts run (the comment that each opens with), and their options. */
import { readFileSync } from 'node:fs'
import { type ParseArgsConfig, parseArgs } from 'node:util'

/** Prints the opening comment of `file` and ends the process when the command line asks for help. */
export function answerHelp(file: string | URL, words: readonly string[] = process.argv.slice(2)): void {
  if (!words.includes('--help') && !words.includes('-h')) return
  console.log(openingComment(readFileSync(new URL(file), 'utf8')))
  process.exit(0)
}

function openingComment(source: string): string {
  const [, comment = ''] = /^\/\*\*([\s\S]*?)\*\//.exec(source) ?? []
  return comment.replaceAll(/^ \* ?/gm, '').trim()
}

/** What the command line says, as `parseArgs` has it; a fault in it is told in a line, and ends the process with 2. */
export function readOptions<Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config)
  } catch (error) {
    const isFault =
      error instanceof TypeError && 'code' in error && /^ERR_PARSE_ARGS_/.test(String(error.code))
    if (!isFault) throw error
    console.error(`${error.message.split('. ')[0]}; --help says what there is`)
    process.exit(2)
  }
}
