/** Leases, one row each. None of this locks the head: holding a lease waits for no writer. */
import type { Instant } from '../../core/device/device.ts'
import type { SqlSession } from './session.ts'

/** Who is second at the row looks at it as the first has left it. */
const HOLD = `
  INSERT INTO leases (name, holder, until_ms) VALUES (?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms
  WHERE leases.holder = excluded.holder OR leases.until_ms <= ?`

const RELEASE = 'DELETE FROM leases WHERE name = ? AND holder = ?'

/** `now` is the store's clock. */
export async function holdLease(
  session: SqlSession,
  name: string,
  holder: string,
  now: Instant,
  forMs: number,
): Promise<boolean> {
  return (await session.run(HOLD, name, holder, now + forMs, now)) > 0
}

export async function releaseLease(session: SqlSession, name: string, holder: string): Promise<void> {
  await session.run(RELEASE, name, holder)
}
