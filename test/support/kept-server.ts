/**
 * A server of somebody else's making, run as an unprivileged user also when the tests run as root, and ended with the test
 * process whatever ends that: a shell is its parent and waits on a pipe from here.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { exitOf } from './child-exit.ts'
import { wardedFolder } from './warden.ts'

/** `nobody`: PostgreSQL and PgBouncer refuse to run as root. */
const NOBODY = 65534

const isRoot = process.getuid?.() === 0

/** To spawn with: who it runs as, and where. */
export const UNPRIVILEGED = {
  cwd: '/',
  env: { PATH: process.env.PATH, LC_ALL: 'C' },
  ...(isRoot && { uid: NOBODY, gid: NOBODY }),
}

/**
 * Sends the server the signal that comes as a line, the one given first once standard input closes, and ends with it. SIGINT and
 * SIGQUIT are ignored by what a shell has put into the background, until the server has begun to listen to them: SIGTERM is not.
 */
export const KEEPER = `last=$1; shift; "$@" & server=$!
read -r signal || signal=$last
kill -s "$signal" $server; kill -s TERM $server; wait $server`

/** A folder that the unprivileged user may write to, gone at the latest with this process. */
export function unprivilegedFolder(prefix: string): string {
  const folder = wardedFolder(prefix)
  give(folder)
  return folder
}

/** A folder in one of those. */
export function unprivilegedSubfolder(folder: string, name: string): string {
  const path = join(folder, name)
  mkdirSync(path, { mode: 0o700 })
  give(path)
  return path
}

/** To the unprivileged user. */
export function give(path: string): void {
  if (isRoot) chownSync(path, NOBODY, NOBODY)
}

type Signal = 'TERM' | 'INT' | 'QUIT' | 'KILL'

export interface KeptServerOptions {
  /** What it says once it is ready. */
  readonly isReady: RegExp
  /** Ends it at once. */
  readonly last: Signal
}

export class KeptServer {
  readonly #keeper: ChildProcess
  readonly #gone: Promise<unknown>
  #said = ''

  private constructor(words: readonly string[], last: Signal) {
    this.#keeper = spawn('sh', ['-c', KEEPER, 'keeper', last, ...words], {
      ...UNPRIVILEGED,
      // A group of its own: what is sent to the test's group must not end the shell before it has ended the server.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#gone = exitOf(this.#keeper)
    this.#keeper.stdin?.on('error', () => {})
    // Read to the end: it must not wait for a full pipe.
    for (const stream of [this.#keeper.stdout, this.#keeper.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said = (this.#said + text).slice(-20_000)
        this.#keeper.emit('said')
      })
  }

  /** Settles once it is ready. Throws with its words when it ends before. */
  static async start(words: readonly string[], { isReady, last }: KeptServerOptions): Promise<KeptServer> {
    const server = new KeptServer(words, last)
    await server.#until(isReady)
    return server
  }

  /** The last of what it said, both streams. */
  get said(): string {
    return this.#said
  }

  /** Ends it, by that signal or at once, and settles when it has; nothing when it is gone already. */
  async end(signal?: Signal): Promise<void> {
    this.#keeper.stdin?.end(signal === undefined ? '' : `${signal}\n`)
    await this.#gone
  }

  async #until(isReady: RegExp): Promise<void> {
    let isGone = false
    void this.#gone.then(() => {
      isGone = true
      this.#keeper.emit('said')
    })
    while (!isReady.test(this.#said)) {
      if (isGone) throw new Error(`it did not start:\n${this.#said}`)
      await once(this.#keeper, 'said')
    }
  }
}
