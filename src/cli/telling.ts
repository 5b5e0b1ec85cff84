/** The notifier of a configuration: partners, their webhooks, and how patiently they are told. */
import type { Config } from '../config/config.ts'
import type { Table } from '../core/policy/table.ts'
import { Notifier } from '../notices/notifier.ts'
import { type Pushing, partnersOf } from '../notices/partners.ts'
import { systemClock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import type { LateStore } from '../store/late-store.ts'
import type { SqlStore } from '../store/sql/sql-store.ts'
import { regionsOfCsp } from './regions.ts'

/** Another process takes a lane over so long after this one was killed. */
const LEASE_MS = 3_000

const BACK_OFF = { firstMs: 1_000, mostMs: 15 * 60_000 }

/** A partner that is back is found within half a minute. */
const DOWN_BACK_OFF = { firstMs: 500, mostMs: 30_000 }

/** Who is sent notices. */
export function pushingOf({ notices }: Pick<Config, 'notices'>): Pushing {
  return { isOn: notices.isOn, webhooks: notices.partners }
}

/** A notifier that has yet to be started. */
export function notifierOf(
  config: Config,
  store: LateStore<SqlStore>,
  table: () => Table,
  log: Logger,
): Notifier {
  const { isOn, partners: webhooks, source, ...limits } = config.notices
  return new Notifier({
    ...{ store, source, table, log, clock: systemClock, leases: () => store.opened },
    partners: partnersOf(config.parties, regionsOfCsp(config), pushingOf(config)),
    webhooks: isOn ? webhooks : [],
    limits: { ...limits, leaseMs: LEASE_MS, backOff: BACK_OFF, downBackOff: DOWN_BACK_OFF },
  })
}
