/** How a child process ended, for whoever asks while it runs and for whoever asks when it has ended, whose event has passed. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

export type Exit = [code: number | null, signal: NodeJS.Signals | null]

/** Its exit code, null when a signal ended it, and that signal. Rejects when it could not be started. */
export async function exitOf(child: ChildProcess): Promise<Exit> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return [child.exitCode, child.signalCode]
}
