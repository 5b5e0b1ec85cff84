/** D5: the PostgreSQL server is killed again and again, while flags are set and messages come. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { instantOf } from '../../../src/core/device/device.ts'
import { deviceKey } from '../../../test/support/plans.ts'
import { restrict } from '../../../test/support/restrict.ts'
import { deviceOf, readOf } from '../messages.ts'
import { type OnPostgres, onPostgres } from '../on-postgres.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { msUntil, PATIENCE_MS } from '../served-gateway.ts'

const CLEAR = deviceOf(900_000)

/** The postmaster gets SIGKILL, and is started again once its children have gone. */
export async function killedServer(scope: ProbeScope): Promise<Seen> {
  const place = await onPostgres(scope)
  const gateway = await place.startGateway({ settings: ['flags.index=false'] })
  const acknowledged: string[] = []
  const backMs: number[] = []
  const cycles = scope.isQuick ? 2 : 10
  for (let cycle = 0; cycle < cycles; cycle++) {
    const before = acknowledged.length
    const writing = setFlags(place, cycle, acknowledged)
    await msUntil(PATIENCE_MS, () => acknowledged.length > before)
    await pause(Math.random() * 150)
    await killAndStart(place)
    await writing
    const ms = await msUntil(PATIENCE_MS, async () => (await gateway.send(readOf(CLEAR))).status === 204)
    backMs.push(ms ?? Number.POSITIVE_INFINITY)
  }
  const lost = await missing(place, acknowledged)
  const slowest = Math.max(...backMs)
  return {
    holds: lost === 0 && acknowledged.length >= cycles && Number.isFinite(slowest),
    figure: `${cycles} kills: ${lost} of ${acknowledged.length} acknowledged flags lost, gateway back at most ${(slowest / 1_000).toFixed(1)} s after the server`,
  }
}

/** Sets flags of ever other Devices until the server is gone. */
async function setFlags({ store }: OnPostgres, cycle: number, acknowledged: string[]): Promise<void> {
  for (let count = 0; ; count++) {
    const eui = deviceOf(cycle * 10_000 + count)
    try {
      await restrict(store, [deviceKey(eui)], instantOf(0))
      acknowledged.push(eui)
    } catch {
      return
    }
  }
}

async function killAndStart({ server, connection, run }: OnPostgres): Promise<void> {
  const { rows } = await run('SELECT pid FROM pg_stat_activity')
  const data = join(String(connection.host), '../data/postmaster.pid')
  process.kill(Number(readFileSync(data, 'utf8').split('\n')[0]), 'SIGKILL')
  await msUntil(PATIENCE_MS, () => !rows.some(({ pid }: { pid: number }) => existsSync(`/proc/${pid}`)))
  await server.crash()
}

async function missing({ store }: OnPostgres, acknowledged: readonly string[]): Promise<number> {
  let lost = 0
  for (const eui of acknowledged) {
    const history = await store.restrictionHistory(deviceKey(eui))
    if (history.length === 0) lost++
  }
  return lost
}
