/** Tries the configured store for `duisgate check --connect`: what is found there, and what of it will not do. */
import type { StoreSettings } from '../config/store.ts'
import { namesPostgres, readConnectionText } from '../store/postgres/connection-text.ts'
import { examineServers, type FoundServer } from '../store/postgres/examine.ts'
import { SCHEMA_VERSION } from '../store/sql/schema.ts'
import { examineFile } from '../store/sqlite/examine.ts'

export interface StoreCheck {
  /** A line for each server, or one for the file. */
  readonly found: readonly string[]
  /** `where` is `store` or `store.listen`. */
  readonly problems: readonly { readonly where: string; readonly text: string }[]
}

/** Writes nothing, and says no password. */
export async function checkStore({ location, listen }: StoreSettings): Promise<StoreCheck> {
  const checks = [namesPostgres(location) ? await checkServers('store', location) : checkFile(location)]
  if (listen !== undefined) checks.push(await checkServers('store.listen', listen))
  return {
    found: checks.flatMap(({ found }) => found),
    problems: checks.flatMap(({ problems }) => problems),
  }
}

function checkFile(file: string): StoreCheck {
  try {
    const { schema } = examineFile(file)
    return { found: [`store: SQLite, ${schemaText(schema)}`], problems: [] }
  } catch (error) {
    return { found: [], problems: [{ where: 'store', text: wordsOf(error) }] }
  }
}

/** One primary is wanted; whatever else is there is said. */
async function checkServers(where: string, text: string): Promise<StoreCheck> {
  const reading = readConnectionText(text)
  if (!reading.ok) return { found: [], problems: [{ where, text: reading.problem }] }
  try {
    const servers = await examineServers(reading.address)
    const found = servers.map((server) => `${where}: ${describeServer(server)}`)
    const primaries = servers.filter((server) => 'isStandby' in server && !server.isStandby)
    const problems = primaries.flatMap(({ host, problem }) =>
      problem === undefined ? [] : [`${host}: ${problem}`],
    )
    if (primaries.length === 0) problems.push('none of its hosts is a primary that answers')
    if (primaries.length > 1) problems.push(TWO_PRIMARIES)
    return { found, problems: problems.map((problem) => ({ where, text: problem })) }
  } catch (error) {
    return { found: [], problems: [{ where, text: wordsOf(error) }] }
  }
}

const TWO_PRIMARIES =
  'more than one of its hosts takes changes: fence the one that was left behind, see docs/high-availability.md'

function describeServer(server: FoundServer | { readonly host: string; readonly problem: string }): string {
  if (!('isStandby' in server)) return `${server.host}: ${server.problem}`
  const { host, isStandby, timeline, version, schema } = server
  const kind = isStandby ? 'standby' : `primary on timeline ${timeline}`
  return `${host}: ${kind}, PostgreSQL ${version}, ${schemaText(schema)}`
}

function schemaText(schema: number | undefined): string {
  if (schema === undefined) return 'no tables of duisgate yet'
  return schema === SCHEMA_VERSION
    ? `schema version ${schema}`
    : `schema version ${schema}, this duisgate has ${SCHEMA_VERSION}`
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
