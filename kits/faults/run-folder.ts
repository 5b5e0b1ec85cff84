/**
 * The temporary folder of one proof, and what is left behind of it: files in it, things mounted in it, and processes that work in
 * it or have it as their temporary folder.
 */
import { chmodSync, readdirSync, rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { isAt, isMarked, processes, type RunningProcess, withoutProc } from '../../test/support/processes.ts'
import { wardedFolder } from '../../test/support/warden.ts'

/** Longer than a warden takes to end what it has. */
const PATIENCE_MS = 60_000

export class RunFolder {
  readonly path = wardedFolder('duisgate-faults-')

  constructor() {
    chmodSync(this.path, 0o711) // PostgreSQL runs as another user when the kit runs as root.
  }

  /** For a process whose temporary files are to be in this folder. */
  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, TMPDIR: this.path }
  }

  /** Removes it. Each thing that has not gone away by itself in its time, in a few words; it is taken away. */
  async end(patienceMs = PATIENCE_MS): Promise<readonly string[]> {
    const until = performance.now() + patienceMs
    while (this.#look().length > 0 && performance.now() < until) await pause(50)
    const left = this.#look()
    for (const { pid } of this.#processes()) kill(pid)
    rmSync(this.path, { recursive: true, force: true, maxRetries: 10 })
    return left
  }

  #look(): readonly string[] {
    const running = this.#processes().map(({ pid, what }) => `process ${pid} (${what})`)
    return [...running, ...this.#files()]
  }

  #processes(): readonly RunningProcess[] {
    if (withoutProc) return []
    return processes().filter((one) => isMarked(one, `TMPDIR=${this.path}`) || isAt(one, this.path))
  }

  /** npm keeps what Node made of its own source, and nobody's test can keep it from that. */
  #files(): readonly string[] {
    return readdirSync(this.path).filter((name) => name !== 'node-compile-cache')
  }
}

function kill(pid: string): void {
  try {
    process.kill(Number(pid), 'SIGKILL')
  } catch {
    // It has ended.
  }
}
