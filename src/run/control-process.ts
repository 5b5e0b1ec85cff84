/**
 * The control plane in a process of its own beside the gateway; its end never touches the gateway. It ends with this
 * process: in good order when it is stopped, else because it sees its parent go.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Logger } from '../observe/log.ts'
import { KeptProcess } from './kept-process.ts'

/** The program itself, for processes that it starts of its own kind. */
export const BIN = fileURLToPath(new URL('../../bin/duisgate.mjs', import.meta.url))

/** `words`: those of the command line after `duisgate control-plane`. */
export function controlProcess(words: readonly string[], log: Logger): KeptProcess {
  const all = [...process.execArgv, BIN, 'control-plane', ...words]
  return new KeptProcess({
    name: 'the control plane',
    launch: () => spawn(process.execPath, all, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
    log,
  })
}
