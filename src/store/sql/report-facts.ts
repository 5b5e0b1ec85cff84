/** What reports ask the inventory and the flags of many Devices at once. */
import { parseDeviceType } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { FlagStep } from '../../core/report/flag-steps.ts'
import { type DeviceFacts, NOWHERE, type PastPlacement, type Placement } from '../../core/report/placement.ts'
import type { Registration } from '../../core/restriction/restriction.ts'
import { columnOfKey, key, numberOf, optional, record, text, textOf, textRead, time } from './columns.ts'
import { FLAG } from './flags.ts'
import { REGISTRATIONS } from './inventory.ts'
import type { SqlRow, SqlSession } from './session.ts'
import { keyColumns, rowsOfEach } from './sql-table.ts'

const PLACEMENT = {
  hub: optional(key('hub_key')),
  region: optional(text('region')),
  generation: optional(text('generation')),
}

const DEVICE = record<Pick<DeviceFacts, 'type' | 'mpxn' | 'placement'>>({
  type: textRead('type', parseDeviceType),
  mpxn: optional(text('mpxn')),
  placement: record<Placement>(PLACEMENT),
})

const UNKNOWN = { type: undefined, mpxn: undefined, placement: NOWHERE }

const MOVE = record<PastPlacement>({ ...PLACEMENT, until: time('until_ms') })

const STEP = record<FlagStep>({
  recordedAt: time('recorded_ms'),
  inForceAt: optional(time('in_force_ms')),
  restriction: FLAG,
})

const has = (table: string, keys: string) =>
  `EXISTS (SELECT 1 FROM ${table} WHERE ${table}.device_key IN (${keys}))`

const oneIf = (condition: string) => `CAST(CASE WHEN ${condition} THEN 1 ELSE 0 END AS BIGINT)`

/** Most Devices never had a flag and never moved: one look at each, and a second one for the others. */
const DEVICES = `
  SELECT device_key, type, mpxn, hub_key, region, generation,
    ${oneIf(`${has('flags', 'devices.device_key')} OR ${has('past_placements', 'devices.device_key')}`)} AS has_past,
    ${oneIf(has('report_sightings', 'devices.device_key, devices.hub_key'))} AS is_sighted
  FROM devices WHERE device_key IN (…)`

const MOVES = `
  SELECT device_key, until_ms, hub_key, region, generation FROM past_placements
  WHERE device_key IN (…) ORDER BY until_ms`

const STEPS = `
  SELECT flag_history.device_key, from_ms, until_ms, recorded_ms, (
    SELECT at_ms FROM confirmations WHERE through >= flag_history.sequence ORDER BY through LIMIT 1) AS in_force_ms
  FROM flag_history JOIN changes ON changes.sequence = flag_history.sequence
  WHERE flag_history.device_key IN (…) ORDER BY flag_history.sequence`

/** The last of them last. */
const KEEPERS = `
  SELECT members.device_key, coalesce(on_behalf_of, set_by_party) AS keeper
  FROM members JOIN restrictions ON restrictions.id = members.restriction_id
  WHERE members.device_key IN (…) ORDER BY members.from_ms, restrictions.id`

/** One for each key, in the order asked. */
export async function deviceFacts(session: SqlSession, keys: readonly DeviceKey[]): Promise<DeviceFacts[]> {
  const columns = keyColumns(keys)
  const known = new Map((await rowsOfEach(session, DEVICES, columns)).map((row) => [row.device_key, row]))
  const withPast = columns.filter((column) => hasPast(known.get(column)))
  const moves = byDevice(await rowsOfEach(session, MOVES, withPast))
  const keepers = new Map(
    (await rowsOfEach(session, KEEPERS, withPast)).map((row) => [row.device_key, textOf(row.keeper)]),
  )
  const steps = byDevice(await rowsOfEach(session, STEPS, withPast))
  return keys.map((key) => {
    const column = columnOfKey(key)
    const row = known.get(column)
    return {
      key,
      ...(row ? DEVICE.read(row) : UNKNOWN),
      moves: (moves.get(column) ?? []).map(MOVE.read),
      flag: (steps.get(column) ?? []).map(STEP.read),
      keeper: keepers.get(column),
      isSighted: row === undefined || numberOf(row.is_sighted) === 1,
    }
  })
}

export async function registrationsOfEach(
  session: SqlSession,
  mpxns: readonly string[],
): Promise<Registration[]> {
  return (
    await rowsOfEach(session, `${REGISTRATIONS.select} WHERE mpxn IN (…) ORDER BY mpxn, role, from_ms`, mpxns)
  ).map(REGISTRATIONS.fields.read)
}

/** A Device that the inventory does not know may have a flag all the same. */
function hasPast(row: SqlRow | undefined): boolean {
  return row === undefined || numberOf(row.has_past) === 1
}

/** Few Devices have any: a map only for those. */
function byDevice(rows: readonly SqlRow[]): Map<SqlRow[string], SqlRow[]> {
  return Map.groupBy(rows, (row) => row.device_key)
}
