/** What the model is tried with: the faults that are put in, the rules that are taken out, and what must come of it. */

export interface ModelRun {
  /** The defines of in-force.pml. */
  readonly defines: readonly string[]
  /** What is tried, in words. */
  readonly what: string
  /**
   * - `holds`: in no order of the steps is a read let through after in force.
   * - `let-through`: in some order one is.
   * - `reached`: it comes so far that one is stopped; what holds would mean nothing otherwise.
   */
  readonly outcome: 'holds' | 'let-through' | 'reached'
  /** No longer trace is looked for; where a short one shall be found. */
  readonly depth?: number
  /** Has millions of states: `npm run model` tries it, the test only names it. */
  readonly isLarge?: boolean
}

const FAILS_OVER = 'FAILS_OVER'
const ASYNC = 'ASYNC'

/** The old primary left running, with its gateways: the trace of docs/consistency.md. */
export const UNFENCED: ModelRun = {
  defines: [FAILS_OVER, ASYNC, 'UNFENCED'],
  what: 'asynchronous replication, and the old primary left running',
  outcome: 'let-through',
  depth: 70,
}

export const RUNS: readonly ModelRun[] = [
  { defines: [], what: 'one server, every answer late or lost', outcome: 'holds' },
  { defines: ['REACHES=0'], what: 'a read is stopped', outcome: 'reached' },
  { defines: ['NO_LEASE'], what: 'a gateway trusts its cache whoever waits for it', outcome: 'let-through' },
  {
    defines: ['NO_BREAK'],
    what: 'a gateway goes on with what it held before a break',
    outcome: 'let-through',
  },
  { defines: ['REPORT_FIRST'], what: 'reporting before the cache is told', outcome: 'let-through' },
  { defines: ['KEEPS_OVERTAKEN'], what: 'a late record is kept', outcome: 'let-through' },

  { defines: ['RESTARTS'], what: 'a gateway is restarted, and its last calls come late', outcome: 'holds' },
  { defines: ['RESTARTS', 'NO_INSTANCE'], what: 'calls do not say who makes them', outcome: 'let-through' },
  { defines: ['RESTARTS', 'NO_ORDER'], what: 'a late call takes the name back', outcome: 'let-through' },
  { defines: ['TWINS', 'RESTARTS'], what: 'another host has the same gatewayId', outcome: 'holds' },
  {
    defines: ['TWINS', 'NO_INSTANCE'],
    what: 'twins, and nobody can tell them apart',
    outcome: 'let-through',
  },

  { defines: ['CLOCKS'], what: 'wall clocks behind by little or by much', outcome: 'holds' },
  { defines: ['CLOCKS', 'NO_CLOCK_BOUND'], what: 'the same, and none is too far behind', outcome: 'holds' },
  { defines: ['CLOCKS', 'OWN_CLOCK'], what: 'flags begin by the own wall clock', outcome: 'let-through' },
  { defines: ['JUMPS'], what: 'the clock of the store jumps ahead by a lease', outcome: 'holds' },
  { defines: ['JUMPS', 'JUMP=3'], what: 'it jumps ahead by a whole term', outcome: 'let-through' },

  { defines: [FAILS_OVER], what: 'fail-over with ANY 1, the old primary left running', outcome: 'holds' },
  { defines: [FAILS_OVER, 'REACHES=1'], what: 'a read is stopped in the new epoch', outcome: 'reached' },
  {
    defines: [FAILS_OVER, 'JUMPS'],
    what: 'and the clock of the store jumps ahead',
    outcome: 'holds',
    isLarge: true,
  },
  {
    defines: [FAILS_OVER, 'QUORUM_LEFT'],
    what: 'another standby still acknowledges what the old primary commits',
    outcome: 'let-through',
  },
  {
    defines: [FAILS_OVER, 'NO_EPOCH_IN_ANSWERS'],
    what: 'answers of the old primary are believed',
    outcome: 'let-through',
  },
  {
    defines: [FAILS_OVER, ASYNC],
    what: 'asynchronous replication, and fencing',
    outcome: 'holds',
    isLarge: true,
  },
  {
    defines: [FAILS_OVER, ASYNC, 'REACHES=1'],
    what: 'with it, a read is stopped in the new epoch',
    outcome: 'reached',
  },
  UNFENCED,
  { defines: [FAILS_OVER, ASYNC, 'NO_HOLD'], what: 'a new primary confirms at once', outcome: 'let-through' },
  {
    defines: [FAILS_OVER, ASYNC, 'NO_EPOCH_IN_REPORTS'],
    what: 'a sequence counts in whatever epoch it was applied',
    outcome: 'let-through',
  },
]
