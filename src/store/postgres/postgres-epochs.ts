/**
 * Of which epoch a server's answer is, and how an epoch begins. Read with each transaction and each question of the data
 * plane, on the connection that answers: behind a proxy or a pool nothing else says who that is.
 */
import { randomUUID } from 'node:crypto'
import type { Epoch, EpochWatch } from '../epoch.ts'
import { numberOf, textOf } from '../sql/columns.ts'
import type { StoreClock } from '../sql/group.ts'
import type { SqlRow, SqlSession } from '../sql/session.ts'
import { StoreRefused } from '../store.ts'
import type { PostgresSession } from './postgres-session.ts'

/** Zero for a standby. */
const TIMELINE = `CASE WHEN pg_is_in_recovery() THEN 0
  ELSE ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::bigint END`

const SERVER = '(SELECT system_identifier::text FROM pg_control_system())'

const LAST = `LEFT JOIN epochs AS last ON last.number = (SELECT max(number) FROM epochs)`

/** One row in any case. Names no system identifier: that is read from a file, and transactions look at it. */
export const EPOCH = `
  SELECT ${TIMELINE} AS timeline, last.timeline AS last_timeline, last.number, last.server, last.id
  FROM (SELECT 1) AS asked ${LAST}`

/** The same for a transaction, with the server itself and whether its commits last. */
const EPOCH_OF_TRANSACTION = `
  SELECT ${TIMELINE} AS timeline, last.timeline AS last_timeline, last.number, last.server, last.id,
    ${SERVER} AS own_server, current_setting('synchronous_commit') AS synchronous_commit
  FROM (SELECT 1) AS asked ${LAST}`

/** The epoch that a row of either says; undefined when it has yet to begin. Throws for a standby. */
function epochOf(row: SqlRow | undefined): Epoch | undefined {
  const timeline = numberOf(row?.timeline)
  if (timeline === 0) throw refused('this server is a standby, which may be behind its primary')
  const server = textOf(row?.server)
  if (numberOf(row?.last_timeline) !== timeline || textOf(row?.own_server ?? server) !== server)
    return undefined
  return { number: numberOf(row?.number), server, timeline, id: textOf(row?.id) }
}

function refused(why: string): StoreRefused {
  return new StoreRefused('being asked whether it is the primary', new Error(why))
}

/** Three leases of the default length: the least time in which a new primary confirms nothing. */
const LEAST_HOLD_MS = 6_000

/** The first epoch of a store has none before it whose gateways might not be known. */
const BEGIN = `
  INSERT INTO epochs (number, server, timeline, id, began_ms, held_until_ms)
  SELECT coalesce(max(number), 0) + 1, ${SERVER}, ${TIMELINE}, ?, CAST(? AS BIGINT),
    CASE WHEN max(number) IS NULL THEN 0 ELSE CAST(? AS BIGINT) + greatest(${LEAST_HOLD_MS},
      (SELECT max(live_until_ms - seen_ms) FROM gateways)) END
  FROM epochs
  HAVING NOT EXISTS (SELECT 1 FROM (SELECT 1) AS asked ${LAST} WHERE last.server = ${SERVER} AND last.timeline = ${TIMELINE})
  ON CONFLICT (number) DO NOTHING`

/** Who was live when any gateway was last seen is waited for a full term from now, and has yet to say what it has. */
const START_OVER = `
  UPDATE gateways SET sequence = 0, live_until_ms = CAST(? AS BIGINT) + live_until_ms - seen_ms
  WHERE live_until_ms > seen_ms AND live_until_ms >= (SELECT max(seen_ms) FROM gateways)`

/** Begins an epoch unless somebody else just has. */
async function beginEpoch(session: SqlSession, clock: StoreClock): Promise<void> {
  const now = await clock.read(session)
  const isFirst = numberOf((await session.get('SELECT count(*) AS epochs FROM epochs'))?.epochs) === 0
  const begun = await session.run(BEGIN, randomUUID(), now, now)
  if (begun > 0 && !isFirst) await session.run(START_OVER, now)
}

/** Where an answer says that the epoch of its server has yet to begin. */
export class EpochNotBegun extends Error {}

export interface PostgresEpochsOptions {
  readonly watch: EpochWatch
  readonly clock: StoreClock
  readonly mayLoseCommits: boolean
}

export class PostgresEpochs {
  readonly #options: PostgresEpochsOptions

  constructor(options: PostgresEpochsOptions) {
    this.#options = options
  }

  /** Opens a transaction by the text given and answers of which epoch it is. Throws where nothing of it must be used. */
  async open(session: PostgresSession, begin: string): Promise<Epoch> {
    const epoch = await this.#read(session, begin)
    if (epoch) return this.admit(epoch)
    await session.query('ROLLBACK; BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE')
    await beginEpoch(session, this.#options.clock)
    await session.query('COMMIT')
    const begun = await this.#read(session, begin)
    if (!begun) throw new EpochNotBegun('the epoch of this server did not begin')
    return this.admit(begun)
  }

  /** An answer of that epoch has come; it again, where it may be used. Throws OtherPrimary. */
  admit(epoch: Epoch): Epoch {
    this.#options.watch.admit(epoch)
    return epoch
  }

  /** The same for a row of `EPOCH`. Throws EpochNotBegun as well. */
  admitRow(row: SqlRow | undefined): void {
    const epoch = epochOf(row)
    if (!epoch) throw new EpochNotBegun('the epoch of this server has yet to begin')
    this.admit(epoch)
  }

  async #read(session: PostgresSession, begin: string): Promise<Epoch | undefined> {
    const [row] = await session.lastOf(`${begin}; ${EPOCH_OF_TRANSACTION}`)
    const level = textOf(row?.synchronous_commit)
    if (!this.#options.mayLoseCommits && level !== 'on' && level !== 'remote_apply')
      throw refused(`synchronous_commit is ${level}: a crash would lose what was answered; set it to on`)
    return epochOf(row)
  }
}
