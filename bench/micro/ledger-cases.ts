/** What does it cost to write down what became of a message: its record, the record's line, the counters. */
import { instantOf } from '../../src/core/device/device.ts'
import { claimedCodes, type MessageFacts } from '../../src/core/duis/facts.ts'
import { decide, needsFlags } from '../../src/core/policy/decide.ts'
import type { Table } from '../../src/core/policy/table.ts'
import { newDecisionId } from '../../src/gateway/decision-id.ts'
import { messageResult } from '../../src/gateway/message-context.ts'
import { type MessageFigures, recordOf } from '../../src/gateway/record.ts'
import { Metrics } from '../../src/observe/metrics.ts'
import { CLEAR } from './clear-flag.ts'
import type { Case } from './stopwatch.ts'

const NOW = instantOf(1_760_000_000_000)

/** The cases of messages that were decided by `table` and forwarded. */
export function ledgerCases(table: Table, facts: readonly MessageFacts[]): Case[] {
  const passage = passageOf()
  const forwarded = facts.map((one) => {
    const flags = needsFlags(table, one) ? one.devices.map(() => CLEAR) : []
    return messageResult({
      outcome: 'forwarded',
      facts: one,
      verdict: decide(table, one, flags, NOW),
      peerStatus: 200,
    })
  })
  const records = forwarded.map((one) => recordOf(passage, one, table))
  const slab = Buffer.allocUnsafe(65_536)
  const metrics = new Metrics()
  return [
    caseOf('its record', forwarded, (one) => recordOf(passage, one, table)),
    caseOf('the line of the record, as bytes', records, (record) => slab.write(JSON.stringify(record))),
    caseOf('claimedCodes', facts, claimedCodes),
    caseOf('the decision ID', facts, () => newDecisionId(NOW)),
    caseOf('six counters and durations', records, ({ direction, kind, verdict, outcome }) => {
      metrics.count('duisgate_messages_total', [direction, kind, verdict ?? 'none', 'none'])
      metrics.count('duisgate_outcomes_total', [direction, outcome])
      metrics.count('duisgate_message_bytes_total', [direction], 3_212)
      metrics.time('duisgate_message_seconds', [direction, outcome], 0.002)
      metrics.time('duisgate_decision_seconds', [direction], 0.000_01)
      metrics.count('duisgate_alarms_total', ['kinds-disagree'])
    }),
  ]
}

function passageOf(): MessageFigures {
  return {
    decision: newDecisionId(NOW),
    arrivedAt: NOW,
    direction: 'southbound',
    traceparent: undefined,
    bytes: 3_212,
    spentMs: { total: 2.191, hold: 0.231, decide: 0.012, peer: 1.873 },
  }
}

function caseOf<Item>(name: string, items: readonly Item[], work: (item: Item) => unknown): Case {
  const run = (times: number) => {
    let last: unknown
    for (let time = 0; time < times; time++) for (const item of items) last = work(item)
    return last
  }
  return { name, group: 'writing down what became of a message', pieces: items.length, run }
}
