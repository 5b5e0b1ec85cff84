/**
 * A PostgreSQL with streaming standbys, from Debian's packages: real servers on loopback and on Unix sockets, each with its
 * data in the test's own folder. They are promoted, stopped, killed, rebuilt and put behind each other as operators do.
 *
 * `duisgate` is a role as operators make it, which owns the database `duisgate` and has a password, `duisgate_check` one that may only
 * connect; the superuser `operator` comes in by the Unix socket alone.
 */
import { execFile } from 'node:child_process'
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort } from './free-port.ts'
import { give, KeptServer, UNPRIVILEGED, unprivilegedFolder, unprivilegedSubfolder } from './kept-server.ts'
import type { TestScope } from './start-gateway.ts'

/** The latest that is installed with its tools; undefined when none is. */
const BIN = globSync('/usr/lib/postgresql/*/bin/pg_basebackup')
  .map((file) => join(file, '..'))
  .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
  .at(-1)

/** Why tests that need replication cannot run here; false when they can. */
export const withoutReplication: string | false =
  BIN === undefined && 'no /usr/lib/postgresql/*/bin/pg_basebackup; install the package postgresql'

export const PASSWORD = 'sésame/of@the:house'

/** The superuser is asked no password where only this test can knock, and cannot come in anywhere else. */
const HBA = `
local all         operator                trust
local replication operator                trust
host  all         operator  127.0.0.1/32  reject
local all         all                     scram-sha-256
host  all         all       127.0.0.1/32  scram-sha-256
`

const SETTINGS = {
  max_connections: 60,
  shared_buffers: '16MB',
  // One place in the log says that a standby has all there is: both end at once.
  wal_retrieve_retry_interval: '100ms',
  wal_sender_timeout: '10s',
  // Files of its own folder, so that nothing of it is left elsewhere when it is killed.
  dynamic_shared_memory_type: 'mmap',
  log_min_messages: 'log',
}

const READY = /ready to accept (?:read-only )?connections/

export interface ClusterOptions {
  /** 1 when absent. */
  readonly standbys?: number
  /** Commits wait for any one standby. */
  readonly isSynchronous?: boolean
  /** Makes the folder that the first server keeps its data in, such as a disk of its own; absent: it is made here. */
  readonly makeFolder?: (path: string) => void
}

/** One server, under its name in the folder and in `synchronous_standby_names`. */
export class ReplicatedServer {
  readonly name: string
  readonly port: number
  /** Folder of its Unix socket. */
  readonly socket: string
  readonly data: string
  #kept: KeptServer | undefined

  constructor(name: string, port: number, folder: string, socket: string) {
    this.name = name
    this.port = port
    this.socket = socket
    this.data = join(folder, name)
  }

  get isRunning(): boolean {
    return this.#kept !== undefined
  }

  /** `127.0.0.1:PORT`. */
  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  get said(): string {
    return this.#kept?.said ?? ''
  }

  /** The first process of the server. */
  get pid(): number {
    return Number(readFileSync(join(this.data, 'postmaster.pid'), 'utf8').split('\n')[0])
  }

  async start(): Promise<void> {
    const settings = { ...SETTINGS, listen_addresses: '127.0.0.1', port: this.port, cluster_name: this.name }
    const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    this.#kept = await KeptServer.start([tool('postgres'), '-D', this.data, '-k', this.socket, ...words], {
      isReady: READY,
      last: 'QUIT',
    })
  }

  /** `fast` ends its sessions and writes everything down, `immediate` is as good as a crash, `killed` is one. */
  async stop(how: 'fast' | 'immediate' | 'killed' = 'fast'): Promise<void> {
    const kept = this.#kept
    this.#kept = undefined
    await kept?.end(({ fast: 'INT', immediate: 'QUIT', killed: 'KILL' } as const)[how])
  }

  /** As the superuser, each time on a connection of its own. */
  async run(statement: string, database = 'duisgate'): Promise<pg.QueryResult['rows']> {
    const client = new pg.Client({ host: this.socket, port: this.port, user: 'operator', database })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query(statement)).rows
    } finally {
      await client.end()
    }
  }

  /** Takes a setting over while it runs. */
  async set(name: string, value: string): Promise<void> {
    await this.run(`ALTER SYSTEM SET ${name} = ${value}`)
    await this.run('SELECT pg_reload_conf()')
    await until(async () => (await this.run(`SHOW ${name}`))[0]?.[name] === value.replaceAll("'", ''))
  }

  /** Makes a standby the primary; settles when it takes changes. */
  async promote(): Promise<void> {
    await this.run('SELECT pg_promote(true, 60)')
  }
}

export class PostgresCluster {
  readonly folder: string
  readonly servers: readonly ReplicatedServer[]
  readonly #isSynchronous: boolean

  private constructor(folder: string, servers: readonly ReplicatedServer[], isSynchronous: boolean) {
    this.folder = folder
    this.servers = servers
    this.#isSynchronous = isSynchronous
  }

  /** The first server is the primary, the others follow it; settles once they do. */
  static async start(
    t: TestScope,
    { standbys = 1, isSynchronous = false, makeFolder }: ClusterOptions = {},
  ): Promise<PostgresCluster> {
    const folder = unprivilegedFolder('pg-')
    const socket = unprivilegedSubfolder(folder, 's')
    const servers: ReplicatedServer[] = []
    for (let number = 1; number <= standbys + 1; number++)
      servers.push(new ReplicatedServer(`pg${number}`, await freePort(), folder, socket))
    const cluster = new PostgresCluster(folder, servers, isSynchronous)
    t.teardown(() => cluster.#end())
    const [primary] = servers
    if (primary === undefined) throw new Error('a cluster has a server')
    if (makeFolder) {
      makeFolder(primary.data)
      give(primary.data)
    }
    await initialise(primary)
    for (const server of servers.slice(1)) await cluster.follow(server, primary)
    if (isSynchronous) await cluster.confirmBy(primary, cluster.#othersOf(primary))
    return cluster
  }

  server(number: number): ReplicatedServer {
    const found = this.servers[number]
    if (found === undefined) throw new Error(`there is no server ${number}`)
    return found
  }

  /** How duisgate finds the primary among all of them; `parameters` go behind. */
  url(servers: readonly ReplicatedServer[] = this.servers, parameters = ''): string {
    return storeUrl(
      servers.map(({ address }) => address).join(),
      `target_session_attrs=read-write${parameters}`,
    )
  }

  /** Commits of the primary wait for any one of these, or for nobody. */
  async confirmBy(primary: ReplicatedServer, standbys: readonly ReplicatedServer[]): Promise<void> {
    const names = standbys.map(({ name }) => name).join(', ')
    await primary.set('synchronous_standby_names', names === '' ? "''" : `'ANY 1 (${names})'`)
    if (names === '') return
    await until(async () => {
      const rows = await primary.run("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'quorum'")
      return rows.length > 0
    })
  }

  /** Makes the server anew as a standby of the primary, whatever it was before; settles once it streams. */
  async follow(server: ReplicatedServer, primary: ReplicatedServer): Promise<void> {
    await server.stop('immediate')
    rmSync(server.data, { recursive: true, force: true })
    const from = `host=${primary.socket} port=${primary.port} user=operator application_name=${server.name}`
    await runTool('pg_basebackup', [
      '-d',
      from,
      '-D',
      server.data,
      '-R',
      '-X',
      'stream',
      '-c',
      'fast',
      '--no-sync',
    ])
    await server.start()
    await until(async () => {
      const text = `SELECT 1 FROM pg_stat_replication WHERE application_name = '${server.name}' AND state = 'streaming'`
      return (await primary.run(text)).length > 0
    })
  }

  /**
   * Makes the standby the primary. The old one goes on running unless it is stopped before; where commits are synchronous
   * the new one waits for nobody until `confirmBy`.
   */
  async promote(standby: ReplicatedServer): Promise<void> {
    await standby.promote()
    if (this.#isSynchronous) await this.confirmBy(standby, [])
  }

  #othersOf(server: ReplicatedServer): readonly ReplicatedServer[] {
    return this.servers.filter((other) => other !== server)
  }

  async #end(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop('immediate')))
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** How duisgate connects to a host list, a proxy or a pooler. */
export function storeUrl(hosts: string, parameters = '', password = PASSWORD): string {
  const query = parameters === '' ? '' : `?${parameters}`
  return `postgres://duisgate:${encodeURIComponent(password)}@${hosts}/duisgate${query}`
}

function tool(name: string): string {
  if (BIN === undefined) throw new Error(String(withoutReplication))
  return join(BIN, name)
}

async function runTool(name: string, words: readonly string[]): Promise<void> {
  await promisify(execFile)(tool(name), words, UNPRIVILEGED)
}

async function initialise(server: ReplicatedServer): Promise<void> {
  const words = ['-U', 'operator', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C']
  await runTool('initdb', ['-D', server.data, ...words])
  writeFileSync(join(server.data, 'pg_hba.conf'), HBA)
  give(join(server.data, 'pg_hba.conf'))
  await server.start()
  await server.run(`CREATE ROLE duisgate LOGIN PASSWORD '${PASSWORD}'`, 'postgres')
  await server.run(`CREATE ROLE duisgate_check LOGIN PASSWORD '${PASSWORD}'`, 'postgres')
  await server.run('CREATE DATABASE duisgate OWNER duisgate', 'postgres')
}

/** Settles once the condition holds; what throws does not hold yet. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition().catch(() => false))) await pause(20)
}
