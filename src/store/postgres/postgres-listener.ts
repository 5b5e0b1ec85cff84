/**
 * Listens for changes on a connection of its own, and listens again when that is lost: pg does not by itself.
 *
 * What was told while the connection was down is lost, so after each new one `onChange` is called as well. A connection
 * that was cut without a word shows only when it is asked something, so it is asked now and then. Listening makes changes
 * known sooner; that they become known at all rests on polling.
 */
import pg from 'pg'
import { queryConfigOf } from './postgres-session.ts'

/** Pause before the first new try, and the longest; each is twice the one before. */
const BACK_OFF_MS = { first: 100, longest: 5_000 }

const HEARTBEAT_MS = 5_000

export interface PostgresListenerOptions {
  readonly connection: pg.ClientConfig
  readonly connectTimeoutMs: number
  readonly channel: string
  readonly onChange: () => void
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
    const { connection, connectTimeoutMs, channel, onChange } = this.#options
    const client = new pg.Client({
      ...connection,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
    })
    this.#client = client
    client.on('error', () => this.#lose(client))
    client.on('end', () => this.#lose(client))
    client.on('notification', onChange)
    try {
      await client.connect()
      await client.query(queryConfigOf({ text: `LISTEN ${channel}`, timeoutMs: connectTimeoutMs }))
      this.#backOffMs = BACK_OFF_MS.first
      this.#beatLater(client)
      onChange()
    } catch {
      this.#lose(client)
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => {})
  }

  #beatLater(client: pg.Client): void {
    if (this.#client !== client) return
    this.#timer = setTimeout(() => void this.#beat(client), HEARTBEAT_MS)
    this.#timer.unref()
  }

  async #beat(client: pg.Client): Promise<void> {
    try {
      await client.query(queryConfigOf({ text: 'SELECT 1', timeoutMs: this.#options.connectTimeoutMs }))
      this.#beatLater(client)
    } catch {
      this.#lose(client)
    }
  }

  /** Gives the connection up, once, and tries again later. */
  #lose(client: pg.Client): void {
    if (this.#client !== client) return
    this.#client = undefined
    clearTimeout(this.#timer)
    void client.end().catch(() => {})
    if (this.#isStopped) return
    this.#timer = setTimeout(() => void this.start(), this.#backOffMs)
    this.#timer.unref()
    this.#backOffMs = Math.min(this.#backOffMs * 2, BACK_OFF_MS.longest)
  }
}
