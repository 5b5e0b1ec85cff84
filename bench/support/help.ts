/** `--help` of the programs that npm scripts run: the comment that each opens with says what it is for and what it takes. */
import { readFileSync } from 'node:fs'

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
