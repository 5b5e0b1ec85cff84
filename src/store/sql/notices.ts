/** Notices as rows: what there is, what may go out, and what became of it. */
import type { Instant } from '../../core/device/device.ts'
import type { Notice, NoticeContent, NoticeDraft, NoticeKind, NoticeState } from '../../core/notice/notice.ts'
import type { Page } from '../control-store.ts'
import type { Attempted, DueFirst, LaneStatus, NoticeFilter } from '../notice-store.ts'
import {
  columnOfKey,
  jsonOf,
  numberOf,
  optionalKeyOf,
  optionalTextOf,
  optionalTimeOf,
  textOf,
  timeOf,
} from './columns.ts'
import { Conditions } from './conditions.ts'
import { numericCursor, pageOf } from './pages.ts'
import type { SqlRow, SqlSession } from './session.ts'

const COLUMNS = `place, id, party, device_key, number, kind, content, created_ms, state, attempts, refusals,
  next_ms, problem, settled_ms`

/** The notice of the Device just before was given up. */
const IS_AFTER_GAP = `
  coalesce((SELECT CASE WHEN before.state = 'dead' THEN 1 ELSE 0 END FROM notices AS before
    WHERE before.party = notices.party AND before.device_key = notices.device_key AND before.place < notices.place
      AND before.state IN ('waiting', 'dead')
      AND before.number = notices.number - 1), 0) AS is_after_gap`

const SELECT = `SELECT ${COLUMNS}, ${IS_AFTER_GAP} FROM notices`

const NEXT_PLACE = 'UPDATE notice_head SET place = place + 1 WHERE id = 1'
const PLACE = 'SELECT place, partners FROM notice_head WHERE id = 1'

const ADD = `
  INSERT INTO notices (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, NULL, ?)`

/** Gives the draft the next place. One that is only fetched counts as settled from the start. */
export async function addNotice(session: SqlSession, draft: NoticeDraft): Promise<void> {
  await session.run(NEXT_PLACE)
  const place = numberOf((await session.get(PLACE))?.place)
  const { id, party, device, number, kind, content, createdAt, state } = draft
  const key = device === undefined ? null : columnOfKey(device)
  const what = [number, kind, JSON.stringify(content), createdAt, state, createdAt]
  await session.run(ADD, place, id, party, key, ...what, state === 'pull' ? createdAt : null)
}

/** Newest first. */
export async function noticePage(
  session: SqlSession,
  { party, state, device }: NoticeFilter,
  limit: number,
  after: string | undefined,
): Promise<Page<Notice>> {
  const asked = new Conditions()
  asked.addIf('place < ?', after === undefined ? undefined : numericCursor(after))
  asked.addIf('party = ?', party)
  asked.addIf('state = ?', state)
  asked.addIf('device_key = ?', device === undefined ? undefined : columnOfKey(device))
  const text = `${SELECT} ${asked.where} ORDER BY place DESC LIMIT ?`
  const rows = await session.all(text, ...asked.values, limit + 1)
  return pageOf(rows.map(noticeOf), limit, (notice) => String(notice.place))
}

export async function findNotice(session: SqlSession, id: string): Promise<Notice | undefined> {
  const row = await session.get(`${SELECT} WHERE id = ?`, id)
  return row && noticeOf(row)
}

const LANES = `
  SELECT party, sum(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END) AS waiting,
    sum(CASE WHEN state = 'dead' THEN 1 ELSE 0 END) AS dead,
    min(CASE WHEN state = 'waiting' THEN created_ms END) AS since_ms
  FROM notices WHERE state IN ('waiting', 'dead') GROUP BY party ORDER BY party`

export async function noticeLanes(session: SqlSession): Promise<LaneStatus[]> {
  return (await session.all(LANES)).map((row) => ({
    party: textOf(row.party),
    waiting: numberOf(row.waiting),
    dead: numberOf(row.dead),
    waitingSince: optionalTimeOf(row.since_ms),
  }))
}

const EARLIER =
  "earlier.party = notices.party AND earlier.place < notices.place AND earlier.state = 'waiting'"

const DUE = `
  ${SELECT}
  WHERE party = ? AND state = 'waiting' AND next_ms <= ?
    AND NOT EXISTS (
      SELECT 1 FROM notices AS earlier WHERE ${EARLIER} AND earlier.device_key = notices.device_key)
    AND (device_key IS NOT NULL OR NOT EXISTS (SELECT 1 FROM notices AS earlier WHERE ${EARLIER}))`

const FIRST: Readonly<Record<DueFirst, string>> = { oldest: 'place', 'least-tried': 'attempts, place' }

export async function noticesDue(
  session: SqlSession,
  party: string,
  now: Instant,
  limit: number,
  first: DueFirst,
): Promise<Notice[]> {
  return (await session.all(`${DUE} ORDER BY ${FIRST[first]} LIMIT ?`, party, now, limit)).map(noticeOf)
}

const NEXT_AT = "SELECT min(next_ms) AS next_ms FROM notices WHERE party = ? AND state = 'waiting'"

export async function nextNoticeAt(session: SqlSession, party: string): Promise<Instant | undefined> {
  return optionalTimeOf((await session.get(NEXT_AT, party))?.next_ms)
}

const RECORD = `
  UPDATE notices SET state = ?, attempts = attempts + 1, refusals = refusals + ?, next_ms = ?, problem = ?, settled_ms = ?
  WHERE id = ? AND state = 'waiting'`

export async function recordAttempts(session: SqlSession, attempts: readonly Attempted[]): Promise<void> {
  for (const { id, state, isRefusal, nextAt, problem, at } of attempts) {
    const settledAt = state === 'waiting' ? null : at
    await session.run(RECORD, state, isRefusal ? 1 : 0, nextAt, problem ?? null, settledAt, id)
  }
}

/** One that is waiting is tried at once; one for fetching stays so. */
const RESEND = `
  UPDATE notices SET state = 'waiting', attempts = 0, refusals = 0, next_ms = ?, problem = NULL, settled_ms = NULL
  WHERE id = ? AND state <> 'pull'`

export async function resendNotice(session: SqlSession, id: string, now: Instant): Promise<boolean> {
  return (await session.run(RESEND, now, id)) > 0
}

const LAST_DIGEST =
  "SELECT max(created_ms) AS created_ms FROM notices WHERE party = ? AND device_key IS NULL AND kind = 'digest'"

export async function lastDigestAt(session: SqlSession, party: string): Promise<Instant | undefined> {
  return optionalTimeOf((await session.get(LAST_DIGEST, party))?.created_ms)
}

export async function noticePartners(session: SqlSession): Promise<string> {
  return textOf((await session.get(PLACE))?.partners)
}

export async function keepNoticePartners(session: SqlSession, text: string): Promise<void> {
  await session.run('UPDATE notice_head SET partners = ? WHERE id = 1', text)
}

function noticeOf(row: SqlRow): Notice {
  return {
    id: textOf(row.id),
    place: numberOf(row.place),
    party: textOf(row.party),
    device: optionalKeyOf(row.device_key),
    number: numberOf(row.number),
    kind: textOf(row.kind) as NoticeKind,
    content: jsonOf<NoticeContent>(row.content),
    createdAt: timeOf(row.created_ms),
    state: textOf(row.state) as NoticeState,
    attempts: numberOf(row.attempts),
    refusals: numberOf(row.refusals),
    nextAt: timeOf(row.next_ms),
    problem: optionalTextOf(row.problem),
    settledAt: optionalTimeOf(row.settled_ms),
    isAfterGap: numberOf(row.is_after_gap) === 1,
  }
}
