/** What one gateway says of its tables while it goes by the store: which one is in force, since when, and whether it should be. */
import { rmSync } from 'node:fs'
import t, { type Test } from 'tap'
import { tableHashOf } from '../../src/core/policy/table-revision.ts'
import { createLog } from '../../src/observe/log.ts'
import { Metrics } from '../../src/observe/metrics.ts'
import { TableInForce } from '../../src/run/table-in-force.ts'
import { wardedFolder } from '../support/warden.ts'
import {
  granted,
  JANE,
  LENIENT,
  LENIENT_TESTS,
  LITERAL,
  LITERAL_TESTS,
  type Office,
  openOffice,
  RECOMMENDED,
  RECOMMENDED_TESTS,
  revisionOf,
} from './tables.ts'

/** Has another table approved that no gateway here can use, as one made for a later duisgate is. */
async function approveUnusable({ store }: Office, approved: string): Promise<void> {
  const content = 'made: for a later duisgate\n'
  const [hash, revision] = [tableHashOf(content), revisionOf(content)]
  await store.change(async ({ tables }) => {
    const like = await tables.findProposal(approved)
    if (like?.inForceAt === undefined) throw new Error(`${approved} is not approved`)
    await tables.keepRevision({ hash, revision, name: 'later', content, keptAt: like.inForceAt })
    await tables.putProposal({ ...like, id: `${like.id}-2`, hash, revision })
  })
}

async function follow(t: Test, office: Office) {
  const folder = wardedFolder()
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const logged: string[] = []
  const log = createLog({ level: 'info', destination: { write: (line: string) => void logged.push(line) } })
  const settings = { table: 'store', shadowTable: undefined, journal: { folder } }
  const inForce = await TableInForce.load(settings as Parameters<typeof TableInForce.load>[0], log)
  // What follows the store keeps no process alive.
  const alive = setInterval(() => {}, 60_000)
  t.teardown(async () => {
    clearInterval(alive)
    await inForce.stop()
  })
  const metrics = new Metrics()
  inForce.watch(metrics)
  await inForce.follow(office.store)
  return {
    inForce,
    logged,
    switched: () => new Promise<void>((resolve) => inForce.whenSwitched(resolve)),
    async gauges() {
      const { text } = await metrics.exposition()
      const gauge = (name: string) => new RegExp(`^duisgate_table_${name} (\\S+)$`, 'm').exec(text)?.[1]
      return { isOk: gauge('reload_ok'), at: gauge('loaded_timestamp_seconds') }
    },
  }
}

t.test(
  'a table that cannot be used stays told until another is in force, whatever goes on trial',
  async (t) => {
    const office = openOffice(t)
    const id = await office.bringIn(RECOMMENDED, RECOMMENDED_TESTS)
    await approveUnusable(office, id)
    const { inForce, switched, gauges, logged } = await follow(t, office)
    const before = await gauges()
    t.match([inForce.table.revision, before.isOk], [revisionOf(RECOMMENDED), '0'])

    const onTrial = switched()
    const trial = { content: LENIENT, tests: LENIENT_TESTS, reason: 'a trial', isShadow: true }
    granted(await office.governance.propose(JANE, { ...trial, from: undefined }))
    await onTrial
    t.equal(inForce.shadow?.revision, revisionOf(LENIENT))
    t.same(await gauges(), before, 'what goes on trial is not in force')
    t.match(logged.at(-1), /on trial/)

    const another = switched()
    await office.bringIn(LITERAL, LITERAL_TESTS)
    await another
    t.equal(inForce.table.revision, revisionOf(LITERAL))
    t.equal((await gauges()).isOk, '1')
    t.match(logged.at(-1), /in force/)
  },
)
