/**
 * The composition root: joins the command line to the process it runs in. Nobody imports this file.
 */

import { processTerminal } from './cli/process-terminal.ts'
import { runCommandLine } from './cli/program.ts'

await runCommandLine(processTerminal(), process.argv.slice(2))
