/**
 * Child processes of the kit: each has a temporary folder of its own, ends by itself, or is ended when its time is up or the run
 * is cut off; and what it leaves behind is told.
 */
import type { ChildProcess } from 'node:child_process'
import { exitOf } from '../../test/support/child-exit.ts'
import { RunFolder } from './run-folder.ts'

export interface Bound {
  /** The longest that one child may take. */
  readonly seconds: number
  /** Aborted when the run is cut off. */
  readonly signal: AbortSignal
}

/** Thrown in place of a result when the run was cut off. */
export class CutOff extends Error {
  override readonly message = 'the run was cut off'
}

/** What is wrong with how a child ended; nothing when it ended by itself in time and left nothing. */
export type EndFaults = readonly string[]

/** Starts a child with that environment, and settles once it and all that it has started have gone. Throws CutOff. */
export async function runBounded<Child extends ChildProcess>(
  start: (environment: NodeJS.ProcessEnv) => Child,
  bound: Bound,
): Promise<EndFaults> {
  if (bound.signal.aborted) throw new CutOff()
  const folder = new RunFolder()
  const isInTime = await endsWithin(start(folder.environment), bound)
  const left = await folder.end()
  if (bound.signal.aborted) throw new CutOff()
  return [
    ...(isInTime ? [] : [`it did not end within ${bound.seconds} s`]),
    ...(left.length === 0 ? [] : [`left behind: ${left.join(', ')}`]),
  ]
}

/** Settles once the child has ended: whether it did so by itself in time. What it has started ends with it, by its own warden. */
export async function endsWithin(child: ChildProcess, { seconds, signal }: Bound): Promise<boolean> {
  let isKilled = false
  const kill = () => {
    isKilled = true
    child.kill('SIGKILL')
  }
  const timer = setTimeout(kill, seconds * 1_000)
  signal.addEventListener('abort', kill, { once: true })
  await exitOf(child)
  clearTimeout(timer)
  signal.removeEventListener('abort', kill)
  return !isKilled
}
