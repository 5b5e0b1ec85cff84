/** What is taken or answered once only: traffic events, and requests with an Idempotency-Key. */
import type { Instant } from '../../core/device/device.ts'
import { formatEui64, parseEui64 } from '../../core/duis/eui64.ts'
import type { HomeFacts } from '../../core/duis/facts.ts'
import type { TrafficEvent } from '../../core/restriction/restriction.ts'
import {
  columnOfKey,
  jsonOf,
  optionalKeyOf,
  optionalTextOf,
  optionalTimeOf,
  textOf,
  timeOf,
} from './columns.ts'
import type { SqlRow, SqlSession } from './session.ts'

const TAKE_EVENT = `
  INSERT INTO traffic_events
    (decision, event, at_ms, codes, devices, user_key, request_id, stage, schedule_id, schedule_until_ms, home)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (decision, event) DO NOTHING`

const EVENTS_OF_REQUEST =
  'SELECT * FROM traffic_events WHERE request_id = ? AND event = ? ORDER BY at_ms, decision'

/** The partial index traffic_requests_by_time has those that are looked at. */
const unansweredOf = (marks: string) => `
  SELECT * FROM traffic_events AS asked
  WHERE stage = 'requested' AND at_ms >= ? AND event IN (${marks}) AND NOT EXISTS (
    SELECT 1 FROM traffic_events AS done
    WHERE done.request_id = asked.request_id AND done.event = asked.event AND done.stage = 'done')
  ORDER BY at_ms, decision LIMIT ?`

const KEEP_ANSWER = `
  INSERT INTO idempotent_answers (party, request_key, request_hash, answer, at_ms) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (party, request_key) DO NOTHING`

const FORGET_ANSWERS = `
  DELETE FROM idempotent_answers WHERE (party, request_key) IN (
    SELECT party, request_key FROM idempotent_answers WHERE at_ms < ? ORDER BY at_ms LIMIT ?)`

/** False when this event of this decision was taken before. */
export async function takeTrafficEvent(session: SqlSession, event: TrafficEvent): Promise<boolean> {
  const { decision, event: name, at, codes, devices, user, requestId, stage } = event
  const lists = [JSON.stringify(codes), JSON.stringify(devices.map(formatEui64))]
  const userKey = user === undefined ? null : columnOfKey(user)
  const request = [requestId ?? null, stage ?? null]
  const schedule = [event.scheduleId ?? null, event.scheduleUntil ?? null]
  const values = [...lists, userKey, ...request, ...schedule, textOfHome(event.home)]
  return (await session.run(TAKE_EVENT, decision, name, at, ...values)) > 0
}

/** What was taken of one request and its answers, oldest first. */
export async function trafficEventsOf(
  session: SqlSession,
  requestId: string,
  event: string,
): Promise<TrafficEvent[]> {
  return (await session.all(EVENTS_OF_REQUEST, requestId, event)).map(trafficEventOf)
}

/** Requests taken of these events at `since` or later whose answer was not. */
export async function unansweredRequests(
  session: SqlSession,
  events: readonly string[],
  since: Instant,
  limit: number,
): Promise<TrafficEvent[]> {
  const text = unansweredOf(events.map(() => '?').join())
  return (await session.all(text, since, ...events, limit)).map(trafficEventOf)
}

function trafficEventOf(row: SqlRow): TrafficEvent {
  return {
    decision: textOf(row.decision),
    event: textOf(row.event),
    at: timeOf(row.at_ms),
    codes: jsonOf<string[]>(row.codes),
    devices: jsonOf<string[]>(row.devices).flatMap((eui) => parseEui64(eui) ?? []),
    user: optionalKeyOf(row.user_key),
    requestId: optionalTextOf(row.request_id),
    stage: stageOf(optionalTextOf(row.stage)),
    scheduleId: optionalTextOf(row.schedule_id),
    scheduleUntil: optionalTimeOf(row.schedule_until_ms),
    home: homeOf(optionalTextOf(row.home)),
  }
}

function textOfHome(home: HomeFacts | undefined): string | null {
  if (!home) return null
  const swapped = Object.entries(home.swapped).map(([part, key]) => [part, formatEui64(key)])
  return JSON.stringify({ ...home, swapped: Object.fromEntries(swapped) })
}

function homeOf(text: string | undefined): HomeFacts | undefined {
  if (text === undefined) return undefined
  const home = JSON.parse(text) as Omit<HomeFacts, 'swapped'> & { readonly swapped: Record<string, string> }
  const swapped = Object.entries(home.swapped).map(([part, eui]) => [part, parseEui64(eui)])
  return { ...home, meterPoint: home.meterPoint, swapped: Object.fromEntries(swapped) }
}

function stageOf(text: string | undefined): TrafficEvent['stage'] {
  return text === 'requested' || text === 'done' ? text : undefined
}

export async function idempotentAnswer(
  session: SqlSession,
  party: string,
  key: string,
): Promise<{ requestHash: string; answer: string } | undefined> {
  const text = 'SELECT request_hash, answer FROM idempotent_answers WHERE party = ? AND request_key = ?'
  const row = await session.get(text, party, key)
  return row && { requestHash: textOf(row.request_hash), answer: textOf(row.answer) }
}

/** Keeps the first answer; a later one for the same key changes nothing. */
export async function keepIdempotentAnswer(
  session: SqlSession,
  party: string,
  key: string,
  requestHash: string,
  answer: string,
  at: Instant,
): Promise<void> {
  await session.run(KEEP_ANSWER, party, key, requestHash, answer, at)
}

/** Forgets at most `limit` answers kept before `before`, oldest first; tells how many. */
export function forgetIdempotentAnswers(
  session: SqlSession,
  before: Instant,
  limit: number,
): Promise<number> {
  return session.run(FORGET_ANSWERS, before, limit)
}
