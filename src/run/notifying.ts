/** The notifier of a configuration: partners, their webhooks, and how patiently they are told. */

import type { Dispatcher } from 'undici'
import type { Config } from '../config/config.ts'
import type { Table } from '../core/policy/table.ts'
import { Notifier } from '../notices/notifier.ts'
import { type Pushing, partnersOf } from '../notices/partners.ts'
import type { TlsDispatcherOptions } from '../notices/tls-dispatcher.ts'
import { systemClock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import type { SqlStore } from '../store/sql/sql-store.ts'
import { TlsDialer } from '../tls/dialer.ts'
import type { TlsMaterial } from '../tls/material.ts'
import { regionsOfCsp } from './rules-and-parties.ts'

/** Another process takes a lane over so long after this one was killed. */
const LEASE_MS = 3_000

const BACK_OFF = { firstMs: 1_000, mostMs: 15 * 60_000 }

/** A partner that is back is found within half a minute. */
const DOWN_BACK_OFF = { firstMs: 500, mostMs: 30_000 }

/** Who is sent notices. */
export function pushingOf({ notices }: Pick<Config, 'notices'>): Pushing {
  return { isOn: notices.isOn, webhooks: notices.partners }
}

export interface NotifierParts {
  readonly config: Config
  readonly store: SqlStore
  /** The table in force. */
  readonly table: () => Table
  /** Towards partners; undefined: a partner's certificate comes from a public CA and is shown none. */
  readonly tls: TlsMaterial | undefined
  readonly log: Logger
}

/** A notifier that has yet to be started. */
export function notifierOf({ config, store, table, tls, log }: NotifierParts): Notifier {
  const { isOn, partners: webhooks, source, tls: _, ...limits } = config.notices
  const dialer = tls && new TlsDialer({ material: tls, log })
  const { concurrency: connections, timeoutMs: connectMs } = limits
  return new Notifier({
    ...{ store, source, table, log, clock: systemClock, leases: store },
    partners: partnersOf(config.parties, regionsOfCsp(config), pushingOf(config)),
    webhooks: isOn ? webhooks : [],
    limits: { ...limits, leaseMs: LEASE_MS, backOff: BACK_OFF, downBackOff: DOWN_BACK_OFF },
    ...(dialer && { dispatcherOf: () => dispatcherOf({ dialer, connections, connectMs }) }),
  })
}

async function dispatcherOf(options: TlsDispatcherOptions): Promise<Dispatcher> {
  const { tlsDispatcher } = await import('../notices/tls-dispatcher.ts')
  return tlsDispatcher(options)
}
