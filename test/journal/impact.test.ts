/** The impact report against a recount: every fixture through a real gateway, and both tables asked about its real facts. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type DeviceType, type FlagReading, instantOf } from '../../src/core/device/device.ts'
import { type DeviceKey, formatEui64 } from '../../src/core/duis/eui64.ts'
import type { Direction, MessageFacts } from '../../src/core/duis/facts.ts'
import { decide } from '../../src/core/policy/decide.ts'
import type { Table } from '../../src/core/policy/table.ts'
import { FileJournal } from '../../src/journal/file-journal.ts'
import { impactOf } from '../../src/journal/impact-report.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { CHF, ESME, GPF, GSME, OTHER_ESME, USER } from '../fixtures/message.ts'
import { compiled, LENIENT, LITERAL, RECOMMENDED } from '../governance/tables.ts'
import { deviceKey, readWhole } from '../support/plans.ts'
import { lift, restrict } from '../support/restrict.ts'
import { startScenario, temporaryFolder } from '../support/start-gateway.ts'

const TYPES: Readonly<Record<string, DeviceType>> = {
  [ESME]: 'ESME',
  [GSME]: 'GSME',
  [GPF]: 'GPF',
  [CHF]: 'CHF',
}
const RESTRICTED = [ESME, GSME, GPF, CHF]

const FIXTURES = (['southbound', 'northbound'] as const).flatMap((direction) => {
  const folder = new URL(`../../fixtures/${direction}/`, import.meta.url)
  return readdirSync(folder).map((name) => ({ direction, name, bytes: readFileSync(new URL(name, folder)) }))
})

function readingsOf(facts: MessageFacts): FlagReading[] {
  const reading = (key: DeviceKey): FlagReading => {
    const eui = formatEui64(key)
    const state = RESTRICTED.includes(eui) ? 'restricted' : 'clear'
    return { state, type: TYPES[eui], version: 1, ageMs: 0, isStale: false }
  }
  return facts.devices.map(reading)
}

t.test('the impact report says of every message what a recount from its bytes says', async (t) => {
  const folder = await temporaryFolder(t)
  const failed = (cause: unknown) => t.fail(String(cause))
  const journal = new FileJournal({
    directory: folder,
    name: 'gateway',
    clock: systemClock,
    onFailure: failed,
  })
  const scenario = await startScenario(t, { journal })
  const inventory = Object.entries(TYPES).map(([eui, type]) => ({
    ...{ key: deviceKey(eui), type, region: 'North' },
    ...{ hub: undefined, mpxn: undefined, status: undefined, generation: undefined },
  }))
  await scenario.store.change((unit) => unit.inventory.put(inventory))
  for (const eui of RESTRICTED) await scenario.restrict(eui)
  const expected = new Map<string, Map<string, string>>()
  for (const { direction, bytes } of FIXTURES) {
    const { headers } = await (direction === 'southbound'
      ? scenario.sendSouth(bytes)
      : scenario.sendNorth(bytes))
    const reading = readWhole(direction as Direction, bytes)
    if (reading.ok) expected.set(String(headers['duisgate-decision']), verdictsOn(reading.facts))
  }
  await scenario.gateway.drain()
  const store = scenario.store as ReturnType<typeof openSqliteStore>
  for (const [name, table] of TABLES) {
    const span = { from: instantOf(Date.now() - 3_600_000), until: instantOf(Date.now() + 1_000) }
    const parties = [{ id: 'SUP', name: 'Supplier', roles: ['supplier'] as const, euis: [deviceKey(USER)] }]
    const report = await impactOf(
      { folders: [folder], store: store.reports, parties, tableOf },
      { table, span, maxRecords: 100_000 },
    )
    const lines = linesOf(folder)
    const recount = lines.filter(
      ({ decision, part, verdict }) =>
        part === 'message' && expected.has(decision) && expected.get(decision)?.get(name) !== verdict,
    )
    t.equal(report.decided, lines.filter(({ verdict, kind }) => verdict && kind !== 'unreadable').length)
    t.ok(recount.length > 0, `${name} changes ${recount.length} of ${report.decided}`)
    t.equal(report.changed - report.undecidable, recount.length, name)
    t.match(
      report.rows.filter(({ undecidable }) => undecidable > 0).map(({ codes }) => codes),
      ['6.11', '8.13 1.6', '8F3F AlertCode'],
      'what a local command was answered, and how elements were found, is not in the journal',
    )
    t.equal(
      report.rows.reduce((sum, { messages }) => sum + messages, 0),
      report.changed,
    )
    t.ok(report.rows.some(({ role, region }) => role === 'supplier' && region === 'North'))
    t.ok(report.isComplete)
  }
})

const RECENT = compiled(RECOMMENDED)

const TABLES = [
  ['lenient', compiled(LENIENT)],
  ['literal', compiled(LITERAL)],
] as const

function verdictsOn(facts: MessageFacts): Map<string, string> {
  const at = instantOf(Date.now())
  return new Map(TABLES.map(([name, table]) => [name, decide(table, facts, readingsOf(facts), at).kind]))
}

interface Line {
  readonly decision: string
  readonly part: string
  readonly kind: string
  readonly verdict?: string
  readonly codes: readonly string[]
}

function linesOf(folder: string): Line[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ndjson'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean))
    .map((line) => JSON.parse(line) as Line)
}

async function tableOf(revision: string): Promise<Table | undefined> {
  return revision === RECENT.revision ? RECENT : undefined
}

t.test('flags that no gateway asked for are taken from their history, and a bound is told', async (t) => {
  const folder = await temporaryFolder(t)
  let now = Date.parse('2027-01-10T00:00:00Z')
  const store = openSqliteStore({ file: ':memory:', now: () => instantOf(now) })
  t.teardown(() => store.close())
  await restrict(store, [deviceKey(ESME)], instantOf(now))
  now += 86_400_000
  await lift(store, [deviceKey(ESME)], instantOf(now))
  const line = (time: string, device: string, more = {}) =>
    `${JSON.stringify({
      ...{
        decision: 'd',
        time,
        direction: 'northbound',
        part: 'message',
        kind: 'device-alert',
        codes: ['8F35'],
      },
      ...{
        devices: [device],
        deviceCount: 1,
        verdict: 'forward',
        rule: 'supply-restored-alerts',
        flag: 'not-needed',
      },
      ...{ outcome: 'forwarded', ...more },
    })}\n`
  writeFileSync(
    join(folder, 'gateway-2027-01-10.ndjson'),
    [
      line('2027-01-10T12:00:00.000Z', ESME),
      line('2027-01-10T12:00:00.000Z', OTHER_ESME),
      line('2027-01-11T12:00:00.000Z', ESME),
      line('2027-02-01T00:00:00.000Z', ESME),
      line('2027-01-10T13:00:00.000Z', ESME, { kind: 'unreadable', verdict: 'refuse', codes: [] }),
      '{"decision":"torn',
    ].join(''),
  )
  const span = { from: instantOf(Date.UTC(2027, 0)), until: instantOf(Date.UTC(2027, 1)) }
  const table = compiled(LITERAL)
  const options = { folders: [folder, join(folder, 'none')], store: store.reports, parties: [], tableOf }
  const whole = await impactOf(options, { table, span, maxRecords: 100 })
  t.match(whole, { decided: 3, changed: 1, undecidable: 0, unreadable: 1, isComplete: true, files: 1 })
  t.match(whole.rows, [
    { codes: '8F35', role: 'other', region: '', before: 'forward', after: 'withhold', messages: 1 },
  ])
  t.match(await impactOf(options, { table, span, maxRecords: 2 }), { decided: 2, isComplete: false })
})
