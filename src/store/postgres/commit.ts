/**
 * Commits on PostgreSQL, and what becomes of one that gets no answer in time.
 *
 * Where a standby is to confirm a commit first, the server waits for it, and until then shows nobody what was written. Its own
 * time-out would end that wait and show it, unconfirmed: an old primary that nobody fenced would then go on taking changes
 * and reports. So a commit is under no time-out of the server; who asked is told after a while that the outcome is not known,
 * and the connection is kept. While the server still waits on it nothing more is written, so that one connection is held
 * for each process and not one more for each try.
 */
import type pg from 'pg'
import { commitFailureOf } from '../sql/store-failure.ts'
import { OutcomeUnknown, StoreRefused, StoreUnavailable } from '../store.ts'

/** Two statements in one go: the time-out that is set here is the next one's. */
const COMMIT = 'SET LOCAL statement_timeout = 0; COMMIT'

/** A row while the server waits on that connection for a standby. */
const WAITS_FOR_STANDBY = `SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'SyncRep'`

type Ask = (text: string, values: readonly unknown[]) => Promise<pg.QueryResult>

export class Commits {
  readonly #ask: Ask
  /** Got no answer in time, and is kept. */
  #unanswered: pg.PoolClient | undefined

  /** `ask`: one statement on another connection. */
  constructor(ask: Ask) {
    this.#ask = ask
  }

  /**
   * Commits what `client` has written; it is the caller's again unless OutcomeUnknown is thrown with `isKept`. Throws
   * OutcomeUnknown when no answer came within `timeoutMs` (undefined: for ever), or one with a warning: that is how a
   * server says that it has not waited to the end.
   */
  async commit(client: pg.PoolClient, doing: string, timeoutMs: number | undefined): Promise<void> {
    let warning: string | undefined
    const hear = ({ severity, message }: { severity?: string | undefined; message?: string | undefined }) => {
      if (severity === 'WARNING') warning ??= message
    }
    client.on('notice', hear)
    try {
      const answers = await this.#answered(client, timeoutMs)
      // A transaction in which a statement failed is rolled back by COMMIT, without an error.
      if (!isCommitted(answers)) throw new StoreRefused(doing, new Error('the transaction was rolled back'))
    } catch (error) {
      throw commitFailureOf(doing, error)
    } finally {
      client.off('notice', hear)
    }
    if (warning !== undefined) throw new OutcomeUnknown(doing, new Error(warning))
  }

  /** Whether the connection is kept here, and not the caller's any more. */
  keeps(client: pg.PoolClient): boolean {
    return this.#unanswered === client
  }

  /** To be called before anything is written. Throws StoreUnavailable while an earlier commit waits for a standby. */
  async mustBeAnswered(doing: string): Promise<void> {
    const client = this.#unanswered
    if (!client) return
    const { rows } = await this.#ask(WAITS_FOR_STANDBY, [pidOf(client)])
    if (rows.length > 0) throw new StoreUnavailable(doing, new Error(NO_STANDBY))
    this.#letGo(client)
  }

  close(): void {
    if (this.#unanswered) this.#letGo(this.#unanswered)
  }

  async #answered(client: pg.PoolClient, timeoutMs: number | undefined): Promise<Answers> {
    const answer = client.query(COMMIT) as Promise<Answers>
    if (timeoutMs === undefined) return answer
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      this.#keep(client, answer)
      late.reject(new Error(`no answer to the commit within ${timeoutMs} ms`))
    }, timeoutMs)
    return Promise.race([answer, late.promise]).finally(() => clearTimeout(timer))
  }

  #keep(client: pg.PoolClient, answer: Promise<Answers>): void {
    this.#unanswered = client
    // Without a listener a connection that breaks while nobody uses it would end the process.
    client.on('error', () => {})
    const over = () => this.#letGo(client)
    answer.then(over, over)
  }

  /** It is not used again: its last answer was not heard. */
  #letGo(client: pg.PoolClient): void {
    if (this.#unanswered !== client) return
    this.#unanswered = undefined
    client.release(true)
  }
}

/** Of several statements in one, pg answers with a list. */
type Answers = pg.QueryResult | pg.QueryResult[]

const NO_STANDBY = 'an earlier commit waits for a standby to confirm it, and none does'

function isCommitted(answers: Answers): boolean {
  return [answers].flat().at(-1)?.command === 'COMMIT'
}

/** The server's number of the connection; pg keeps it and its types do not have it. */
function pidOf(client: pg.PoolClient): unknown {
  return Reflect.get(client, 'processID')
}
