/** The outbox taken out, and the last notified states of Devices. */
import type { Instant } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import { type FlagEntry, type LastNotified, nextPhaseAt } from '../../core/notice/next-notice.ts'
import type { OutboxChanges } from '../notice-store.ts'
import {
  columnOfKey,
  isYes,
  key,
  keyOf,
  number,
  optional,
  record,
  text,
  textOf,
  time,
  yesNo,
} from './columns.ts'
import { INSERT_FLAG_NEWS, NEWS_ONCE } from './flag-news.ts'
import { FLAG, GREATEST_KEY, LEAST_KEY } from './flags.ts'
import { SqlGroup } from './group.ts'
import { marks, SqlTable } from './sql-table.ts'
import { TASKS } from './tasks.ts'

const FLAG_NEWS = record<FlagEntry>({
  device: key('device_key'),
  hub: optional(key('hub_key')),
  region: optional(text('region')),
  restriction: FLAG,
  isClosed: yesNo('is_closed'),
  at: time('at_ms'),
})
const OLDEST_FLAG_NEWS = 'SELECT * FROM flag_news ORDER BY sequence, device_key LIMIT ?'
const DROP_FLAG_NEWS = 'DELETE FROM flag_news WHERE sequence = ? AND device_key = ?'

/** IDs begin with the time they were given out, so the oldest come first. */
const TASK_NEWS = `
  SELECT tasks.*, restrictions.meter_key FROM task_news
  JOIN tasks ON tasks.id = task_news.task_id JOIN restrictions ON restrictions.id = tasks.restriction_id
  ORDER BY task_id LIMIT ?`

const TOLD = new SqlTable(
  'told',
  'device_key, party',
  record<LastNotified>({
    party: text('party'),
    device: key('device_key'),
    hub: optional(key('hub_key')),
    region: optional(text('region')),
    restriction: FLAG,
    phase: text('phase'),
    count: number('notices'),
  }),
)

const PUT_TOLD = `
  INSERT INTO told (${TOLD.columns}, due_ms) VALUES (${marks(TOLD.fields.columns)}, ?)
  ${TOLD.replace}, due_ms = excluded.due_ms`

const HAS_NEWS = `
  SELECT CASE WHEN EXISTS (SELECT 1 FROM flag_news) OR EXISTS (SELECT 1 FROM task_news)
    OR EXISTS (SELECT 1 FROM told WHERE due_ms IS NOT NULL AND due_ms <= ?)
    OR EXISTS (SELECT 1 FROM schedules WHERE dark_ms IS NOT NULL AND dark_ms <= ?) THEN 1 ELSE 0 END AS has_news`

/** The next Devices with a flag, in the order of signed keys. */
const FLAGGED = `
  SELECT device_key FROM flags WHERE device_key >= ? AND from_ms IS NOT NULL ORDER BY device_key LIMIT ?`

const ANNOUNCE = `
  ${INSERT_FLAG_NEWS} WHERE flags.device_key BETWEEN ? AND ? AND flags.from_ms IS NOT NULL ${NEWS_ONCE}`

export class SqlOutbox extends SqlGroup implements OutboxChanges {
  async hasEntries(now: Instant) {
    return isYes((await this.session.get(HAS_NEWS, now, now))?.has_news)
  }

  async partners() {
    return textOf((await this.session.get('SELECT partners FROM notice_head WHERE id = 1'))?.partners)
  }

  async keepPartners(text: string) {
    await this.session.run('UPDATE notice_head SET partners = ? WHERE id = 1', text)
  }

  async takeFlagEntries(limit: number) {
    const rows = await this.session.all(OLDEST_FLAG_NEWS, limit)
    for (const { sequence = null, device_key = null } of rows)
      await this.session.run(DROP_FLAG_NEWS, sequence, device_key)
    return rows.map(FLAG_NEWS.read)
  }

  async takeTaskEntries(limit: number) {
    const rows = await this.session.all(TASK_NEWS, limit)
    for (const row of rows) await this.session.run('DELETE FROM task_news WHERE task_id = ?', textOf(row.id))
    return rows.map((row) => ({ task: TASKS.fields.read(row), meter: keyOf(row.meter_key) }))
  }

  lastNotifiedOf(device: DeviceKey) {
    return TOLD.all(this.session, 'WHERE device_key = ? ORDER BY party', columnOfKey(device))
  }

  /** The longest overdue first. */
  notifiedDue(now: Instant, limit: number) {
    return TOLD.all(
      this.session,
      'WHERE due_ms IS NOT NULL AND due_ms <= ? ORDER BY due_ms LIMIT ?',
      now,
      limit,
    )
  }

  async keepLastNotified(notified: LastNotified) {
    await this.session.run(PUT_TOLD, ...TOLD.values(notified), nextPhaseAt(notified) ?? null)
  }

  async announceFlags(limit: number, after?: DeviceKey) {
    const now = await this.now()
    const start = after === undefined ? LEAST_KEY : columnOfKey(after) + 1n
    if (start > GREATEST_KEY) return undefined
    const last = (await this.session.all(FLAGGED, start, limit)).at(-1)
    if (!last) return undefined
    const key = keyOf(last.device_key)
    await this.session.run(ANNOUNCE, this.head.sequence, now, start, columnOfKey(key))
    return key
  }
}
