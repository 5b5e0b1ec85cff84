/** Merging what an import has staged into the inventory: a few statements over all rows. */
import type { Instant } from '../../core/device/device.ts'
import type { Registration } from '../../core/restriction/restriction.ts'
import type { ImportTouched } from '../inventory-import.ts'
import { textOf } from './columns.ts'
import type { Head } from './head.ts'
import { DEVICES, keepPlacements, REGISTRATIONS, REPLACE_DEVICE, REPLACE_REGISTRATION } from './inventory.ts'
import type { SqlSession } from './session.ts'
import type { SqlTable } from './sql-table.ts'

/** The last staged row for each key of a table, of rows that fulfil a condition. */
const latest = (
  { columns, key, name }: Pick<SqlTable<unknown>, 'columns' | 'key' | 'name'>,
  condition: string,
) => `(
  SELECT ${columns} FROM (
    SELECT ${columns}, row_number() OVER (PARTITION BY ${key} ORDER BY place DESC) AS newness
    FROM staged_${name} WHERE ${condition}) AS numbered
  WHERE newness = 1)`

const latestDevices = (keys: string) => latest(DEVICES, `device_key IN (${keys})`)

/** Devices of which any row says what the store does not say. */
const NEWS = 'SELECT device_key FROM staged_devices WHERE is_known = 0'

/** Where any row says something new of the meter point. */
const LATEST_REGISTRATIONS = latest(
  REGISTRATIONS,
  'mpxn IN (SELECT mpxn FROM staged_registrations WHERE is_known = 0)',
)

const isOther = (fresh: string) =>
  `(devices.type, devices.hub_key, devices.mpxn) IS DISTINCT FROM (${fresh}.type, ${fresh}.hub_key, ${fresh}.mpxn)`

/** Few as a rule: found by one look at each row, so that only their rows have to be put in order. */
const MAY_CHANGE = `
  SELECT staged.device_key FROM staged_devices AS staged
  JOIN devices ON devices.device_key = staged.device_key
  WHERE staged.is_known = 0 AND ${isOther('staged')}
  UNION
  SELECT flags.device_key FROM flags
  WHERE NOT EXISTS (SELECT 1 FROM devices WHERE devices.device_key = flags.device_key)`

/** Devices that gateways may hold as known or Restricted, and whose record changes. */
const ADD_CHANGES = `
  INSERT INTO changes (sequence, device_key, restriction_id, recorded_ms)
  SELECT CAST(? AS BIGINT) + row_number() OVER (ORDER BY fresh.device_key), fresh.device_key, NULL, CAST(? AS BIGINT)
  FROM ${latestDevices(MAY_CHANGE)} AS fresh
  LEFT JOIN devices ON devices.device_key = fresh.device_key
  WHERE devices.device_key IS NULL OR ${isOther('fresh')}`

const MERGE_DEVICES = `
  INSERT INTO devices (${DEVICES.columns}, version)
  SELECT ${DEVICES.fields.columns.map(({ name }) => `fresh.${name}`)}, coalesce(own.sequence, CAST(? AS BIGINT))
  FROM ${latestDevices(NEWS)} AS fresh
  LEFT JOIN (SELECT sequence, device_key FROM changes WHERE sequence > ?) AS own
    ON own.device_key = fresh.device_key
  WHERE true ${REPLACE_DEVICE}`

/** From any staged row that says something new: one that a later row takes back keeps a placement that never ended. */
const KEEP_PLACEMENTS = keepPlacements(
  'staged',
  `staged_devices AS staged JOIN devices ON devices.device_key = staged.device_key AND staged.is_known = 0`,
)

const MERGE_REGISTRATIONS = `
  INSERT INTO registrations (${REGISTRATIONS.columns})
  SELECT ${REGISTRATIONS.columns} FROM ${LATEST_REGISTRATIONS} AS fresh WHERE true ${REPLACE_REGISTRATION}`

const OPEN = 'is_closed = 0 AND (until_ms IS NULL OR until_ms > ?)'

/** Open flags near a Device whose version is past a change. */
const TOUCHED_RESTRICTIONS = `
  SELECT id FROM restrictions WHERE ${OPEN} AND id IN (
    SELECT members.restriction_id FROM members JOIN devices ON devices.device_key = members.device_key
    WHERE devices.version > ?
    UNION
    SELECT flagged.id FROM restrictions AS flagged JOIN devices ON devices.mpxn = flagged.mpxn
    WHERE devices.version > ?
    UNION
    SELECT flagged.id FROM restrictions AS flagged
    JOIN devices AS meter ON meter.device_key = flagged.meter_key
    JOIN devices ON devices.hub_key = meter.hub_key
    WHERE devices.version > ?)
  ORDER BY id`

const TOUCHED_METER_POINTS = `
  SELECT DISTINCT mpxn FROM restrictions
  WHERE ${OPEN} AND mpxn IN (SELECT mpxn FROM staged_registrations WHERE is_known = 0) ORDER BY mpxn`

/** Merges the Devices; answers how many are new or changed. */
export async function mergeDevices(session: SqlSession, head: Head, now: Instant): Promise<number> {
  const before = head.sequence
  const own = await session.run(ADD_CHANGES, before, now)
  await session.run(KEEP_PLACEMENTS, now)
  const merged = await session.run(MERGE_DEVICES, before + own + 1, before)
  head.skip(own, now)
  if (merged > own) await head.addChange(undefined, undefined, now)
  return merged
}

/** Merges the registrations; answers how many are new or changed. */
export function mergeRegistrations(session: SqlSession): Promise<number> {
  return session.run(MERGE_REGISTRATIONS)
}

/** Open flags near the Devices that changed after `sequence`. */
export async function touchedRestrictions(
  session: SqlSession,
  sequence: number,
  now: Instant,
): Promise<string[]> {
  const rows = await session.all(TOUCHED_RESTRICTIONS, now, sequence, sequence, sequence)
  return rows.map((row) => textOf(row.id))
}

/** Flagged meter points with staged registrations; to be asked before these are merged. */
export async function touchedMeterPoints(
  session: SqlSession,
  now: Instant,
): Promise<ImportTouched['meterPoints']> {
  const touched: { mpxn: string; before: Registration[] }[] = []
  for (const row of await session.all(TOUCHED_METER_POINTS, now)) {
    const mpxn = textOf(row.mpxn)
    touched.push({
      mpxn,
      before: await REGISTRATIONS.all(session, 'WHERE mpxn = ? ORDER BY role, from_ms', mpxn),
    })
  }
  return touched
}
