/** What the workers of a gateway have apart and what is told of all of them, without their processes. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { readConfig } from '../../src/config/read-config.ts'
import { instantOf } from '../../src/core/device/device.ts'
import type { TrafficEvent } from '../../src/core/restriction/restriction.ts'
import { EventSpool } from '../../src/events/event-spool.ts'
import { SeenFile } from '../../src/flags/seen-file.ts'
import type { Readiness } from '../../src/observe/health.ts'
import { createLog } from '../../src/observe/log.ts'
import { Metrics } from '../../src/observe/metrics.ts'
import { countsOf, together } from '../../src/observe/metrics-snapshot.ts'
import { startService } from '../../src/run/gateway-service.ts'
import { HEAP_GROWTH } from '../../src/run/heap-growth.ts'
import { nodeWordsFor } from '../../src/run/workers/node-words.ts'
import { readinessOf } from '../../src/run/workers/pool-observation.ts'
import {
  nameInStore,
  nameOnDisk,
  namesOfFormerWorkers,
  parseSeat,
  seatText,
} from '../../src/run/workers/seat.ts'
import type { SeatState } from '../../src/run/workers/worker-pool.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { temporaryFolder } from './run.ts'

const READY: Readiness = { ready: true }
const STARTING: Readiness = { ready: false, reasons: ['flags are starting'] }

function state(number: number, readiness: Readiness | undefined, endedMsAgo?: number): SeatState {
  const report = readiness && { readiness, metrics: { series: [], process: [] } }
  return { seat: { number, of: 2 }, report, endedMsAgo }
}

t.test('a gateway is ready when every worker is', async (t) => {
  t.same(readinessOf([state(1, READY), state(2, READY)]), READY)
  t.same(readinessOf([state(1, READY), state(2, { ready: true, degraded: ['flags are behind'] })]), {
    ...{ ready: true, degraded: ['worker 2: flags are behind'] },
  })
  t.same(readinessOf([state(1, READY), state(2, STARTING)]), {
    ready: false,
    reasons: ['worker 2: flags are starting'],
  })
  t.same(readinessOf([state(1, undefined), state(2, READY)]), {
    ready: false,
    reasons: ['worker 1 does not answer'],
  })
})

t.test('workers for every core collect garbage with one thread each, fewer leave it to Node', async (t) => {
  t.same(nodeWordsFor(2, 4), process.execArgv)
  for (const [workers, cores] of [
    [4, 4],
    [5, 4],
    [2, 1],
  ] as const)
    t.same(nodeWordsFor(workers, cores), [...process.execArgv, '--single-threaded-gc'])
})

t.test('what a gateway tells V8 about its heap is a flag that this V8 has', async (t) => {
  const { stdout } = spawnSync(process.execPath, ['--v8-options'], { encoding: 'utf8' })
  const [name] = HEAP_GROWTH.split('=')
  t.ok(
    stdout.split('\n').some((line) => line.trim().startsWith(`${name} `)),
    `${name} is unknown: V8 takes no notice of it`,
  )
})

t.test('while a worker is replaced another that is ready is enough, for a while', async (t) => {
  t.same(readinessOf([state(1, READY), state(2, undefined, 100)]), READY)
  t.same(readinessOf([state(1, READY), state(2, STARTING, 3_000)]), READY)
  t.match(readinessOf([state(1, READY), state(2, STARTING, 30_000)]), { ready: false })
  t.match(readinessOf([state(1, undefined, 100), state(2, undefined, 100)]), { ready: false })
  t.match(readinessOf([state(1, STARTING), state(2, undefined, 100)]), { ready: false })
})

t.test('no two workers of any gateway have a name in common', async (t) => {
  const seats = [1, 2, 10, 64].map((number) => ({ number, of: 64 }))
  for (const nameOf of [nameInStore, nameOnDisk])
    t.equal(new Set(seats.map((seat) => nameOf('x', seat))).size, seats.length)
  t.equal(nameInStore('gateway-a', { number: 1, of: 1 }), 'gateway-a')
  t.equal(nameInStore('gateway-a', { number: 2, of: 4 }), 'gateway-a/2')
  t.equal(nameOnDisk('events', { number: 1, of: 4 }), 'events', 'as a gateway of one process has it')
})

t.test('a seat is told as text, and any other text is refused', async (t) => {
  t.same(parseSeat(seatText({ number: 3, of: 12 })), { number: 3, of: 12 })
  for (const text of ['0/2', '3/2', '1', '1/0', 'a/b', '', '1/2/3'])
    t.throws(() => parseSeat(text), /is not a worker/, text)
})

t.test('what former workers have left is found, and nothing else', async (t) => {
  const found = [
    'events',
    'events-2',
    'events-3',
    'events-10',
    'events-x',
    'events-03',
    'flags-3.seen',
    'events-3.old',
  ]
  t.same(namesOfFormerWorkers('events', found, { number: 1, of: 2 }), ['events-3', 'events-10'])
  t.same(namesOfFormerWorkers('events', found, { number: 1, of: 1 }), ['events-2', 'events-3', 'events-10'])
})

t.test('events that a former worker has kept are delivered by the first one', async (t) => {
  const folder = temporaryFolder()
  const event: TrafficEvent = {
    decision: 'AZyt4hI74yU2b8cJwWlH5A',
    event: 'decommissioned',
    at: instantOf(1_700_000_000_000),
    codes: ['8.3'],
    devices: [],
    user: undefined,
    requestId: 'one',
    stage: undefined,
  }
  const left = await EventSpool.open<TrafficEvent>({
    folder: join(folder, 'journal/events-2'),
    after: () => () => {},
    deliver: () => Promise.reject(new Error('the store is away')),
  })
  await left.keep(event)
  await left.close()
  const service = await startService({ config: configIn(folder), log: createLog({ level: 'silent' }) })
  t.teardown(async () => {
    await service.stop()
    rmSync(folder, { recursive: true })
  })
  const backlog = () =>
    service.gateway.metrics.series().find(({ name }) => name === 'duisgate_event_backlog_bytes')
  while (backlog()?.values[0] !== 0) await delay(10)
  const { store } = service
  const taken = await (store as SqlStore).change((unit) => unit.traffic.eventsOf('one', 'decommissioned'))
  t.match(taken, [{ decision: event.decision, codes: ['8.3'] }])
})

function configIn(folder: string) {
  const overrides = [
    'store=duisgate.db',
    'journal.folder=journal',
    'southbound.listen=127.0.0.1:0',
    'northbound.listen=127.0.0.1:0',
    'control.listen=127.0.0.1:0',
    'limits.drainIdleMs=0',
  ]
  const result = readConfig({ file: undefined, environment: {}, overrides, workingFolder: folder })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.config
}

t.test('a worker without a memory of its own goes by that of the first one', async (t) => {
  const folder = temporaryFolder()
  t.teardown(() => rmSync(folder, { recursive: true }))
  const first = new SeenFile(join(folder, 'flags.seen'))
  const second = new SeenFile(join(folder, 'flags-2.seen'), join(folder, 'flags.seen'))
  t.equal(await second.read(), undefined)
  await first.keep({ storeId: 'one', change: undefined })
  t.match(await second.read(), { storeId: 'one' })
  await second.keep({ storeId: 'two', change: undefined })
  t.match(await second.read(), { storeId: 'two' })
  t.match(await first.read(), { storeId: 'one' })
})

t.test('metrics of several processes together are what one process would have counted', async (t) => {
  const event = fc.record({
    outcome: fc.constantFrom('forwarded', 'rejected'),
    seconds: fc.double({ min: 0, max: 40, noNaN: true }),
    at: fc.nat(2),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
      const workers = [new Metrics(), new Metrics(), new Metrics()]
      const alone = new Metrics()
      for (const { outcome, seconds, at } of events)
        for (const metrics of [alone, workers[at]]) {
          metrics?.count('duisgate_outcomes_total', ['southbound', outcome])
          metrics?.durations('duisgate_message_seconds', ['southbound', outcome]).observe(seconds)
        }
      const snapshots = await Promise.all(workers.map((metrics) => metrics.snapshot()))
      const [former, ...rest] = JSON.parse(JSON.stringify(snapshots)) as typeof snapshots
      const total = together([countsOf(former ? [former] : []), ...rest])
      t.same(sorted(await total.exposition()), sorted(await alone.exposition()))
    }),
    { numRuns: 20, seed: 169 },
  )
})

/** Own counts, in any order; sums of durations to nine digits, because they were added up in another order. */
function sorted({ text }: { text: string }): string[] {
  const own = text.split('\n').filter((line) => /^duisgate_(?:outcomes|message_seconds)/.test(line))
  return own.map((line) => line.replace(/(?<=_sum\S* )\S+/, (sum) => Number(sum).toPrecision(9))).sort()
}

t.test('of states the worst counts, amounts add up, and infinity survives the way', async (t) => {
  const worker = (inStep: number, ageSeconds: number, connections: number) => {
    const metrics = new Metrics()
    metrics.watch('duisgate_flag_in_step', [], () => inStep)
    metrics.watch('duisgate_flag_age_seconds', [], () => ageSeconds)
    metrics.watch('duisgate_connections', ['southbound'], () => connections)
    return metrics.snapshot()
  }
  const snapshots = await Promise.all([worker(1, 0.2, 3), worker(0, Number.POSITIVE_INFINITY, 4)])
  const { text } = await together(JSON.parse(JSON.stringify(snapshots))).exposition()
  t.match(text, /^duisgate_flag_in_step 0$/m)
  t.match(text, /^duisgate_flag_age_seconds \+Inf$/m)
  t.match(text, /^duisgate_connections\{direction="southbound"\} 7$/m)
  t.match(text, /^process_cpu_seconds_total /m)
})
