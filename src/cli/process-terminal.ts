/** The terminal of the running process. */
import process from 'node:process'
import type { Terminal } from './terminal.ts'

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process
  stdout.on('error', leaveQuietly)
  return {
    print: (line) => void stdout.write(`${line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    overwrite: (line) => void stderr.write(`\r${line}\u001b[K`),
    isInteractive: stderr.isTTY === true,
    hasColours: stdout.isTTY === true && stdout.hasColors(),
    standardInput: stdin,
    environment: process.env,
    workingFolder: process.cwd(),
    exitWith: (code) => {
      process.exitCode = code
    },
    onSignal: (signal, handler) => void process.on(signal, handler),
    onParentGone: (handler) => {
      process.once('disconnect', handler)
      // Listening would keep the process up after its work is done.
      process.channel?.unref()
    },
  }
}

/** Whoever read standard output has had enough (`duisgate explain … | head`). */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
}
