/** A gateway on a PostgreSQL of its own, with a proxy between them that does what networks do. */
import { join } from 'node:path'
import type pg from 'pg'
import { instantOf } from '../../src/core/device/device.ts'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { FaultProxy } from '../../test/support/fault-proxy.ts'
import { deviceKey } from '../../test/support/plans.ts'
import { runOn, startPostgres, type TestPostgres } from '../../test/support/postgres.ts'
import { restrict } from '../../test/support/restrict.ts'
import type { StubPeer } from '../../test/support/stub-dsp.ts'
import type { ProbeScope } from './row.ts'
import { newFolder, ServedGateway, type ServeOptions } from './served-gateway.ts'
import { startDsp } from './upstream.ts'

export interface OnPostgres {
  readonly server: TestPostgres
  readonly connection: pg.ClientConfig
  /** The test's own way to the store, past the proxy. */
  readonly store: SqlStore
  readonly proxy: FaultProxy
  readonly dsp: StubPeer
  readonly folder: string
  /** Starts a gateway whose store is behind the proxy. */
  startGateway(options?: Partial<ServeOptions>): Promise<ServedGateway>
  /** Has the Device Restricted, in force when the gateway applies it. */
  restrict(eui: string): Promise<void>
  /** One statement, past duisgate. */
  run(statement: string): Promise<pg.QueryResult>
}

export async function onPostgres(scope: ProbeScope): Promise<OnPostgres> {
  const server = await startPostgres({ isDurable: true })
  scope.teardown(() => server.stop())
  const connection = await server.database()
  const store = await openPostgresStore({ connection })
  scope.teardown(() => store.close())
  const proxy = await FaultProxy.start({ path: join(String(connection.host), '.s.PGSQL.5432') })
  scope.teardown(() => proxy.close())
  const dsp = await startDsp(scope)
  const folder = newFolder(scope)
  const { user = '', database = '' } = connection
  return {
    server,
    connection,
    store,
    proxy,
    dsp,
    folder,
    startGateway: ({ settings = [], ...options } = {}) =>
      ServedGateway.start(scope, {
        folder,
        ...options,
        settings: [
          `store=postgres://${user}@127.0.0.1:${proxy.port}/${database}`,
          `southbound.dspUrl=${dsp.url.origin}`,
          ...settings,
        ],
      }),
    restrict: async (eui) => void (await restrict(store, [deviceKey(eui)], instantOf(0))),
    run: (statement) => runOn(connection, statement),
  }
}
