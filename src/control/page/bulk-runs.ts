/**
 * Bulk files at work and their results, kept in memory for an hour. Of the file its rows that were not done are kept with them.
 *
 * A run goes on when its sender leaves. Whoever sends the same form twice finds the first run.
 */

import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { HOUR_MS } from '../../core/device/durations.ts'
import type { Actor } from '../../core/restriction/party.ts'
import type { Clock } from '../../observe/clock.ts'
import type { BulkRowResult } from '../bulk-file.ts'
import { ownerOf } from './drafts.ts'

/** What is known of a file before its rows are done. */
export interface BulkStart {
  /** Its columns, for a file of the rows that were not done. */
  readonly header: readonly string[]
  /** About as many rows as it has. */
  readonly rows: number
}

export interface BulkRun extends BulkStart {
  readonly results: readonly BulkRowResult[]
  readonly isFinished: boolean
}

class Run implements BulkRun {
  readonly owner: string
  readonly header: readonly string[]
  readonly rows: number
  readonly results: BulkRowResult[] = []
  isFinished = false

  constructor(owner: string, { header, rows }: BulkStart) {
    this.owner = owner
    this.header = header
    this.rows = rows
  }
}

/** Rows of one run, for its results are held in memory. */
export const MAX_RUN_ROWS = 50_000

/** About 200 MB when all are full of refusals. */
const MAX_RUNS = 10

export class BulkRuns {
  readonly #runs: LRUCache<string, Run>

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#runs = new LRUCache({ max: MAX_RUNS, ttl: HOUR_MS, perf: { now: () => clock.monotonicMs() } })
  }

  /** A key for a form that starts a run. */
  newKey(): string {
    return randomBytes(16).toString('base64url')
  }

  /** The run; undefined when it is another's, too old or never was. */
  find(actor: Actor, key: string): BulkRun | undefined {
    const run = this.#runs.get(key)
    return run?.owner === ownerOf(actor) ? run : undefined
  }

  /** Collects the results until there are no more. Resolves then; rejects with what broke the run off. */
  async collect(
    actor: Actor,
    key: string,
    start: BulkStart,
    results: AsyncIterable<BulkRowResult>,
  ): Promise<void> {
    const run = new Run(ownerOf(actor), start)
    this.#runs.set(key, run)
    try {
      for await (const result of results) run.results.push(result)
    } finally {
      run.isFinished = true
    }
  }
}
