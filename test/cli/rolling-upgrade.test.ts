/**
 * A gateway of the commit before beside one of this tree, on a schema that this tree has brought up to date: what an operator has
 * in the middle of an upgrade. Skipped where the commit before is not at hand: a shallow clone, an export, other dependencies.
 */
import { execFile } from 'node:child_process'
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { ESME, request } from '../fixtures/message.ts'
import { urlOf } from '../store/roles.ts'
import { DuisgateProcess } from '../support/duisgate-process.ts'
import { deviceKey } from '../support/plans.ts'
import { startPostgres } from '../support/postgres.ts'
import { lift, restrict } from '../support/restrict.ts'
import { post, temporaryFolder } from '../support/start-gateway.ts'
import { startStubDsp } from '../support/stub-dsp.ts'
import { wardedFolder } from '../support/warden.ts'
import { duisgate, ROOT } from './run.ts'

const run = promisify(execFile)

/** The tree of the commit before, or why there is none to run. */
async function treeBefore(): Promise<{ readonly tree: string } | { readonly reason: string }> {
  const tree = wardedFolder('duisgate-before-')
  try {
    await run('git', ['-C', ROOT, 'archive', '--format=tar', '-o', join(tree, 'tree.tar'), 'HEAD~1'])
    await run('tar', ['-xf', join(tree, 'tree.tar'), '-C', tree])
    const lockOf = (folder: string) => readFileSync(join(folder, 'package-lock.json'), 'utf8')
    if (lockOf(tree) !== lockOf(ROOT)) return { reason: 'it has other dependencies than this tree' }
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
    return { tree }
  } catch (error) {
    return { reason: `there is none here: ${error instanceof Error ? error.message.split('\n')[0] : error}` }
  }
}

const READ = request({ srv: '4.1.1', target: ESME, body: '<sr:ReadInstantaneousImportRegisters/>' })

/** E5, or the status of what has no Response. */
async function outcomeAt(port: number): Promise<string> {
  const { status, body } = await post(port, READ, { path: '/api/v1/serviceS' })
  return /ResponseCode>(\w+)</.exec(body.toString())?.[1] ?? String(status)
}

/** Once so many gateways are live and the last change is in force in all of them. */
async function untilInForce(store: SqlStore, gateways: number): Promise<void> {
  for (;;) {
    const position = await store.position()
    const found = await store.read(async (view) => ({
      live: (await view.gateways.statuses()).filter(({ isLive }) => isLive),
      last: (await view.changes.after(position - 1, 1))[0],
    }))
    if (found.live.length === gateways && found.last?.inForceAt !== undefined) return
  }
}

const before = await treeBefore()
const skip = 'reason' in before && `the commit before cannot be run: ${before.reason}`

t.test('gateways of two commits follow one store, and both are waited for', { skip }, async (t) => {
  if ('reason' in before) return
  const { tree } = before
  const server = await startPostgres({ isDurable: true })
  t.teardown(() => server.stop())
  const dsp = await startStubDsp()
  t.teardown(() => dsp.close())
  const database = await server.database()
  const location = urlOf(database)
  const folder = await temporaryFolder(t)
  const start = async (name: string, from: string) => {
    const gateway = new DuisgateProcess(t, 'serve', {
      tree: from,
      settings: {
        store: location,
        gatewayId: name,
        'southbound.listen': '127.0.0.1:0',
        'southbound.dspUrl': dsp.url.origin,
        'northbound.listen': '127.0.0.1:0',
        'control.listen': '127.0.0.1:0',
        'journal.folder': join(folder, name),
        'flags.maxStalenessMs': '20000',
      },
    })
    return { gateway, port: (await gateway.ports()).southbound }
  }

  const old = await start('old', tree)
  t.match(await duisgate(['schema', 'migrate', '--store', location]), { code: 0 })
  const fresh = await start('new', ROOT)
  const store = await openPostgresStore({ connection: database })
  t.teardown(() => store.close())
  const key = deviceKey(ESME)
  const outcomes = async () => [await outcomeAt(old.port), await outcomeAt(fresh.port)]

  await restrict(store, [key], instantOf(Date.now() - 1_000))
  await untilInForce(store, 2)
  t.same(await outcomes(), ['E5', 'E5'], 'neither lets a read pass')
  await lift(store, [key], instantOf(Date.now() - 500))
  await untilInForce(store, 2)
  t.notMatch((await outcomes()).join(), /E5/, 'both let it pass again')

  const migrating = [join(tree, 'bin/duisgate.mjs'), 'schema', 'migrate', '--store', location]
  const knows = await run(process.execPath, migrating).then(
    () => true,
    () => false,
  )
  const unknown = !knows && 'the commit before knows neither this schema nor whether it may use it'
  await t.test('the old one starts again on the newer schema', { skip: unknown }, async (t) => {
    await old.gateway.stop()
    const again = await start('old', tree)
    await restrict(store, [key], instantOf(Date.now() - 1_000))
    await untilInForce(store, 2)
    t.equal(await outcomeAt(again.port), 'E5')
  })
})
