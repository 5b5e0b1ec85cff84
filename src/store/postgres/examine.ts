/** What is found at each host of a PostgreSQL address, for an operator who asks; nothing is written, and nothing brought up to date. */
import pg from 'pg'
import { numberOf, textOf } from '../sql/columns.ts'
import { VERSIONS } from '../sql/schema.ts'
import type { SqlRow } from '../sql/session.ts'
import { hostConfigsOf } from './client-config.ts'
import type { PostgresAddress } from './connection-text.ts'
import { durabilityProblem } from './postgres-database.ts'
import { queryConfigOf } from './postgres-session.ts'
import { wordsOf } from './primary-finder.ts'

/** One host that answered. */
export interface FoundServer {
  readonly host: string
  readonly isStandby: boolean
  /** Of a primary: grows by one with each promotion. */
  readonly timeline: number | undefined
  /** Of PostgreSQL, such as `15.19`. */
  readonly version: string
  /** Of duisgate's tables; undefined where there are none. */
  readonly schema: number | undefined
  /** Why a primary will not do. */
  readonly problem: string | undefined
}

/** Or one that did not, in its own words. */
export interface UnusableServer {
  readonly host: string
  readonly problem: string
}

const QUESTION = `
  SELECT CASE WHEN pg_is_in_recovery() THEN 'yes' ELSE 'no' END AS is_standby, current_setting('server_version') AS version,
    current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit,
    CASE WHEN to_regclass('schema_version') IS NULL THEN 'no' ELSE 'yes' END AS has_schema,
    CASE WHEN pg_is_in_recovery() THEN '' ELSE left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END AS timeline`

/** Every host, in the order of the address. Throws when a file that the address names cannot be read. */
export function examineServers(
  address: PostgresAddress,
  timeoutMs = 2_000,
): Promise<readonly (FoundServer | UnusableServer)[]> {
  return Promise.all(
    hostConfigsOf(address).map(({ name, client }) =>
      examine(name, { connectionTimeoutMillis: timeoutMs, ...client }, timeoutMs).catch((error: unknown) => ({
        host: name,
        problem: wordsOf(error),
      })),
    ),
  )
}

/** Throws pg's own errors. */
async function examine(host: string, config: pg.ClientConfig, timeoutMs: number): Promise<FoundServer> {
  const client = new pg.Client(config)
  client.on('error', () => {})
  try {
    await client.connect()
    const ask = async (text: string) =>
      (await client.query<SqlRow>(queryConfigOf({ text, timeoutMs }))).rows[0]
    const state = await ask(QUESTION)
    const isStandby = state?.is_standby !== 'no'
    const schema = state?.has_schema === 'yes' ? numberOf((await ask(VERSIONS.read))?.version) : undefined
    return {
      host,
      isStandby,
      timeline: isStandby ? undefined : Number.parseInt(textOf(state?.timeline), 16),
      version: textOf(state?.version).split(' ')[0] ?? '',
      schema,
      problem: isStandby ? undefined : durabilityProblem(state ?? {}),
    }
  } finally {
    void client.end().catch(() => {})
  }
}
