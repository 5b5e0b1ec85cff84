/** An import whose connection breaks goes on where it stopped, and tells the first failure when it cannot. */
import t, { type Test } from 'tap'
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { StoreRefused, StoreUnavailable } from '../../src/store/store.ts'
import { tryAgain } from '../../src/store/try-again.ts'
import { FaultProxy, type NetworkFault } from '../support/fault-proxy.ts'
import { startPostgres } from '../support/postgres.ts'
import { device } from './place.ts'

const server = await startPostgres()
t.teardown(() => server.stop())

const ROWS = Array.from({ length: 25_000 }, (_, low) => ({ device: device(deviceKeyOf(9, low)) }))

/** Imports through a proxy that fails from row 12,000 on, until `heals` after a failure. */
async function importThrough(t: Test, fault: NetworkFault, heals: boolean) {
  const direct = await server.database()
  const proxy = await FaultProxy.start({ path: `${direct.host}/.s.PGSQL.5432` })
  const connection = { ...direct, host: '127.0.0.1', port: proxy.port }
  const store = await openPostgresStore({ connection, mayLoseCommits: true, statementTimeoutMs: 5_000 })
  t.teardown(() => Promise.all([store.close(), proxy.close()]))
  const begunAt: number[] = []
  const failures: string[] = []
  let isBroken = false
  const source = {
    hash: 'one',
    *rows(skip: number) {
      begunAt.push(skip)
      for (const [place, row] of ROWS.slice(skip).entries()) {
        if (!isBroken && skip + place === 12_000) {
          isBroken = true
          proxy.set(fault)
        }
        yield row
      }
    },
  }
  const importing = store.importInventory(source, {
    pauseMs: 1,
    onFailure: ({ code }) => {
      failures.push(String(code))
      proxy.set(heals ? { kind: 'none' } : { kind: 'cut' })
    },
  })
  return { store, importing, begunAt, failures }
}

t.test('goes on with the batch whose connection was cut', async (t) => {
  const { store, importing, begunAt, failures } = await importThrough(t, { kind: 'cut' }, true)
  t.match(await importing, { rows: 25_000, resumedAt: 0, devices: 25_000 })
  t.same([begunAt, failures], [[0, 10_000], ['STORE_UNAVAILABLE']])
  t.equal(await store.read((view) => view.inventory.count()), 25_000)
})

t.test('does not stage again what was kept although the answer was lost', async (t) => {
  const lost = { kind: 'swallow', after: '; COMMIT' } as const
  const { importing, begunAt, failures } = await importThrough(t, lost, true)
  t.match(await importing, { rows: 25_000, devices: 25_000 })
  t.same([begunAt, failures], [[0, 20_000], ['STORE_OUTCOME_UNKNOWN']])
})

t.test('tells the first failure when the store stays away, and not the last', async (t) => {
  const lost = { kind: 'swallow', after: '; COMMIT' } as const
  const { importing, failures } = await importThrough(t, lost, false)
  await t.rejects(importing, { code: 'STORE_OUTCOME_UNKNOWN', message: /staging an import/ })
  t.same(failures, ['STORE_OUTCOME_UNKNOWN', ...Array(4).fill('STORE_UNAVAILABLE')])
})

t.test('work that gets on has all its tries again; what the store refused is not tried again', async (t) => {
  let done = 0
  const away = () => Promise.reject(new StoreUnavailable(`step ${done}`, new Error('away')))
  const outcome = await tryAgain(() => (++done < 20 ? away() : Promise.resolve('there')), {
    progress: () => Math.floor(done / 5),
    pauseMs: 0,
  })
  t.equal(outcome, 'there')
  let tries = 0
  const refused = async () => {
    if (++tries === 1) throw new StoreUnavailable('trying', new Error('away'))
    throw new StoreRefused('trying', new Error('disk full'))
  }
  await t.rejects(tryAgain(refused, { progress: () => 0, pauseMs: 0 }), { code: 'STORE_UNAVAILABLE' })
  t.equal(tries, 2)
})
