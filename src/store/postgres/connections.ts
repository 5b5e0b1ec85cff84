/**
 * The connections of one process to the primary: a pool, and single ones to listen on. Where the address has several hosts the
 * primary is looked for anew as soon as a connection to the last one fails.
 *
 * Every new connection is asked first whether its server is the primary, also through a proxy or a pooler. Time-outs are set there and not in the start-up packet, which poolers refuse.
 */
import pg from 'pg'
import type { HostConfig } from './client-config.ts'
import type { OpenConnection } from './postgres-listener.ts'
import { queryConfigOf, type TimedQuery } from './postgres-session.ts'
import { findPrimary, mustBePrimary, SERVER_STATE, serverState, serverStateOf } from './primary-finder.ts'

export interface ConnectionsOptions {
  /** In the order in which they are preferred; one at least. */
  readonly hosts: readonly HostConfig[]
  /** A pooler hands each transaction to another server connection: what is set for a session would be somebody else's. */
  readonly isPerTransaction: boolean
  readonly maxConnections: number
  readonly connectTimeoutMs: number
  /** Of every statement, and of a transaction that waits for its next one. */
  readonly statementTimeoutMs: number
}

/** Statements that bound what follows; `scope` is SESSION, or LOCAL for the transaction. */
export function timeOuts(scope: 'SESSION' | 'LOCAL', ms: number): string {
  // Work in a transaction waits for nothing but the store; a process that hangs must not hold up every writer.
  return `SET ${scope} statement_timeout = ${ms}; SET ${scope} idle_in_transaction_session_timeout = ${ms}`
}

/** The pool of one host. */
interface HostPool {
  readonly host: HostConfig
  /** When it was found; undefined for an only host. */
  readonly timeline: number | undefined
  readonly pool: pg.Pool
}

/** How often other hosts are asked whether one of them was promoted: a primary that was left behind does not say so. */
const LOOK_AROUND_MS = 2_000

/** pg's words when all connections are in use, which says nothing of the host. */
const ALL_IN_USE = 'timeout exceeded when trying to connect'

/** Codes of errors that say that a server is not the primary: of a standby, and of one that was the primary before. */
const NOT_THE_PRIMARY = new Set(['25006', '0A000', 'OTHER_PRIMARY'])

export class Connections {
  readonly #options: ConnectionsOptions
  #hosts: readonly HostConfig[]
  #current: HostPool | undefined
  #finding: Promise<HostPool> | undefined
  #isClosed = false
  #lookingAround: NodeJS.Timeout | undefined
  /** Pools that were left, until their last connection is back. */
  readonly #ending = new Set<Promise<void>>()

  constructor(options: ConnectionsOptions) {
    this.#options = options
    this.#hosts = options.hosts
  }

  /** New connections go to these from now on; those in use end when they are given back. */
  use(hosts: readonly HostConfig[]): void {
    this.#hosts = hosts
    if (this.#current) this.#leave(this.#current)
  }

  /** To be given back with `release`. Throws pg's own errors, or StoreRefused. */
  async connect(): Promise<pg.PoolClient> {
    const known = this.#current
    if (known && this.#hosts.length > 1) {
      const client = await known.pool.connect().catch((error: Error) => {
        if (error.message === ALL_IN_USE) throw error
        this.#leave(known)
      })
      if (client) return client
    }
    return (await this.#primary()).pool.connect()
  }

  /**
   * Asks the other hosts, and leaves the one that connections go to when another is a primary on a later timeline than
   * `timeline`: whether it did. A host that does not answer proves nothing.
   */
  async leaveForLater(timeline: number): Promise<boolean> {
    const known = this.#current
    const others = this.#hosts.filter((host) => host !== known?.host)
    if (!known || others.length === 0) return false
    const found = await findPrimary(others, this.#options.connectTimeoutMs).catch(() => undefined)
    if (!found || found.state.timeline <= timeline || this.#current !== known) return false
    this.#leave(known)
    return true
  }

  /** Gives a connection back; after an error it is kept only when it is good for another transaction. */
  release(client: pg.PoolClient, error?: unknown, isGood = error === undefined): void {
    // A pooler may have put a standby behind connections that went to the primary.
    const isElsewhere = NOT_THE_PRIMARY.has(codeOf(error))
    if (isElsewhere && this.#current) this.#leave(this.#current)
    client.release(isElsewhere || !isGood)
  }

  /** A statement by itself. Throws pg's own errors, or StoreRefused. */
  async query(query: TimedQuery): Promise<pg.QueryResult> {
    const client = await this.connect()
    // Without a listener a connection that breaks would end the process.
    const ignore = () => {}
    client.on('error', ignore)
    try {
      const result = await this.queryOn(client, query)
      this.release(client)
      return result
    } catch (error) {
      this.release(client, error)
      throw error
    } finally {
      client.off('error', ignore)
    }
  }

  /** A connection that is the caller's own, with whether it still goes to the primary that the others go to. */
  async open(): Promise<OpenConnection> {
    const { host } = await this.#primary()
    const client = new pg.Client({
      connectionTimeoutMillis: this.#options.connectTimeoutMs,
      ...host.client,
      keepAlive: true,
    })
    client.on('error', () => {})
    try {
      await client.connect()
      await this.#examine(client)
    } catch (error) {
      void client.end().catch(() => {})
      if (this.#hosts.length > 1 && this.#current?.host === host) this.#leave(this.#current)
      throw error
    }
    return { client, isCurrent: () => this.#current === undefined || this.#current.host === host }
  }

  /** Settles once every connection is given back and closed. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#current) this.#leave(this.#current)
    await Promise.all(this.#ending)
  }

  /** Where a session cannot hold the time-outs a transaction of its own does. */
  async queryOn(client: pg.PoolClient, query: TimedQuery): Promise<pg.QueryResult> {
    const { isPerTransaction, statementTimeoutMs } = this.#options
    if (!isPerTransaction) return client.query(queryConfigOf(query))
    const { timeoutMs } = query
    const begin = `BEGIN READ ONLY; ${timeOuts('LOCAL', statementTimeoutMs)}`
    await client.query(queryConfigOf({ text: begin, timeoutMs }))
    const result = await client.query(queryConfigOf(query))
    await client.query(queryConfigOf({ text: 'COMMIT', timeoutMs }))
    return result
  }

  /** The pool of the primary, looked for once however many ask. */
  async #primary(): Promise<HostPool> {
    if (this.#isClosed) throw new Error('it is closed')
    if (this.#current) return this.#current
    this.#finding ??= this.#find().finally(() => {
      this.#finding = undefined
    })
    return this.#finding
  }

  async #find(): Promise<HostPool> {
    const hosts = this.#hosts
    const [only] = hosts
    // The only one is asked by each connection itself.
    const found =
      hosts.length === 1 && only ? { host: only } : await findPrimary(hosts, this.#options.connectTimeoutMs)
    // What was found by an address that does not count any more is not kept.
    if (hosts !== this.#hosts || this.#isClosed) return this.#primaryAnew()
    const { host } = found
    const timeline = 'state' in found ? found.state.timeline : undefined
    const current = { host, timeline, pool: this.#poolOf(host) }
    this.#current = current
    this.#lookAroundLater(current)
    return current
  }

  #lookAroundLater(current: HostPool): void {
    if (current.timeline === undefined || this.#current !== current) return
    clearTimeout(this.#lookingAround)
    this.#lookingAround = setTimeout(() => void this.#lookAround(current), LOOK_AROUND_MS)
    this.#lookingAround.unref()
  }

  /** Leaves a primary when another host is on a later timeline; one that does not answer proves nothing. */
  async #lookAround(current: HostPool): Promise<void> {
    const { timeline = 0, host } = current
    const others = this.#hosts.filter((other) => other !== host)
    const timelines = await Promise.all(
      others.map((other) => timelineOf(other, this.#options.connectTimeoutMs)),
    )
    if (timelines.some((other) => other > timeline)) this.#leave(current)
    this.#lookAroundLater(current)
  }

  #primaryAnew(): Promise<HostPool> {
    this.#finding = undefined
    return this.#primary()
  }

  #poolOf({ client }: HostConfig): pg.Pool {
    const { maxConnections, connectTimeoutMs } = this.#options
    const pool = new pg.Pool({
      connectionTimeoutMillis: connectTimeoutMs,
      ...client,
      max: maxConnections,
      keepAlive: true,
      onConnect: (one: pg.ClientBase) => this.#examine(one),
    })
    // A connection that breaks while idle is replaced when the next one is needed.
    return pool.on('error', () => {})
  }

  /** Throws when its server is no use; else it has its time-outs. */
  async #examine(client: pg.ClientBase): Promise<void> {
    const { isPerTransaction, connectTimeoutMs, statementTimeoutMs } = this.#options
    const { rows } = await client.query(queryConfigOf({ text: SERVER_STATE, timeoutMs: connectTimeoutMs }))
    mustBePrimary(serverStateOf(rows[0]))
    if (isPerTransaction) return
    const text = timeOuts('SESSION', statementTimeoutMs)
    await client.query(queryConfigOf({ text, timeoutMs: connectTimeoutMs }))
  }

  #leave(left: HostPool): void {
    if (this.#current !== left) return
    clearTimeout(this.#lookingAround)
    this.#current = undefined
    const ended = left.pool.end().then(() => {
      this.#ending.delete(ended)
    })
    this.#ending.add(ended)
  }
}

/** Zero for a standby, and for one that does not answer. */
function timelineOf(host: HostConfig, timeoutMs: number): Promise<number> {
  return serverState(host, timeoutMs).then(
    ({ timeline }) => timeline,
    () => 0,
  )
}

/** The code of an error's cause, or its own; empty when it has none. */
function codeOf(error: unknown): string {
  const { code, cause } = (error ?? {}) as {
    readonly code?: unknown
    readonly cause?: { readonly code?: unknown }
  }
  return String(cause?.code ?? code ?? '')
}
