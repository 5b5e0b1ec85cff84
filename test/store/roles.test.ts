/** Each plane as the role that is made for it: it can do its work, and what it may not do it cannot. */
import t, { type Test } from 'tap'
import { restrictionService } from '../../src/restrictions/restriction-service.ts'
import { connectPostgres, openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { PRUNED_TABLES } from '../../src/store/report-store.ts'
import {
  asked,
  GPF,
  granted,
  HOUSEHOLD,
  HUB,
  MPRN,
  NEW_GPF,
  NEW_HUB,
  NO_ROWS,
  PARTIES,
  REGISTRATIONS,
  restored,
  START,
  SUP_G,
} from '../restriction/scene.ts'
import { runOn, startPostgres } from '../support/postgres.ts'
import { restrict } from '../support/restrict.ts'
import { controlPlaneSuite } from './control-plane-suite.ts'
import { report, trafficEvent } from './flag-life.ts'
import { incidentsSuite } from './incidents-suite.ts'
import { sharedLeasesSuite } from './leases-suite.ts'
import { noticesSuite } from './notices-suite.ts'
import { type Check, checksOf, device, METER, NOW, STRANGER } from './place.ts'
import { ROLES_SQL, RoledDatabases, type RoleName } from './roles.ts'
import { schedulesSuite } from './schedules-suite.ts'
import { tablesSuite } from './tables-suite.ts'
import { tokensSuite } from './tokens-suite.ts'

const server = await startPostgres()
t.teardown(() => server.stop())
const roled = await RoledDatabases.make(server)

const asControl: Check = checksOf(t, {
  name: 'as duisgate_control',
  isShared: true,
  place: async () => {
    const connection = (await roled.database())('control')
    const clock = { now: NOW }
    const open = { connection, mayLoseCommits: true, migrate: 'never', now: () => clock.now } as const
    return { clock, connect: () => connectPostgres(open) }
  },
})

controlPlaneSuite(asControl)
noticesSuite(asControl)
tablesSuite(asControl)
schedulesSuite(asControl)
incidentsSuite(asControl)
tokensSuite(asControl)
sharedLeasesSuite(asControl)

async function storesOf(t: Test) {
  const as = await roled.database()
  const open = async (role: RoleName) => {
    const connection = as(role)
    const store = await openPostgresStore({ connection, mayLoseCommits: true, migrate: 'never' })
    t.teardown(() => store.close())
    return store
  }
  return { as, control: await open('control'), gateway: await open('gateway'), reader: await open('reader') }
}

asControl('imports an inventory, and deletes what is past its time', async (t, store) => {
  const outcome = await store.importInventory({ hash: 'one', rows: () => [{ device: device(METER) }] })
  t.match(outcome, { devices: 1 })
  for (const table of PRUNED_TABLES) await store.reports.deleteOlder(table, NOW, 10)
})

t.test('the gateway follows flags, reports, and leaves what it observed for a control plane', async (t) => {
  const { control, gateway } = await storesOf(t)
  await restrict(control, [METER], NOW)
  t.match(await gateway.load([METER]), [{ restriction: { from: NOW } }])
  t.match(await gateway.flaggedKeys(NOW, 10), { keys: [METER] })
  await gateway.reportGateway(report('one', await gateway.position()), 60_000)
  t.ok(await gateway.keepGatewayLive('one', 60_000))
  t.ok((await control.read((view) => view.changes.after(0, 1)))[0]?.inForceAt, 'in force everywhere')
  t.equal(await gateway.mayTakeEvents(), false)
  t.equal(await control.mayTakeEvents(), true)
  const events = [trafficEvent(), trafficEvent({ decision: 'D-2', stage: 'requested', requestId: 'R-2' })]
  await gateway.leaveEvents(events)
  await gateway.leaveEvents(events)
  const unanswered = () => gateway.read((view) => view.traffic.unanswered(['hub-change'], NOW, 10))
  t.same(await unanswered(), events, 'all gateways know of them')
  t.same(await control.read((view) => view.traffic.left(10)), events)
  await control.change(async (unit) => {
    for (const event of events) await unit.traffic.endLeft(event)
  })
  t.same(await unanswered(), [])
})

t.test('a swap that a gateway left is followed once a control plane takes it', async (t) => {
  const { control, gateway } = await storesOf(t)
  await control.change(async (unit) => {
    await unit.inventory.put(HOUSEHOLD)
    await unit.inventory.putRegistrations(REGISTRATIONS)
  })
  const clock = { now: () => START }
  const service = restrictionService({ store: control, parties: PARTIES, table: () => NO_ROWS, clock })
  granted(await service.set(SUP_G, asked({ mpxn: MPRN })))
  await gateway.leaveEvents([restored([HUB, GPF], [NEW_HUB, NEW_GPF])])
  t.match(await gateway.load([NEW_GPF]), [{ restriction: undefined }])
  t.equal(await service.takeLeftEvents(), 1)
  t.match(await gateway.load([NEW_GPF]), [{ restriction: { until: undefined } }])
  t.equal(await service.takeLeftEvents(), 0, 'and is not there any more')
})

t.test('who only looks sees flags and reports', async (t) => {
  const { control, reader } = await storesOf(t)
  await restrict(control, [METER], NOW)
  t.match(await reader.load([METER]), [{ restriction: { from: NOW } }])
  t.equal((await reader.restrictionHistory(METER)).length, 1)
  t.same(await reader.reports.incidentsBetween({ from: NOW, until: NOW }), [])
  t.equal((await reader.read((view) => view.audit.from(1, 10))).length, 1)
})

/** Statements that a role must not get through. */
const FORBIDDEN: Readonly<Record<RoleName, readonly string[]>> = {
  owner: [],
  control: [
    "UPDATE audit SET detail = '{}'",
    'DELETE FROM audit',
    'UPDATE changes SET recorded_ms = 0',
    'DELETE FROM changes',
    'UPDATE flag_history SET from_ms = 0',
    "UPDATE table_revisions SET content = ''",
    'DELETE FROM restrictions',
    'DELETE FROM confirmations',
    'DELETE FROM access_tokens',
    "UPDATE store_identity SET id = 'other'",
    'INSERT INTO schema_version (version) VALUES (99)',
    'CREATE TABLE mine (id INT)',
    'ALTER TABLE flags ADD COLUMN mine INT',
    'DROP TABLE audit',
  ],
  gateway: [
    'UPDATE flags SET from_ms = NULL',
    'INSERT INTO flags (device_key, version) VALUES (1, 1)',
    'DELETE FROM flags',
    'UPDATE head SET sequence = 0',
    'SELECT * FROM head FOR UPDATE',
    'SELECT * FROM audit',
    'INSERT INTO changes (sequence, recorded_ms) VALUES (99, 0)',
    'SELECT * FROM restrictions',
    'SELECT * FROM registrations',
    'SELECT * FROM idempotent_answers',
    'SELECT * FROM access_tokens',
    'DELETE FROM confirmations',
    'UPDATE confirmations SET at_ms = 0',
    'UPDATE devices SET mpxn = NULL',
    'DELETE FROM traffic_events',
    'DELETE FROM left_events',
    "INSERT INTO table_revisions VALUES ('', '', '', '', 0)",
    "UPDATE table_proposals SET state = 'approved'",
    'DELETE FROM gateways',
    'UPDATE epochs SET timeline = 9',
    'DROP TABLE flags',
    'CREATE TABLE mine (id INT)',
  ],
  reader: [
    'UPDATE flags SET from_ms = NULL',
    'DELETE FROM gateways',
    "INSERT INTO left_events (decision, event, at_ms, codes, devices) VALUES ('', '', 0, '', '')",
    'SELECT * FROM idempotent_answers',
    'SELECT * FROM access_tokens',
    'SELECT * FROM head FOR UPDATE',
    'CREATE TABLE mine (id INT)',
  ],
}

for (const [role, statements] of Object.entries(FORBIDDEN) as [RoleName, readonly string[]][])
  t.test(`duisgate_${role} is stopped by the server`, async (t) => {
    const connection = (await roled.database())(role)
    for (const text of statements)
      await t.rejects(runOn(connection, text), { message: /permission denied|must be owner/ }, text)
  })

t.test('a store that says no is not called silent, whatever a gateway tries', async (t) => {
  const { gateway, reader } = await storesOf(t)
  for (const store of [gateway, reader])
    await t.rejects(restrict(store, [STRANGER], NOW), {
      code: 'STORE_REFUSED',
      cause: { message: /permission denied for table/ },
    })
})

t.test('only the owner brings the schema up to date; others say who is to', async (t) => {
  const empty = await server.database()
  await runOn(empty, ROLES_SQL)
  const gateway = { connection: { ...empty, user: 'duisgate_gateway' }, mayLoseCommits: true }
  await t.rejects(openPostgresStore({ ...gateway, migrate: 'never' }), {
    code: 'STORE_REFUSED',
    cause: { message: /version 0, this duisgate needs \d+; run "duisgate schema migrate"/ },
  })
  await t.rejects(openPostgresStore(gateway), { cause: { message: /permission denied for schema/ } })
  const owner = { connection: { ...empty, user: 'duisgate_owner' }, mayLoseCommits: true }
  await (await openPostgresStore(owner)).close()
  await runOn(empty, ROLES_SQL)
  await (await openPostgresStore(gateway)).close()
})

t.test('every table of the schema has its grants', async (t) => {
  const tables = await runOn(
    (await roled.database())(),
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
  )
  for (const { tablename } of tables.rows)
    t.match(ROLES_SQL, new RegExp(`^.*(?:GRANT|,|  ).*\\b${tablename}\\b`, 'm'), tablename)
})
