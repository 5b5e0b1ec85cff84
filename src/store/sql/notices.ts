/** Notices as rows: what there is, what may go out, and what became of it. */
import type { Instant } from '../../core/device/device.ts'
import type { Notice, NoticeDraft } from '../../core/notice/notice.ts'
import type { Attempted, DueFirst, NoticeChanges, NoticeFilter } from '../notice-store.ts'
import {
  columnOfKey,
  computed,
  isYes,
  json,
  key,
  number,
  numberOf,
  optional,
  optionalTimeOf,
  record,
  text,
  textOf,
  time,
} from './columns.ts'
import { SqlGroup } from './group.ts'
import { Conditions, numericCursor, SqlTable } from './sql-table.ts'

/** The notice of the Device just before was given up. */
const IS_AFTER_GAP = `
  coalesce((SELECT CASE WHEN before.state = 'dead' THEN 1 ELSE 0 END FROM notices AS before
    WHERE before.party = notices.party AND before.device_key = notices.device_key AND before.place < notices.place
      AND before.state IN ('waiting', 'dead')
      AND before.number = notices.number - 1), 0)`

const NOTICES = new SqlTable(
  'notices',
  'place',
  record<Notice>({
    id: text('id'),
    place: number('place'),
    party: text('party'),
    device: optional(key('device_key')),
    number: number('number'),
    kind: text('kind'),
    content: json('content'),
    createdAt: time('created_ms'),
    state: text('state'),
    attempts: number('attempts'),
    refusals: number('refusals'),
    nextAt: time('next_ms'),
    problem: optional(text('problem')),
    settledAt: optional(time('settled_ms')),
    isAfterGap: computed('is_after_gap', IS_AFTER_GAP, isYes),
  }),
)

const NEXT_PLACE = 'UPDATE notice_head SET place = place + 1 WHERE id = 1'
const PLACE = 'SELECT place FROM notice_head WHERE id = 1'

const LANES = `
  SELECT party, sum(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END) AS waiting,
    sum(CASE WHEN state = 'dead' THEN 1 ELSE 0 END) AS dead,
    min(CASE WHEN state = 'waiting' THEN created_ms END) AS since_ms
  FROM notices WHERE state IN ('waiting', 'dead') GROUP BY party ORDER BY party`

const EARLIER =
  "earlier.party = notices.party AND earlier.place < notices.place AND earlier.state = 'waiting'"

const DUE = `
  WHERE party = ? AND state = 'waiting' AND next_ms <= ?
    AND NOT EXISTS (
      SELECT 1 FROM notices AS earlier WHERE ${EARLIER} AND earlier.device_key = notices.device_key)
    AND (device_key IS NOT NULL OR NOT EXISTS (SELECT 1 FROM notices AS earlier WHERE ${EARLIER}))`

const FIRST: Readonly<Record<DueFirst, string>> = { oldest: 'place', 'least-tried': 'attempts, place' }

const NEXT_AT = "SELECT min(next_ms) AS next_ms FROM notices WHERE party = ? AND state = 'waiting'"

const RECORD = `
  UPDATE notices SET state = ?, attempts = attempts + 1, refusals = refusals + ?, next_ms = ?, problem = ?, settled_ms = ?
  WHERE id = ? AND state = 'waiting'`

/** One that is waiting is tried at once; one for fetching stays so. */
const RESEND = `
  UPDATE notices SET state = 'waiting', attempts = 0, refusals = 0, next_ms = ?, problem = NULL, settled_ms = NULL
  WHERE id = ? AND state <> 'pull'`

const LAST_DIGEST =
  "SELECT max(created_ms) AS created_ms FROM notices WHERE party = ? AND device_key IS NULL AND kind = 'digest'"

export class SqlNotices extends SqlGroup implements NoticeChanges {
  list({ party, state, device }: NoticeFilter, limit: number, after?: string) {
    const asked = new Conditions()
      .addIf('place < ?', numericCursor(after))
      .addIf('party = ?', party)
      .addIf('state = ?', state)
      .addIf('device_key = ?', device === undefined ? undefined : columnOfKey(device))
    return NOTICES.page(this.session, asked, 'place DESC', limit, (notice) => String(notice.place))
  }

  find(id: string) {
    return NOTICES.find(this.session, 'WHERE id = ?', id)
  }

  async lanes() {
    return (await this.session.all(LANES)).map((row) => ({
      party: textOf(row.party),
      waiting: numberOf(row.waiting),
      dead: numberOf(row.dead),
      waitingSince: optionalTimeOf(row.since_ms),
    }))
  }

  due(party: string, now: Instant, limit: number, first: DueFirst = 'oldest') {
    return NOTICES.all(this.session, `${DUE} ORDER BY ${FIRST[first]} LIMIT ?`, party, now, limit)
  }

  async nextAt(party: string) {
    return optionalTimeOf((await this.session.get(NEXT_AT, party))?.next_ms)
  }

  async lastDigestAt(party: string) {
    return optionalTimeOf((await this.session.get(LAST_DIGEST, party))?.created_ms)
  }

  /** Gives the draft the next place. One that is only fetched counts as settled from the start. */
  async add(draft: NoticeDraft) {
    await this.session.run(NEXT_PLACE)
    const place = numberOf((await this.session.get(PLACE))?.place)
    const { createdAt, state } = draft
    const fresh = { attempts: 0, refusals: 0, nextAt: createdAt, problem: undefined, isAfterGap: false }
    const notice = { ...draft, ...fresh, place, settledAt: state === 'pull' ? createdAt : undefined }
    await this.session.run(NOTICES.insert, ...NOTICES.values(notice))
  }

  async recordAttempts(attempts: readonly Attempted[]) {
    for (const { id, state, isRefusal, nextAt, problem, at } of attempts) {
      const settledAt = state === 'waiting' ? null : at
      await this.session.run(RECORD, state, isRefusal ? 1 : 0, nextAt, problem ?? null, settledAt, id)
    }
  }

  async resend(id: string, now: Instant) {
    return (await this.session.run(RESEND, now, id)) > 0
  }
}
