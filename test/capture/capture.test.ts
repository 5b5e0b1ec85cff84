/** Capturing in a running gateway: what is written, what is left out, and how it ends. Real sockets and files. */
import { chmod, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type CaptureLine, captureLine } from '../../src/capture/capture-line.ts'
import {
  type CaptureRequest,
  type CaptureStatus,
  readStatus,
  removeRequest,
  writeRequest,
} from '../../src/capture/capture-request.ts'
import type { FlagsAtHand } from '../../src/capture/capture-run.ts'
import { CaptureSwitch } from '../../src/capture/capture-switch.ts'
import { instantOf } from '../../src/core/device/device.ts'
import type { GatewayLimits } from '../../src/gateway/limits.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { createLog } from '../../src/observe/log.ts'
import { Metrics } from '../../src/observe/metrics.ts'
import { northboundFixtures } from '../fixtures/northbound.ts'
import { southboundFixtures } from '../fixtures/southbound.ts'
import { firmwareUpdate } from '../support/large-messages.ts'
import { type Scenario, startScenario, temporaryFolder, untilMetric } from '../support/start-gateway.ts'

function fixture(path: string): Buffer {
  const found = [...southboundFixtures, ...northboundFixtures].find((each) => each.path === path)
  if (!found) throw new Error(`there is no fixture ${path}`)
  return Buffer.from(found.bytes)
}

const READ = fixture('southbound/read-import-registers.xml')
const TOP_UP = fixture('southbound/top-up.xml')
const ANSWER = fixture('northbound/response-import-registers.xml')

interface Bench {
  readonly scenario: Scenario
  readonly metrics: Metrics
  readonly folder: string
  readonly out: string
  readonly logged: readonly string[]
  /** Moves the clock of captures on. */
  pass(milliseconds: number): void
  order(more?: Partial<CaptureRequest>): Promise<void>
  /** Settles when the worker's answer is so. */
  until(fits: (status: CaptureStatus) => boolean): Promise<CaptureStatus>
  withdraw(): Promise<CaptureStatus>
  lines(): Promise<CaptureLine[]>
}

async function startBench(t: Test, random = () => 0, limits: Partial<GatewayLimits> = {}): Promise<Bench> {
  const folder = await temporaryFolder(t)
  const out = join(folder, 'captures')
  const metrics = new Metrics()
  const logged: string[] = []
  let passed = 0
  let flags: FlagsAtHand | undefined
  const captures = new CaptureSwitch({
    folder,
    seat: { number: 1, of: 1 },
    pollMs: 5,
    clock: { ...systemClock, now: () => instantOf(Date.now() + passed) },
    metrics,
    flags: { atHand: (keys, now) => flags?.atHand(keys, now) },
    random,
    log: createLog({ level: 'info', destination: { write: (line: string) => void logged.push(line) } }),
  })
  const scenario = await startScenario(t, {
    taps: captures,
    metrics,
    limits: { holdBytes: 65_536, ...limits },
  })
  flags = scenario.flags
  await captures.start()
  t.teardown(() => captures.stop())
  const until = async (fits: (status: CaptureStatus) => boolean) => {
    for (;;) {
      const status = await readStatus(folder, 1)
      if (status && fits(status)) return status
      await delay(2)
    }
  }
  return {
    scenario,
    metrics,
    folder,
    out,
    logged,
    until,
    pass: (milliseconds) => {
      passed += milliseconds
    },
    async order(more = {}) {
      const request = {
        id: 'one',
        out,
        until: Date.now() + 60_000,
        sample: 1,
        maxBytes: 1e6,
        keepPayload: false,
      }
      await writeRequest(folder, { ...request, ...more })
      await until(({ id }) => id === (more.id ?? 'one'))
    },
    async withdraw() {
      await removeRequest(folder)
      return until(({ state }) => state === 'over')
    },
    async lines() {
      const names = (await readdir(out)).sort()
      const texts = await Promise.all(names.map((name) => readFile(join(out, name), 'utf8')))
      return texts
        .join('')
        .split('\n')
        .filter(Boolean)
        .map((line) => captureLine.parse(JSON.parse(line)))
    },
  }
}

t.test('messages of both directions are written with path, time, decision, verdict and rule', async (t) => {
  const { scenario, order, withdraw, lines, out } = await startBench(t)
  await scenario.sendSouth(READ)
  await order()
  await scenario.sendSouth(READ, { path: '/api/v1/serviceD?token=secret' })
  await scenario.sendNorth(ANSWER)
  await scenario.restrict()
  await scenario.sendSouth(READ)
  await scenario.sendNorth(ANSWER)
  t.match(await withdraw(), { reason: 'withdrawn', captured: 4, leftOut: {} })
  await scenario.sendSouth(READ)

  const found = await lines()
  t.match(
    found.map(({ direction, path, verdict, rule }) => [direction, path, verdict, rule]),
    [
      ['southbound', '/api/v1/serviceD', 'forward', 'read-registers'],
      ['northbound', '/', 'forward', 'read-registers'],
      ['southbound', '/api/v1/serviceS', 'reject', 'read-registers'],
      ['northbound', '/', 'withhold', 'read-registers'],
    ],
  )
  const journal = await scenario.journal()
  for (const { decision, time } of found)
    t.ok(journal.some((line) => line.decision === decision && line.time === time))
  for (const { body } of found) t.notMatch(Buffer.from(body, 'base64').toString(), /cGxhY2Vob2xkZXI|MFV6H0Rp/)
  const [name = ''] = await readdir(out)
  t.equal((await stat(join(out, name))).mode & 0o777, 0o600)
})

t.test('what goes on is the message as it came, captured or not', async (t) => {
  const { scenario, order } = await startBench(t)
  await order()
  await scenario.sendSouth(TOP_UP)
  t.ok(scenario.dsp.deliveries[0]?.body.equals(TOP_UP))
})

t.test('payloads stay only where asked for, and never of what is stopped or Restricted', async (t) => {
  const { scenario, order, until, withdraw, lines } = await startBench(t)
  await order({ keepPayload: true })
  await scenario.sendSouth(READ)
  await scenario.sendSouth(TOP_UP)
  await until(({ captured }) => captured === 2)
  await scenario.restrict()
  await scenario.sendSouth(READ)
  await scenario.sendSouth(TOP_UP)
  await withdraw()
  const found = await lines()
  t.same(
    found.map(({ body, verdict }) => [
      verdict,
      [READ, TOP_UP].some((each) => each.toString('base64') === body),
    ]),
    [
      ['forward', true],
      ['forward', true],
      ['reject', false],
      ['forward', false],
    ],
  )
})

t.test('a share of messages, and one direction only', async (t) => {
  let place = 0
  const { scenario, order, withdraw, lines } = await startBench(t, () => (place++ % 2 === 0 ? 0.1 : 0.9))
  await order({ sample: 0.5, direction: 'southbound' })
  for (let count = 0; count < 4; count++) {
    await scenario.sendSouth(READ)
    await scenario.sendNorth(ANSWER)
  }
  t.match(await withdraw(), { captured: 2 })
  t.same(
    (await lines()).map(({ direction }) => direction),
    ['southbound', 'southbound'],
  )
})

t.test('it ends by itself when its bytes are used up, and the file is no longer than that', async (t) => {
  const { scenario, order, until, lines, out } = await startBench(t)
  await order({ maxBytes: 4_500 })
  for (let count = 0; count < 5; count++) await scenario.sendSouth(READ)
  const { captured, leftOut } = await until(({ reason }) => reason === 'size')
  const [name = ''] = await readdir(out)
  t.ok((await stat(join(out, name))).size <= 4_500)
  t.equal((await lines()).length, captured)
  t.ok(captured > 0 && (leftOut.over ?? 0) > 0)
})

t.test('it ends by itself when its time is over', async (t) => {
  const { scenario, order, until, pass } = await startBench(t)
  await order()
  await scenario.sendSouth(READ)
  pass(60_001)
  await scenario.sendSouth(READ)
  t.match(await until(({ state }) => state === 'over'), { reason: 'time', captured: 1 })
  t.equal((await scenario.sendSouth(READ)).status, 200)
})

t.test('what is too large, unreadable or refused is left out and counted', async (t) => {
  const { scenario, order, withdraw, metrics } = await startBench(t)
  await order()
  await scenario.sendSouth(firmwareUpdate(100_000))
  await scenario.sendSouth('<a/>')
  await scenario.sendSouth(READ)
  t.match(await withdraw(), { captured: 1, leftOut: { large: 1, undecided: 1 } })
  await untilMetric(metrics, 'duisgate_captured_total{direction="southbound"} 1')
  await untilMetric(metrics, 'duisgate_capture_left_out_total{reason="large"} 1')
})

t.test('more at once than may be held is left out, and still goes its way', async (t) => {
  const { scenario, order, withdraw } = await startBench(t, () => 0, { peerConnections: 300 })
  await order()
  const { promise: isOpen, resolve: open } = Promise.withResolvers<void>()
  scenario.dsp.behave(async (_incoming, reply, takeBody) => {
    await takeBody()
    await isOpen
    reply.writeHead(200).end()
  })
  const answers = Array.from({ length: 300 }, () => scenario.sendSouth(READ))
  while (scenario.dsp.deliveries.length < 300) await delay(2)
  open()
  t.same([...new Set((await Promise.all(answers)).map(({ status }) => status))], [200])
  t.match(await withdraw(), { captured: 256, leftOut: { busy: 44 } })
})

t.test('an order is carried out once, also by a gateway that starts again', async (t) => {
  const { scenario, order, withdraw, out, lines } = await startBench(t)
  await order()
  await scenario.sendSouth(READ)
  await withdraw()
  const again = await startBench(t)
  await writeRequest(again.folder, {
    id: 'one',
    out,
    until: Date.now() + 60_000,
    sample: 1,
    maxBytes: 1e6,
    keepPayload: true,
  })
  while (!again.logged.some((line) => line.includes('has been carried out before'))) await delay(2)
  await again.scenario.sendSouth(READ)
  t.equal((await lines()).length, 1)
})

t.test('an order that others may write, or that is none, is refused and logged', async (t) => {
  const { folder, logged, order, out } = await startBench(t)
  const file = join(folder, 'request.json')
  await writeFile(file, JSON.stringify({ id: 'bad', out, until: Date.now() + 60_000 }))
  while (!logged.some((line) => line.includes('an order to capture is refused'))) await delay(2)
  const elsewhere = await temporaryFolder(t)
  const open = { id: 'open', out, until: Date.now() + 9e4, sample: 1, maxBytes: 1e6, keepPayload: true }
  await writeRequest(elsewhere, open)
  await chmod(join(elsewhere, 'request.json'), 0o666)
  await rename(join(elsewhere, 'request.json'), file)
  while (!logged.some((line) => line.includes('others than its owner may write it'))) await delay(2)
  await order({ id: 'two' })
  t.same(await readdir(out), ['capture-two.ndjson'])
})

t.test('a folder that cannot be written fails the capture and nothing else', async (t) => {
  const { scenario, folder, order, until } = await startBench(t)
  await writeFile(join(folder, 'taken'), '')
  await order({ out: join(folder, 'taken') })
  t.match(await until(({ state }) => state === 'over'), { reason: 'failed', error: /EEXIST|ENOTDIR/ })
  t.equal((await scenario.sendSouth(READ)).status, 200)
})
