import t from 'tap'
import { startPostgres } from '../support/postgres.ts'
import { type KillsReport, surviveKills } from './kills.ts'

t.setTimeout(290_000)

function figureOf({ lost, changes, repeats, recoveryMs }: KillsReport): string {
  return `figure: ${lost} of ${changes} changes lost, ${repeats} repeats under the same ID, all told ${Math.round(recoveryMs)} ms after the last kill`
}

t.test(
  'senders killed at random points lose no notice, keep the order, and repeat under the same ID',
  async (t) => {
    const place = `${t.testdir()}/store.db`
    const report = await surviveKills(t, { driver: 'sqlite', place, kills: 7, random: Math.random })
    t.match(report, { lost: 0, disordered: [] })
    t.comment(figureOf(report))
    t.ok(report.changes > 7, `${report.changes} changes, ${report.repeats} repeats`)
  },
)

t.test('the same on PostgreSQL, with two senders at once', async (t) => {
  const server = await startPostgres()
  t.teardown(() => server.stop())
  const place = JSON.stringify(await server.database())
  const report = await surviveKills(t, { driver: 'postgres', place, kills: 4, random: Math.random })
  t.match(report, { lost: 0, disordered: [] })
  t.comment(figureOf(report))
  t.ok(report.changes > 4, `${report.changes} changes, ${report.repeats} repeats`)
})
