/**
 * What does it cost to write down what became of a message (its line in the journal, the counters, the safety check), and to
 * write the Response that rejects one?
 */
import type { Catalogue } from '../../src/core/catalogue/catalogue.ts'
import { instantOf } from '../../src/core/device/device.ts'
import { claimedCodes, type MessageFacts } from '../../src/core/duis/facts.ts'
import { responseDocument } from '../../src/core/duis/response-document.ts'
import { writeRecord } from '../../src/core/journal/journal-entry.ts'
import { decide, needsFlags } from '../../src/core/policy/decide.ts'
import type { Table } from '../../src/core/policy/table.ts'
import { newDecisionId } from '../../src/gateway/decision-id.ts'
import { FrequentAlerts } from '../../src/gateway/frequent-alerts.ts'
import { MessageContext, type MessageResult, messageResult } from '../../src/gateway/message-context.ts'
import { MessageEntry } from '../../src/gateway/message-entry.ts'
import { OutcomeKinds } from '../../src/gateway/outcome-kinds.ts'
import { type OutcomeRecorders, recordOutcome } from '../../src/gateway/outcome-recorders.ts'
import { recordOf } from '../../src/gateway/record.ts'
import { DEFAULT_RESPONSE_CODES, stoppedDocument } from '../../src/gateway/reject.ts'
import { SafetyCheck } from '../../src/gateway/safety-check.ts'
import type { Journal } from '../../src/journal/file-journal.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { createLog } from '../../src/observe/log.ts'
import { Metrics } from '../../src/observe/metrics.ts'
import { CLEAR } from './clear-flag.ts'
import type { Case } from './stopwatch.ts'

const NOW = instantOf(1_760_000_000_000)
const SLAB_BYTES = 65_536

/** The cases of messages that were decided by `table` and forwarded. */
export function ledgerCases(table: Table, catalogue: Catalogue, facts: readonly MessageFacts[]): Case[] {
  const forwarded = facts.map((one) => forwardedAs(table, one))
  const recorders = recordersOf(new Metrics())
  const { kinds } = recorders
  const context = contextOf()
  const slab = Buffer.allocUnsafe(SLAB_BYTES)
  const lineOf = (result: MessageResult) => {
    const kind = kinds.of('southbound', result, table)
    return new MessageEntry(context, { result, kind, table, moreAlarms: [] }).write(slab, 0)
  }
  return [
    caseOf('all of it: journal, counters, safety check', forwarded, (result) =>
      recordOutcome(recorders, contextOf(), result, { table, applied: 1 }),
    ),
    caseOf('its line, as bytes', forwarded, lineOf),
    caseOf('its record, and JSON.stringify of that', forwarded, (result) =>
      writeRecord(slab, 0, recordOf(context, result, table)),
    ),
    caseOf('claimedCodes', facts, claimedCodes),
    caseOf('the decision ID', facts, () => newDecisionId(NOW)),
    caseOf('what counts messages that ended alike', forwarded, (result) =>
      kinds.of('southbound', result, table),
    ),
    ...responseCases(catalogue, facts),
  ]
}

/** The Response as text, from its form and without. */
function responseCases(catalogue: Catalogue, facts: readonly MessageFacts[]): Case[] {
  const writer = { catalogue, responseCodes: DEFAULT_RESPONSE_CODES }
  const group = 'the Response of a rejection'
  const alone = (one: MessageFacts) => {
    const { schemaVersion, requestId, serviceReference = '4.1', serviceReferenceVariant = '4.1.1' } = one
    const named = { serviceReference, serviceReferenceVariant, responseCode: 'E5' }
    return responseDocument({ ...named, schemaVersion, requestId, at: NOW })
  }
  return [
    { ...caseOf('from its form', facts, (one) => stoppedDocument(writer, one, NOW)), group },
    { ...caseOf('written for it alone', facts, alone), group },
  ]
}

function forwardedAs(table: Table, facts: MessageFacts): MessageResult {
  const flags = needsFlags(table, facts) ? facts.devices.map(() => CLEAR) : []
  const verdict = decide(table, facts, flags, NOW)
  return messageResult({ outcome: 'forwarded', facts, verdict, peerStatus: 200 })
}

function recordersOf(metrics: Metrics): OutcomeRecorders {
  const log = createLog({ level: 'silent' })
  const safety = new SafetyCheck({ records: undefined, metrics, log, clock: systemClock })
  const frequent = new FrequentAlerts({ read: () => [] }, systemClock)
  return { journal: journalInMemory(), metrics, kinds: new OutcomeKinds(metrics), log, safety, frequent }
}

/** Takes lines as the journal does, and has no disk. */
function journalInMemory(): Journal {
  const slab = Buffer.allocUnsafe(SLAB_BYTES)
  let at = 0
  const write: Journal['write'] = (entry) => {
    at = entry.write(slab, at)
    if (at > slab.length) at = entry.write(slab, 0)
  }
  return { write, dropped: 0, waitingBytes: 0, close: async () => {} }
}

function contextOf(): MessageContext {
  const exchange = { head: { fields: ['host', 'gateway', 'content-type', 'application/xml'] } }
  const context = new MessageContext('southbound', exchange as never, systemClock)
  context.bytes = 3_212
  for (const stage of ['hold', 'decide', 'peer'] as const) context.ended(stage)
  return context
}

function caseOf<Item>(name: string, items: readonly Item[], work: (item: Item) => unknown): Case {
  const run = (times: number) => {
    let last: unknown
    for (let time = 0; time < times; time++) for (const item of items) last = work(item)
    return last
  }
  return { name, group: 'writing down what became of a message', pieces: items.length, run }
}
