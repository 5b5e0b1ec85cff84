/**
 * Finds the primary among the hosts of an address, as libpq's `target_session_attrs=read-write` does, but asks all of them at
 * once: a host that is gone must not hold up the others, and of two that both take changes, because the one that was left behind
 * was not fenced, the one on the later timeline is taken.
 */
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { StoreRefused } from '../store.ts'
import type { HostConfig } from './client-config.ts'
import { queryConfigOf } from './postgres-session.ts'

/** What a server says of itself. */
export interface ServerState {
  readonly isStandby: boolean
  /** Grows by one with each promotion. */
  readonly timeline: number
}

/** The timeline is that of the last WAL record: the control file has it only after the next checkpoint. */
export const SERVER_STATE = `
  SELECT pg_is_in_recovery() AS is_standby,
    CASE WHEN pg_is_in_recovery() THEN '0'
      ELSE left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END AS timeline`

export function serverStateOf(row: Readonly<Record<string, unknown>> = {}): ServerState {
  return {
    isStandby: row.is_standby !== false,
    timeline: Number.parseInt(String(row.timeline), 16),
  }
}

/** How long other hosts are waited for once one has said that it is the primary. */
const SETTLE_MS = 200

export interface FoundPrimary {
  readonly host: HostConfig
  readonly state: ServerState
}

/** Asks every host. Throws what the only one said, or what each of several did. */
export async function findPrimary(hosts: readonly HostConfig[], timeoutMs: number): Promise<FoundPrimary> {
  const asked = hosts.map((host) => askHost(host, timeoutMs))
  try {
    const first = await Promise.any(asked)
    if (hosts.length === 1) return first
    const late = pause(SETTLE_MS, undefined, { ref: false })
    const others = await Promise.all(
      asked.map((one) => Promise.race([one.catch(() => undefined), late.then(() => undefined)])),
    )
    return others.reduce<FoundPrimary>(
      (best, one) => (one && one.state.timeline > best.state.timeline ? one : best),
      others.find((one) => one !== undefined) ?? first,
    )
  } catch (error) {
    throw error instanceof AggregateError ? noneOf(hosts, error.errors) : error
  }
}

/** Answers only for a primary. */
async function askHost(host: HostConfig, timeoutMs: number): Promise<FoundPrimary> {
  const state = await serverState(host, timeoutMs)
  mustBePrimary(state)
  return { host, state }
}

/** On a connection of its own. Throws pg's own errors. */
export async function serverState({ client: config }: HostConfig, timeoutMs: number): Promise<ServerState> {
  const client = new pg.Client({ connectionTimeoutMillis: timeoutMs, ...config })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query(queryConfigOf({ text: SERVER_STATE, timeoutMs }))
    return serverStateOf(rows[0])
  } finally {
    void client.end().catch(() => {})
  }
}

/** Throws StoreRefused when it is not. */
export function mustBePrimary({ isStandby }: ServerState): void {
  if (!isStandby) return
  const why = new Error('this server is a standby, which may be behind its primary')
  throw new StoreRefused('being asked whether it is the primary', why)
}

/** When all say the same of the one who asks, such as a wrong password, it is that. */
function noneOf(hosts: readonly HostConfig[], errors: readonly unknown[]): unknown {
  const texts = errors.map((error) => wordsOf(error))
  if (new Set(texts).size === 1) return errors[0]
  const each = hosts.map(({ name }, place) => `${name}: ${texts[place]}`)
  return new Error(`none of ${hosts.length} hosts is a primary: ${each.join('; ')}`)
}

/** What an error of a connection says. */
export function wordsOf(error: unknown): string {
  // Node's error for several addresses of one name has no words of its own.
  const one = error instanceof AggregateError ? error.errors[0] : error
  const said = one instanceof StoreRefused ? one.cause : one
  return said instanceof Error ? said.message : String(said)
}
