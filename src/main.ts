/**
 * The composition root: joins the command line to the process it runs in. Nobody imports this file.
 */

import { processTerminal } from './cli/process-terminal.ts'

const terminal = processTerminal()
const words = process.argv.slice(2)
// Loading the program takes a second, on a busy machine several: who tries it for the first time is told before.
if (/^demo(?: --once)?$/.test(words.join(' '))) terminal.print('duisgate demo: loading the program …')
const { runCommandLine } = await import('./cli/program.ts')
await runCommandLine(terminal, words)
