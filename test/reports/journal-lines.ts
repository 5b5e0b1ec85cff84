/** Lines of a journal as a gateway writes them, and the folder they lie in. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JournalRecord } from '../../src/core/journal/journal-record.ts'
import type { DecisionId } from '../../src/gateway/decision-id.ts'

export type Said = Partial<JournalRecord> & Pick<JournalRecord, 'time' | 'kind' | 'codes' | 'devices'>

/** A record with everything that is not said as in a message that was let through. */
export function recordWith(said: Said): JournalRecord {
  const isSouth = said.kind === 'service-request'
  return {
    decision: randomBytes(16).toString('base64url') as DecisionId,
    direction: isSouth ? 'southbound' : 'northbound',
    part: 'message',
    deviceCount: said.devices.length,
    user: undefined,
    requestId: undefined,
    responseCode: undefined,
    replyCode: undefined,
    hasData: undefined,
    paymentMode: undefined,
    deviceTypes: undefined,
    verdict: 'forward',
    rule: 'some-row',
    class: 'configuration',
    tableRevision: undefined,
    flag: 'clear',
    flagDevice: undefined,
    flagVersion: undefined,
    flagAgeMs: 10,
    inFlight: undefined,
    events: [],
    alarms: [],
    shadow: undefined,
    bytes: 1_000,
    outcome: 'forwarded',
    fault: undefined,
    status: 200,
    peerStatus: 200,
    substitute: undefined,
    ms: { total: 2, hold: 0.2, decide: 0.1, peer: 1.5 },
    ...said,
  }
}

/** The text of a file with these records. */
export function linesOf(records: readonly JournalRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('')
}

/** Writes journal files, `texts` by name. */
export function writeJournal(folder: string, texts: Readonly<Record<string, string>>): string {
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text)
  return folder
}

/** Numbers from 0 to under 1 that are the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}
