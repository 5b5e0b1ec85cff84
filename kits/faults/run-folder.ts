/**
 * The temporary folder of a run of the kit, and what is left behind of a row: files in it, things mounted in it, and processes
 * that work in it or have it as their temporary folder.
 */
import { chmodSync, readdirSync, rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { isAt, isMarked, processes, type RunningProcess, withoutProc } from '../../test/support/processes.ts'
import { wardedFolder } from '../../test/support/warden.ts'

/** Longer than a warden takes to end what it has. */
const PATIENCE_MS = 30_000

export class RunFolder {
  readonly path = wardedFolder('duisgate-faults-')

  /** What is started from here on has its temporary files in this folder. */
  constructor() {
    chmodSync(this.path, 0o711) // PostgreSQL runs as another user when the kit runs as root.
    process.env.TMPDIR = this.path
  }

  /** Each thing that has not gone away in its time, in a few words. It is taken away, and told once. */
  async leftBehind(patienceMs = PATIENCE_MS): Promise<readonly string[]> {
    const until = performance.now() + patienceMs
    while (this.#look().length > 0 && performance.now() < until) await pause(50)
    const left = this.#look()
    for (const { pid } of this.#processes()) kill(pid)
    for (const name of this.#files()) rmSync(`${this.path}/${name}`, { recursive: true, force: true })
    return left
  }

  #look(): readonly string[] {
    const running = this.#processes().map(({ pid, what }) => `process ${pid} (${what})`)
    return [...running, ...this.#files()]
  }

  #processes(): readonly RunningProcess[] {
    if (withoutProc) return []
    const own = String(process.pid)
    return processes().filter(
      (one) => one.pid !== own && (isMarked(one, `TMPDIR=${this.path}`) || isAt(one, this.path)),
    )
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
