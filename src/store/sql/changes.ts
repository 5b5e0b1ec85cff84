/** The change sequence as the delta feed and the gateways read it. */
import type { Change } from '../control-store.ts'
import type { DeviceChange } from '../store.ts'
import { numberOf, optionalKeyOf, optionalTextOf, optionalTimeOf, timeOf } from './columns.ts'
import type { SqlRow, SqlSession } from './session.ts'

/** When the change of the row's `sequence` was in force everywhere: the first confirmation that covers it. */
export const IN_FORCE = `(
  SELECT at_ms FROM confirmations WHERE through >= sequence ORDER BY through LIMIT 1) AS in_force_ms`

/** For the data plane: the number of the last change. */
export const POSITION = 'SELECT sequence FROM head WHERE id = 1'

/** For the data plane: changes after a number, at most so many. */
export const CHANGED_SINCE = `
  SELECT sequence, device_key, recorded_ms FROM changes WHERE sequence > ? ORDER BY sequence LIMIT ?`

const CHANGES_AFTER = `
  SELECT sequence, device_key, restriction_id, recorded_ms, ${IN_FORCE}
  FROM changes WHERE sequence > ? ORDER BY sequence LIMIT ?`

export async function changesAfter(session: SqlSession, sequence: number, limit: number): Promise<Change[]> {
  return (await session.all(CHANGES_AFTER, sequence, limit)).map((row) => ({
    sequence: numberOf(row.sequence),
    device: optionalKeyOf(row.device_key),
    restriction: optionalTextOf(row.restriction_id),
    at: timeOf(row.recorded_ms),
    inForceAt: optionalTimeOf(row.in_force_ms),
  }))
}

/** A row of CHANGED_SINCE. */
export function deviceChangeOf(row: SqlRow): DeviceChange {
  return {
    sequence: numberOf(row.sequence),
    key: optionalKeyOf(row.device_key),
    recordedAt: timeOf(row.recorded_ms),
  }
}
