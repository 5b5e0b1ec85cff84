/** The table of DCC schedules, as a step of the schema. */
import type { SqlDialect } from './session.ts'

/**
 * Without a device_key: a schedule that was deleted before anybody told of its creation. dark_ms is when its owner is to be
 * told, told_ms the start of the flag that the owner was told of.
 */
export function scheduleTables({ int, text, tableEnd }: SqlDialect): readonly string[] {
  return [
    `ALTER TABLE traffic_events ADD COLUMN schedule_id ${text}`,
    `ALTER TABLE traffic_events ADD COLUMN schedule_until_ms ${int}`,
    `CREATE TABLE schedules (
      schedule_id ${text} PRIMARY KEY,
      device_key ${int},
      owner_key ${int},
      srvs ${text} NOT NULL,
      created_ms ${int} NOT NULL,
      until_ms ${int},
      dark_ms ${int},
      told_ms ${int}
    )${tableEnd}`,
    'CREATE INDEX schedules_by_device ON schedules (device_key) WHERE device_key IS NOT NULL',
    'CREATE INDEX schedules_going_dark ON schedules (dark_ms) WHERE dark_ms IS NOT NULL',
  ]
}
