/** Child processes of the kit: each ends by itself, or is ended when its time is up or the run is cut off. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

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

/**
 * Settles once the child has ended: whether it did so by itself in time. Throws CutOff when the run was cut off. What the
 * child has started ends with it, by its own warden.
 */
export async function endsWithin(child: ChildProcess, { seconds, signal }: Bound): Promise<boolean> {
  const gone = once(child, 'exit')
  let isLate = false
  const kill = () => void child.kill('SIGKILL')
  const timer = setTimeout(() => {
    isLate = true
    kill()
  }, seconds * 1_000)
  signal.addEventListener('abort', kill, { once: true })
  if (signal.aborted) kill()
  await gone
  clearTimeout(timer)
  signal.removeEventListener('abort', kill)
  if (signal.aborted) throw new CutOff()
  return !isLate
}
