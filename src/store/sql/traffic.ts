/** Traffic that means something for flags: events, each taken once, and when a Device was last seen in prepayment. */
import type { Instant } from '../../core/device/device.ts'
import { type DeviceKey, formatEui64, parseEui64 } from '../../core/duis/eui64.ts'
import type { HomeFacts } from '../../core/duis/facts.ts'
import type { TrafficEvent } from '../../core/restriction/restriction.ts'
import type { TrafficChanges } from '../traffic-store.ts'
import { column, columnOfKey, json, key, optional, record, text, textOf, time, timeOf } from './columns.ts'
import { SqlGroup } from './group.ts'
import type { SqlSession } from './session.ts'
import { marks, SqlTable } from './sql-table.ts'

const EVENT = record<TrafficEvent>({
  decision: text('decision'),
  event: text('event'),
  at: time('at_ms'),
  codes: json('codes'),
  devices: column(
    'devices',
    'text',
    (devices) => JSON.stringify(devices.map(formatEui64)),
    (devices) => (JSON.parse(textOf(devices)) as string[]).flatMap((eui) => parseEui64(eui) ?? []),
  ),
  user: optional(key('user_key')),
  requestId: optional(text('request_id')),
  stage: column('stage', 'text', (stage) => stage ?? null, stageOf),
  scheduleId: optional(text('schedule_id')),
  scheduleUntil: optional(time('schedule_until_ms')),
  home: optional(column('home', 'text', textOfHome, (home) => homeOf(textOf(home)))),
})

const EVENTS = new SqlTable('traffic_events', 'decision, event', EVENT)
const LEFT = new SqlTable('left_events', 'decision, event', EVENT)

/** The partial index traffic_requests_by_time has those that are looked at. */
const unanswered = (events: readonly string[]) => `
  WHERE stage = 'requested' AND at_ms >= ? AND event IN (${marks(events)}) AND NOT EXISTS (
    SELECT 1 FROM traffic_events AS done
    WHERE done.request_id = traffic_events.request_id AND done.event = traffic_events.event AND done.stage = 'done')
  ORDER BY at_ms, decision LIMIT ?`

/** Events may come out of order; the latest counts. */
const NOTE_PREPAYMENT = `
  INSERT INTO prepayment_sightings (device_key, at_ms) VALUES (?, ?)
  ON CONFLICT (device_key) DO UPDATE SET at_ms = excluded.at_ms
  WHERE prepayment_sightings.at_ms < excluded.at_ms`

/** Those that were left before stay as they are. */
export async function leaveEvents(session: SqlSession, events: readonly TrafficEvent[]): Promise<void> {
  for (const event of events) await LEFT.add(session, event)
}

export class SqlTraffic extends SqlGroup implements TrafficChanges {
  take(event: TrafficEvent) {
    return EVENTS.add(this.session, event)
  }

  eventsOf(requestId: string, event: string) {
    const rest = 'WHERE request_id = ? AND event = ? ORDER BY at_ms, decision'
    return EVENTS.all(this.session, rest, requestId, event)
  }

  async unanswered(events: readonly string[], since: Instant, limit: number) {
    const rest = `WHERE event IN (${marks(events)}) ORDER BY at_ms, decision LIMIT ?`
    const left = await LEFT.all(this.session, rest, ...events, limit)
    return [...left, ...(await EVENTS.all(this.session, unanswered(events), since, ...events, limit))]
  }

  left(limit: number) {
    return LEFT.all(this.session, 'ORDER BY at_ms, decision LIMIT ?', limit)
  }

  async endLeft({ decision, event }: TrafficEvent) {
    await this.session.run('DELETE FROM left_events WHERE decision = ? AND event = ?', decision, event)
  }

  async notePrepayment(devices: readonly DeviceKey[], at: Instant) {
    for (const device of devices) await this.session.run(NOTE_PREPAYMENT, columnOfKey(device), at)
  }

  async prepaymentSeenAt(devices: readonly DeviceKey[]) {
    const times: Instant[] = []
    for (const device of devices) {
      const text = 'SELECT at_ms FROM prepayment_sightings WHERE device_key = ?'
      const row = await this.session.get(text, columnOfKey(device))
      if (row) times.push(timeOf(row.at_ms))
    }
    return times.sort((one, other) => other - one)[0]
  }
}

function textOfHome(home: HomeFacts): string {
  const swapped = Object.entries(home.swapped).map(([part, key]) => [part, formatEui64(key)])
  return JSON.stringify({ ...home, swapped: Object.fromEntries(swapped) })
}

function homeOf(text: string): HomeFacts {
  const home = JSON.parse(text) as Omit<HomeFacts, 'swapped'> & { readonly swapped: Record<string, string> }
  const swapped = Object.entries(home.swapped).map(([part, eui]) => [part, parseEui64(eui)])
  return { ...home, meterPoint: home.meterPoint, swapped: Object.fromEntries(swapped) }
}

function stageOf(text: unknown): TrafficEvent['stage'] {
  return text === 'requested' || text === 'done' ? text : undefined
}
