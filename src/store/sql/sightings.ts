/** When prepayment traffic of a Device was last seen. */
import type { Instant } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import { columnOfKey, timeOf } from './columns.ts'
import type { SqlSession } from './session.ts'

/** Events may come out of order; the latest counts. */
const NOTE = `
  INSERT INTO prepayment_sightings (device_key, at_ms) VALUES (?, ?)
  ON CONFLICT (device_key) DO UPDATE SET at_ms = excluded.at_ms
  WHERE prepayment_sightings.at_ms < excluded.at_ms`

const LAST = 'SELECT at_ms FROM prepayment_sightings WHERE device_key = ?'

export async function notePrepayment(
  session: SqlSession,
  devices: readonly DeviceKey[],
  at: Instant,
): Promise<void> {
  for (const device of devices) await session.run(NOTE, columnOfKey(device), at)
}

/** Of whichever of the Devices it was seen last; undefined when of none. */
export async function prepaymentSeenAt(
  session: SqlSession,
  devices: readonly DeviceKey[],
): Promise<Instant | undefined> {
  const times: Instant[] = []
  for (const device of devices) {
    const row = await session.get(LAST, columnOfKey(device))
    if (row) times.push(timeOf(row.at_ms))
  }
  return times.sort((one, other) => other - one)[0]
}
