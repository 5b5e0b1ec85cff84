/** Answers to requests with an Idempotency-Key. */
import type { Instant } from '../../core/device/device.ts'
import type { AnswerChanges, KeptAnswer } from '../control-store.ts'
import { record, text, time } from './columns.ts'
import { SqlGroup } from './group.ts'
import { SqlTable } from './sql-table.ts'

const ANSWERS = new SqlTable(
  'idempotent_answers',
  'party, request_key',
  record<KeptAnswer>({
    party: text('party'),
    key: text('request_key'),
    requestHash: text('request_hash'),
    answer: text('answer'),
    at: time('at_ms'),
  }),
)

const FORGET = `
  DELETE FROM idempotent_answers WHERE (party, request_key) IN (
    SELECT party, request_key FROM idempotent_answers WHERE at_ms < ? ORDER BY at_ms LIMIT ?)`

export class SqlAnswers extends SqlGroup implements AnswerChanges {
  find(party: string, key: string) {
    return ANSWERS.find(this.session, 'WHERE party = ? AND request_key = ?', party, key)
  }

  async keep(answer: KeptAnswer) {
    await ANSWERS.add(this.session, answer)
  }

  forget(before: Instant, limit: number) {
    return this.session.run(FORGET, before, limit)
  }
}
