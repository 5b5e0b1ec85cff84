/** What is taken or answered once only: traffic events, and requests with an Idempotency-Key. */
import type { Instant } from '../../core/device/device.ts'
import { formatEui64 } from '../../core/duis/eui64.ts'
import type { TrafficEvent } from '../../core/restriction/restriction.ts'
import { columnOfKey, textOf } from './columns.ts'
import type { SqlSession } from './session.ts'

const TAKE_EVENT = `
  INSERT INTO traffic_events (decision, event, at_ms, codes, devices, user_key) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (decision) DO NOTHING`

const KEEP_ANSWER = `
  INSERT INTO idempotent_answers (party, request_key, request_hash, answer, at_ms) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (party, request_key) DO NOTHING`

/** False when the event of this decision was taken before. */
export async function takeTrafficEvent(session: SqlSession, event: TrafficEvent): Promise<boolean> {
  const { decision, event: name, at, codes, devices, user } = event
  const lists = [JSON.stringify(codes), JSON.stringify(devices.map(formatEui64))]
  const userKey = user === undefined ? null : columnOfKey(user)
  return (await session.run(TAKE_EVENT, decision, name, at, ...lists, userKey)) > 0
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
