/**
 * Registrations that are told late, corrected or taken back, on both store drivers: a task is with whoever answers for the meter
 * point now, whenever it was made and whoever answered then.
 */
import fc from 'fast-check'
import t from 'tap'
import { supplierAt } from '../../src/core/restriction/registration.ts'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { startPostgres } from '../support/postgres.ts'
import {
  asked,
  DAY,
  ESME,
  granted,
  MPAN,
  OPS,
  type Scene,
  START,
  SUP_E,
  scene,
  supplied,
  traffic,
} from './scene.ts'

const server = await startPostgres()
t.teardown(() => server.stop())

const DRIVERS: Readonly<Record<string, NonNullable<Parameters<typeof scene>[1]>>> = {
  SQLite: {},
  PostgreSQL: {
    openStore: async (now) =>
      openPostgresStore({ connection: await server.schema(), now, mayLoseCommits: true }),
  },
}

const day = (days: number) => START + days * DAY

/** Party and kind of every open task. */
async function openTasks({ store }: Scene): Promise<string[]> {
  const { items } = await store.read((view) => view.tasks.ofParty(undefined, true, 100))
  return items.map(({ party, kind }) => `${party} ${kind}`).sort()
}

const told = async (set: Scene, ...rows: ReturnType<typeof supplied>[]) =>
  granted(await set.service.importRegistrations(OPS, rows)).handedOver

for (const [driver, options] of Object.entries(DRIVERS)) {
  t.test(`${driver}: a task follows each correction, back to the Supplier of before as well`, async (t) => {
    const set = await scene(t, options)
    granted(await set.service.set(SUP_E, asked()))
    set.pass(10 * DAY)
    await set.service.takeTrafficEvent(traffic('change-of-tenancy', [ESME]))
    t.same(await openTasks(set), ['SUP-E review-tenancy'])
    t.equal(await told(set, supplied(MPAN, 'SUP-N', day(5))), 1)
    t.same(await openTasks(set), ['SUP-N re-confirm'])
    await set.service.takeTrafficEvent(traffic('prepayment-activity', [ESME]))
    t.same(await openTasks(set), ['SUP-N prepayment-conflict', 'SUP-N re-confirm'])
    t.equal(await told(set, supplied(MPAN, 'SUP-N', day(5), day(6))), 1, 'it had ended: SUP-E answers again')
    t.same(await openTasks(set), [], 'SUP-E set the flag and need not confirm it')
    t.equal(await told(set, supplied(MPAN, 'SUP-G', day(7))), 1)
    t.same(await openTasks(set), ['SUP-G re-confirm'])
    await set.service.runDueJobs()
    t.same(await openTasks(set), ['SUP-G re-confirm'])
  })

  t.test(`${driver}: whatever is told in whatever order, no task is left with anybody else`, async () => {
    const row = fc
      .tuple(
        fc.constantFrom('SUP-E', 'SUP-N', 'SUP-G'),
        fc.nat(30),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
      )
      .map(
        ([party, from, length, isOver]) =>
          ({ kind: 'row', party, from, until: isOver ? from + length : undefined }) as const,
      )
    const event = fc
      .constantFrom('change-of-tenancy', 'prepayment-activity')
      .map((name) => ({ kind: 'traffic', name }) as const)
    const days = fc.integer({ min: 1, max: 9 }).map((count) => ({ kind: 'pass', count }) as const)
    const walks = fc.array(fc.oneof(row, event, days), { minLength: 2, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(walks, async (walk) => {
        const closing: (() => unknown)[] = []
        const set = await scene({ teardown: (work) => void closing.push(work) }, options)
        granted(await set.service.set(SUP_E, asked()))
        for (const step of walk) {
          if (step.kind === 'pass') set.pass(step.count * DAY)
          else if (step.kind === 'traffic') await set.service.takeTrafficEvent(traffic(step.name, [ESME]))
          else {
            const until = step.until === undefined ? undefined : day(step.until)
            await told(set, supplied(MPAN, step.party, day(step.from), until))
          }
        }
        await set.service.runDueJobs()
        const registrations = await set.store.read((view) => view.inventory.registrations(MPAN))
        const now = supplierAt(registrations, set.now())
        const left = (await openTasks(set)).filter((task) => now !== undefined && !task.startsWith(`${now} `))
        for (const close of closing) await close()
        return left.length === 0
      }),
      { numRuns: driver === 'SQLite' ? 60 : 6, seed: 16 },
    )
  })
}
