/** DCC schedules: which are live, and whose owner is to be told that one has gone dark. */
import type { Instant, Restriction } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import { phaseOf } from '../../core/notice/next-notice.ts'
import type { Schedule } from '../../core/restriction/schedule.ts'
import type { ScheduleChanges } from '../traffic-store.ts'
import { columnOfKey, json, key, optional, record, text, textOf, time, timeOf } from './columns.ts'
import { FLAGS } from './flags.ts'
import { SqlGroup } from './group.ts'
import { marks, SqlTable } from './sql-table.ts'

/** Of a row that has a Device: one that goes dark or is live. */
const SCHEDULES = new SqlTable(
  'schedules',
  'schedule_id',
  record<Schedule>({
    id: text('schedule_id'),
    device: key('device_key'),
    owner: key('owner_key'),
    srvs: json('srvs'),
    createdAt: time('created_ms'),
    until: optional(time('until_ms')),
  }),
)

const PUT = `${SCHEDULES.insert} ${SCHEDULES.replace}, dark_ms = NULL, told_ms = NULL
  WHERE schedules.created_ms < excluded.created_ms`

const END = `
  INSERT INTO schedules (schedule_id, srvs, created_ms, until_ms) VALUES (?, '[]', ?, ?)
  ON CONFLICT (schedule_id) DO UPDATE SET
    until_ms = CASE WHEN schedules.until_ms < excluded.until_ms THEN schedules.until_ms ELSE excluded.until_ms END,
    dark_ms = NULL
  WHERE schedules.created_ms <= excluded.created_ms`

const END_OF_DEVICE = `
  UPDATE schedules SET until_ms = ?, dark_ms = NULL
  WHERE device_key = ? AND created_ms <= ? AND (until_ms IS NULL OR until_ms > ?)`

const DARKEN = `
  UPDATE schedules SET dark_ms = ? WHERE device_key = ? AND (told_ms IS NULL OR told_ms <> ?)`
const LIGHTEN = 'UPDATE schedules SET dark_ms = NULL WHERE device_key = ? AND dark_ms IS NOT NULL'

const GONE_DARK = `
  SELECT * FROM schedules WHERE dark_ms IS NOT NULL AND dark_ms <= ? ORDER BY dark_ms, schedule_id LIMIT ?`
const TOLD = 'UPDATE schedules SET told_ms = dark_ms, dark_ms = NULL WHERE schedule_id = ?'

export class SqlSchedules extends SqlGroup implements ScheduleChanges {
  async live(devices: readonly DeviceKey[], now: Instant, limit: number) {
    if (devices.length === 0) return []
    const live = `WHERE device_key IN (${marks(devices)}) AND (until_ms IS NULL OR until_ms > ?)
      ORDER BY created_ms, schedule_id LIMIT ?`
    return SCHEDULES.all(this.session, live, ...devices.map(columnOfKey), now, limit)
  }

  async put(schedule: Schedule) {
    const { device } = schedule
    await this.session.run(PUT, ...SCHEDULES.values(schedule))
    const flag = await FLAGS.find(this.session, 'WHERE device_key = ?', columnOfKey(device))
    await this.darken(device, flag?.restriction)
  }

  async end(id: string, at: Instant) {
    await this.session.run(END, id, at, at)
  }

  async endOf(device: DeviceKey, at: Instant, owner?: DeviceKey) {
    const values = [at, columnOfKey(device), at, at]
    if (owner === undefined) await this.session.run(END_OF_DEVICE, ...values)
    else await this.session.run(`${END_OF_DEVICE} AND owner_key = ?`, ...values, columnOfKey(owner))
  }

  async darken(device: DeviceKey, restriction: Restriction | undefined) {
    const key = columnOfKey(device)
    if (restriction && phaseOf(restriction, await this.now()) !== 'none')
      await this.session.run(DARKEN, restriction.from, key, restriction.from)
    else await this.session.run(LIGHTEN, key)
  }

  async takeDark(now: Instant, limit: number) {
    const rows = await this.session.all(GONE_DARK, now, limit)
    for (const row of rows) await this.session.run(TOLD, textOf(row.schedule_id))
    return rows
      .map((row) => ({ schedule: SCHEDULES.fields.read(row), darkAt: timeOf(row.dark_ms) }))
      .filter(({ schedule: { until } }) => until === undefined || until > now)
  }
}
