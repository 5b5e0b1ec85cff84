/**
 * A process and its children as one group that can be put to rest and woken: at rest it takes no core from whatever is
 * being measured. Whatever ends the bench, nothing of a group is left: the warden kills it, at rest or not.
 */
import type { ChildProcess } from 'node:child_process'
import { exitOf } from '../../test/support/child-exit.ts'
import { spareGroup, wardGroup } from '../../test/support/warden.ts'

/** A child that is not needed any more is told to end; settles when it has. */
export async function endOf(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  await exitOf(child)
}

export class ProcessGroup {
  /** Of the process that leads it. */
  readonly pid: number
  readonly #leader: ChildProcess

  /** `leader` was started `detached`. */
  constructor(leader: ChildProcess) {
    const { pid } = leader
    if (pid === undefined) throw new Error('the process did not start')
    this.pid = pid
    this.#leader = wardGroup(leader)
  }

  rest(): void {
    this.#signal('SIGSTOP')
  }

  wake(): void {
    this.#signal('SIGCONT')
  }

  /** Has the leader end in order, and kills what its children leave. */
  async end(): Promise<void> {
    this.wake()
    await endOf(this.#leader)
    this.#signal('SIGKILL')
    spareGroup(this.#leader)
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal)
    } catch (error) {
      // Nobody of the group is left.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }
}
