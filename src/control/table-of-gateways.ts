/**
 * The table that gateways decide by, as the control plane shows it: its own, unless every live gateway reports another one
 * (between two readings of a configuration, or where the settings differ), of which gateways have the text kept.
 */
import type { Table } from '../core/policy/table.ts'
import type { ControlPorts } from './control-ports.ts'

/** Undefined when live gateways run only tables whose text the store does not have yet. */
export async function tableOfGateways({
  store,
  policy,
  table,
}: Pick<ControlPorts, 'store' | 'policy' | 'table'>): Promise<Table | undefined> {
  const own = table()
  const gateways = await store.read((view) => view.gateways())
  const revisions = gateways.filter(({ isLive }) => isLive).map(({ tableRevision }) => tableRevision)
  if (revisions.length === 0 || revisions.includes(own.revision)) return own
  for (const revision of new Set(revisions)) {
    const running = await policy.tableOf(revision)
    if (running) return running
  }
  return undefined
}
