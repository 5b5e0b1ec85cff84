/** A table on trial: counted and journalled beside the one in force, and without any effect on what is done. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import type { FlagReading } from '../../src/core/device/device.ts'
import type { MessageFacts } from '../../src/core/duis/facts.ts'
import { NEVER_BLOCK_CLASSES, type Table, type TableRow } from '../../src/core/policy/table.ts'
import type { Verdict } from '../../src/core/policy/verdict.ts'
import { type DecisionContext, judge } from '../../src/gateway/judge.ts'
import { SentRequests } from '../../src/gateway/sent-requests.ts'
import { systemClock } from '../../src/observe/clock.ts'
import * as bytes from '../fixtures/message.ts'
import {
  alert,
  catalogue,
  clear,
  dcc,
  dccAlert,
  deviceAlert,
  NOON,
  request,
  response,
  restricted,
  shipped,
  srv,
  unknown,
} from '../policy/messages.ts'
import { startScenario } from '../support/start-gateway.ts'

const READ = bytes.request({ srv: '4.1.1', body: '<sr:ReadInstantaneousImportRegisters/>' })
const TENANCY = readFileSync(new URL('../../fixtures/southbound/change-of-tenancy.xml', import.meta.url))

const recommended = await shipped('recommended')

/** Every code of the catalogue in every kind of message that carries it: the golden grid as facts. */
const messages: readonly MessageFacts[] = [
  ...[...catalogue.bySrv.keys()].flatMap((code) => [request([srv(code)]), response([srv(code)])]),
  ...[...catalogue.alerts.keys()].map((code) => deviceAlert([alert(code)])),
  ...[...catalogue.dccAlerts.keys()].map((code) => dccAlert([dcc(code)])),
  request([srv('5.1'), srv('4.8.1', 'inner-header')]),
  request([srv('4.99')]),
  response([], {}),
]
const readings: readonly FlagReading[] = [
  clear(),
  restricted(),
  unknown,
  restricted({ isStale: true, ageMs: 9_999 }),
]

/** A table that turns around what `recommended` does with the rows of these places. */
function turned(places: ReadonlySet<number>): Table {
  const rows = recommended.rows.map((row, place) =>
    places.has(place) && !(NEVER_BLOCK_CLASSES as readonly string[]).includes(row.class)
      ? row.action === 'pass'
        ? ({ ...row, action: 'block', onUnknown: 'defer', onStale: 'defer' } as const)
        : ({
            ...row,
            action: 'pass',
            when: {},
            otherwise: undefined,
            onUnknown: undefined,
            onStale: undefined,
          } as const)
      : row,
  )
  const byCode = (list: 'srv' | 'alert' | 'dccAlert') =>
    new Map(rows.flatMap((row) => row[list].map((code) => [code, row] as const)))
  return {
    ...recommended,
    revision: 'on-trial',
    rows,
    bySrv: byCode('srv'),
    byAlert: byCode('alert'),
    byDccAlert: byCode('dccAlert'),
  }
}

function bench(shadow: Table | undefined, reading: FlagReading, isAtHand: boolean): DecisionContext {
  const all = (keys: readonly unknown[]) => keys.map(() => reading)
  return {
    table: () => recommended,
    shadow: () => shadow,
    flags: { read: all, generation: 0, atHand: (keys) => (isAtHand ? all(keys) : undefined) },
    clock: { ...systemClock, now: () => NOON },
    sent: new SentRequests(16),
  }
}

function withoutTrial(verdict: Verdict | Promise<Verdict>): unknown {
  if (verdict instanceof Promise || verdict.kind === 'refuse') throw new Error('decided at once')
  const { trial: _, ...rest } = verdict
  return { ...rest, permit: 'permit' in rest }
}

t.test('whatever the table on trial says, nothing else of a verdict is different', async (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...messages),
      fc.constantFrom(...readings),
      fc.uniqueArray(fc.nat(recommended.rows.length - 1), { maxLength: recommended.rows.length }),
      fc.boolean(),
      (facts, reading, places, isAtHand) => {
        const plain = judge(bench(undefined, reading, isAtHand), facts)
        const beside = judge(bench(turned(new Set(places)), reading, isAtHand), facts)
        t.same(withoutTrial(beside), withoutTrial(plain))
      },
    ),
    { numRuns: 300 },
  )
  const everything = turned(new Set(recommended.rows.keys()))
  for (const facts of messages)
    for (const reading of readings) {
      const plain = withoutTrial(judge(bench(undefined, reading, true), facts))
      const beside = withoutTrial(judge(bench(everything, reading, true), facts))
      if (JSON.stringify(beside, bigint) !== JSON.stringify(plain, bigint))
        t.fail('an outcome changed', { facts, reading })
    }
  t.pass(`${messages.length * readings.length} cells of the grid`)
})

function bigint(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

class FailingMap extends Map<string, TableRow> {
  override get(): never {
    throw new Error('the table is broken')
  }
}

t.test('a table on trial that fails costs nothing but its own verdict', async (t) => {
  const bySrv = new FailingMap()
  const broken: Table = { ...recommended, bySrv }
  const facts = request([srv('4.8.1')])
  t.match(judge(bench(broken, restricted(), true), facts), { kind: 'reject', trial: { kind: 'undecided' } })
})

t.test('no flag is looked up for the sake of a trial', async (t) => {
  const stricter = turned(new Set(recommended.rows.keys()))
  const facts = request([srv('3.2')])
  t.match(judge(bench(stricter, restricted(), true), facts), { kind: 'forward', trial: { kind: 'reject' } })
  const asked: unknown[] = []
  const read: DecisionContext['flags']['read'] = (keys) => {
    asked.push(keys)
    return []
  }
  const flags = { read, generation: 0, atHand: () => undefined }
  t.match(judge({ ...bench(stricter, restricted(), false), flags }, facts), {
    kind: 'forward',
    trial: { kind: 'undecided', rule: undefined },
  })
  t.same(asked, [])
})

t.test('a gateway counts both verdicts, and its journal has the one on trial where it differs', async (t) => {
  const readsPass = turned(
    new Set(recommended.rows.flatMap((row, place) => (row.action === 'block' ? [place] : []))),
  )
  const { gateway, restrict, sendSouth, journal } = await startScenario(t, { shadow: readsPass })
  await restrict()
  t.equal((await sendSouth(READ)).status, 200)
  await sendSouth(TENANCY)
  const { text } = await gateway.metrics.exposition()
  t.match(text, 'duisgate_shadow_verdicts_total{enforced="reject",shadow="forward"} 1')
  t.match(text, 'duisgate_shadow_verdicts_total{enforced="forward",shadow="forward"} 1')
  gateway.setShadow(undefined)
  await sendSouth(READ)
  const [read, tenancy, last] = await journal()
  t.match(read, {
    verdict: 'reject',
    trial: { tableRevision: 'on-trial', kind: 'forward', rule: 'read-registers' },
  })
  t.notOk('trial' in (tenancy ?? {}), 'the same verdict is only counted')
  t.notOk('trial' in (last ?? {}))
})
