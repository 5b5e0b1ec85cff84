/**
 * Listens for changes on a connection of its own, and listens again when that is lost: pg does not by itself.
 *
 * What was told while the connection was down is lost, so after each new one `onChange` is called as well. A connection
 * that was cut without a word shows only when it is asked something, so it is asked now and then. Listening makes changes
 * known sooner; that they become known at all rests on polling.
 */
import type pg from 'pg'
import { queryConfigOf } from './postgres-session.ts'

/** Pause before the first new try, and the longest; each is twice the one before. */
const BACK_OFF_MS = { first: 100, longest: 5_000 }

const HEARTBEAT_MS = 5_000

export interface PostgresListenerOptions {
  /** Connects to the primary; `isCurrent` says whether it still is the one that the store's other connections go to. */
  readonly open: () => Promise<OpenConnection>
  readonly connectTimeoutMs: number
  readonly channel: string
  readonly onChange: () => void
}

export interface OpenConnection {
  readonly client: pg.Client
  readonly isCurrent: () => boolean
}

export class PostgresListener {
  readonly #options: PostgresListenerOptions
  #client: pg.Client | undefined
  #timer: NodeJS.Timeout | undefined
  #backOffMs = BACK_OFF_MS.first
  #isStopped = false

  constructor(options: PostgresListenerOptions) {
    this.#options = options
  }

  /** Done after the first try, whether or not it succeeded; further tries follow by themselves. */
  async start(): Promise<void> {
    const { open, connectTimeoutMs, channel, onChange } = this.#options
    try {
      const opened = await open()
      const { client } = opened
      this.#client = client
      if (this.#isStopped) return await this.stop()
      client.on('error', () => this.#lose(client))
      client.on('end', () => this.#lose(client))
      client.on('notification', onChange)
      await client.query(queryConfigOf({ text: `LISTEN ${channel}`, timeoutMs: connectTimeoutMs }))
      this.#backOffMs = BACK_OFF_MS.first
      this.#beatLater(opened)
      onChange()
    } catch {
      this.#lose(this.#client)
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => {})
  }

  #beatLater(opened: OpenConnection): void {
    if (this.#client !== opened.client) return
    this.#timer = setTimeout(() => void this.#beat(opened), HEARTBEAT_MS)
    this.#timer.unref()
  }

  /** One that goes to a server that was left hears nothing any more. */
  async #beat(opened: OpenConnection): Promise<void> {
    const { client, isCurrent } = opened
    try {
      await client.query(queryConfigOf({ text: 'SELECT 1', timeoutMs: this.#options.connectTimeoutMs }))
      if (isCurrent()) this.#beatLater(opened)
      else this.#lose(client)
    } catch {
      this.#lose(client)
    }
  }

  /** Gives the connection up, once, and tries again later; undefined: there was none yet. */
  #lose(client: pg.Client | undefined): void {
    if (this.#client !== client) return
    this.#client = undefined
    clearTimeout(this.#timer)
    void client?.end().catch(() => {})
    if (this.#isStopped) return
    this.#timer = setTimeout(() => void this.start(), this.#backOffMs)
    this.#timer.unref()
    this.#backOffMs = Math.min(this.#backOffMs * 2, BACK_OFF_MS.longest)
  }
}
