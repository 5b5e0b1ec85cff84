/** Refused connections: every one is counted, one a second of each reason is logged, with how many were not. */
import t from 'tap'
import { createLog } from '../../src/observe/log.ts'
import { Metrics } from '../../src/observe/metrics.ts'
import { Refusals } from '../../src/tls/refusals.ts'

t.test('of each reason one a second is logged, and says how many were not since the last', (t) => {
  let now = 0
  const { now: realNow } = performance
  performance.now = () => now
  t.teardown(() => {
    performance.now = realNow
  })
  const logged: { readonly code: string; readonly unlogged: number }[] = []
  const log = createLog({
    level: 'info',
    destination: { write: (line: string) => void logged.push(JSON.parse(line)) },
  })
  const metrics = new Metrics()
  const refusals = new Refusals('southbound.tls', log, metrics)
  for (const at of [0, 1, 999, 1_000, 1_999, 2_000, 3_000]) {
    now = at
    refusals.note('TLS_CERT_EXPIRED')
    if (at === 1) refusals.note('TLS_CERT_REVOKED')
  }
  t.match(logged, [
    { code: 'TLS_CERT_EXPIRED', unlogged: 0 },
    { code: 'TLS_CERT_REVOKED', unlogged: 0 },
    { code: 'TLS_CERT_EXPIRED', unlogged: 2 },
    { code: 'TLS_CERT_EXPIRED', unlogged: 1 },
    { code: 'TLS_CERT_EXPIRED', unlogged: 0 },
  ])
  t.equal(logged.length, 5)
  t.same(metrics.totals('duisgate_tls_refused_total', 'reason'), { TLS_CERT_EXPIRED: 7, TLS_CERT_REVOKED: 1 })
  t.end()
})
