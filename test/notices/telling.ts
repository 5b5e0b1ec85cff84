/** A notifier on a real store, as quick as a test needs it. */
import type { Test } from 'tap'
import type { Partner } from '../../src/core/notice/notice.ts'
import { Notifier, type NotifierLimits, type NotifierOptions } from '../../src/notices/notifier.ts'
import type { Webhook } from '../../src/notices/webhook.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { createLog } from '../../src/observe/log.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { SECRET, type TestPartner } from './partner.ts'

export const QUICK: NotifierLimits = {
  timeoutMs: 10_000,
  concurrency: 4,
  maxRefusals: 3,
  giveUpAfterMs: 3_600_000,
  digestMs: 3_600_000,
  pollMs: 10,
  leaseMs: 3_000,
  backOff: { firstMs: 20, mostMs: 100 },
  downBackOff: { firstMs: 20, mostMs: 100 },
}

export const NORTH: Partner = {
  party: 'CSP-N',
  regions: ['North'],
  isSupplier: false,
  euis: [],
  isPushed: true,
}
export const SOUTH: Partner = {
  party: 'CSP-S',
  regions: ['South', 'Central'],
  isSupplier: false,
  euis: [],
  isPushed: true,
}

export function webhookTo(party: string, { url }: Pick<TestPartner, 'url'>): Webhook {
  return { party, url, secrets: [SECRET] }
}

export interface TellingOptions extends Partial<Omit<NotifierOptions, 'table'>> {
  readonly logged?: string[]
}

/** Starts it; it stops with the test. */
export function startTelling(t: Pick<Test, 'teardown'>, store: SqlStore, options: TellingOptions): Notifier {
  const { logged = [], ...given } = options
  const notifier = new Notifier({
    ...{ store, leases: store, partners: [NORTH, SOUTH], webhooks: [], limits: QUICK },
    ...{ source: 'urn:duisgate:test', clock: systemClock, table: () => ({ rows: [] }) },
    log: createLog({ level: 'info', destination: { write: (line) => void logged.push(line) } }),
    ...given,
  })
  t.teardown(() => notifier.stop())
  notifier.start()
  return notifier
}
