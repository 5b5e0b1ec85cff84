/** L1 and L3: gateways that are told to stop, and killed, under load and in the middle of a large message. */
import { Agent } from 'node:http'
import { join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { firmwareUpdate } from '../../../test/support/large-messages.ts'
import { beginPost, type Sending } from '../../../test/support/start-gateway.ts'
import type { StubPeer } from '../../../test/support/stub-dsp.ts'
import { countersOf, deviceOf, readOf } from '../messages.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { freePort, newFolder, post, ServedGateway, type ServeOptions } from '../served-gateway.ts'
import { startDsp } from '../upstream.ts'

/** Messages a second, over both instances. */
const RATE = 200

/** How long a drain leaves connections open that nobody uses. */
const DRAIN_IDLE_MS = 200

/** One of two instances that share a store, on an address that it keeps. */
class Instance {
  isUp = false
  /** Gives up what it has not used for half of what a drain leaves idle connections, as a load balancer is set to. */
  readonly agent = new Agent({ keepAlive: true, timeout: DRAIN_IDLE_MS / 2 })
  readonly #scope: ProbeScope
  readonly #port: number
  readonly #options: ServeOptions
  #gateway: ServedGateway | undefined

  constructor(scope: ProbeScope, port: number, options: ServeOptions) {
    this.#scope = scope
    this.#port = port
    this.#options = options
  }

  async start(): Promise<void> {
    this.#gateway = await ServedGateway.start(this.#scope, this.#options)
    this.isUp = true
  }

  /** Stops it as a roll-out does and starts it again; answers its exit code. */
  async roll(): Promise<number | null> {
    const code = await (this.#gateway?.end('SIGTERM') ?? null)
    await this.start()
    return code
  }

  /** As a load balancer does, it leaves an instance alone that says `Connection: close`. */
  async send(counter: number): Promise<{ readonly status: number; readonly closes: boolean }> {
    const answer = await post(this.#port, readOf(deviceOf(counter), counter), this.agent)
    if (answer.closes) this.isUp = false
    return answer
  }
}

export async function rollingRestarts(scope: ProbeScope): Promise<Seen> {
  const dsp = await startDsp(scope)
  const store = join(newFolder(scope), 'shared.db')
  const instances = await Promise.all([1, 2].map((number) => instanceOf(scope, number, dsp, store)))
  for (const one of instances) await one.start()
  const load = new Load(instances)
  const running = load.run()
  const rolls = scope.isQuick ? 2 : 50
  const codes: (number | null)[] = []
  for (let roll = 0; roll < rolls; roll++) {
    const [one] = roll % 2 === 0 ? instances : instances.toReversed()
    codes.push(await (one?.roll() ?? null))
  }
  load.isOver = true
  await running
  const counters = countersOf(dsp.deliveries.map(({ body }) => body))
  const repeats = counters.length - new Set(counters).size
  const badExits = codes.filter((code) => code !== 0).length
  for (const { agent } of instances) agent.destroy()
  return {
    holds: load.failures.length === 0 && repeats === 0 && badExits === 0 && load.closed >= rolls,
    figure: `${rolls} restarts of 2 instances, ${load.sent} messages at ${RATE}/s: ${load.failures.length} reset or failed${load.failures.length > 0 ? ` (${[...new Set(load.failures)].join(', ')})` : ''}, ${repeats} sent twice, ${badExits} exits other than 0`,
  }
}

async function instanceOf(
  scope: ProbeScope,
  number: number,
  dsp: StubPeer,
  store: string,
): Promise<Instance> {
  const port = await freePort()
  return new Instance(scope, port, {
    folder: newFolder(scope),
    settings: [
      `store=${store}`,
      `gatewayId=instance-${number}`,
      `southbound.listen=127.0.0.1:${port}`,
      `southbound.dspUrl=${dsp.url.origin}`,
      'limits.drainNoticeMs=200',
      `limits.drainIdleMs=${DRAIN_IDLE_MS}`,
    ],
  })
}

/** Messages at a constant rate to whichever instance is up, in turn. */
class Load {
  sent = 0
  /** Of each message that was not carried: how it was answered, or that it was not. */
  readonly failures: string[] = []
  /** Answers that announced the end of their connection. */
  closed = 0
  isOver = false
  readonly #instances: readonly Instance[]

  constructor(instances: readonly Instance[]) {
    this.#instances = instances
  }

  async run(): Promise<void> {
    const waiting: Promise<void>[] = []
    const from = performance.now()
    for (; !this.isOver; await pause(5)) {
      await nextTurn() // Connections that have been closed meanwhile are not used again.
      const due = ((performance.now() - from) * RATE) / 1_000
      while (this.sent < due) waiting.push(this.#sendOne(this.sent++))
    }
    await Promise.all(waiting)
  }

  async #sendOne(counter: number): Promise<void> {
    const up = this.#instances.filter(({ isUp }) => isUp)
    const { status, closes } = (await up[counter % up.length]?.send(counter)) ?? { status: 0, closes: false }
    if (status !== 204)
      this.failures.push(up.length === 0 ? 'nobody up' : status === 0 ? 'reset' : String(status))
    if (closes) this.closed++
  }
}

const UPLOAD = Buffer.from(firmwareUpdate(13_653_336))
const HALF = UPLOAD.length / 2

/** How long a message may go on once the process is to stop; it stops within so many times that. */
const DRAIN_MS = 2_000
const TIMES = 3

/** SIGTERM twice in an upload that goes on, SIGTERM in one that stops, SIGKILL in one. */
export async function stopsInUploads(scope: ProbeScope): Promise<Seen> {
  const dsp = await startDsp(scope)
  const begin = async () => {
    const settings = [`southbound.dspUrl=${dsp.url.origin}`, `drainMs=${DRAIN_MS}`]
    const gateway = await ServedGateway.start(scope, { settings })
    return { gateway, upload: await halfSent(gateway, dsp) }
  }
  const first = await begin()
  const ended = first.gateway.end('SIGTERM')
  await first.gateway.logged('draining')
  first.gateway.child.kill('SIGTERM')
  first.upload.client.end(UPLOAD.subarray(HALF))
  const finished = (await first.upload.answered).status
  const [code, whole] = [await ended, dsp.deliveries.length]
  const second = await begin()
  const from = performance.now()
  const lateCode = await second.gateway.end('SIGTERM')
  const stopMs = performance.now() - from
  const third = await begin()
  await third.gateway.end('SIGKILL')
  const more = dsp.deliveries.length - whole
  return {
    holds:
      finished === 204 &&
      code === 0 &&
      whole === 1 &&
      more === 0 &&
      stopMs <= TIMES * DRAIN_MS &&
      lateCode === 0,
    figure: `SIGTERM twice in an upload of ${(UPLOAD.length / 1e6).toFixed(1)} MB: ${finished}, exit ${code}; one that does not go on: stopped after ${(stopMs / 1_000).toFixed(1)} s with drainMs ${DRAIN_MS}, exit ${lateCode}; with SIGKILL too the DSP has ${more} of them whole`,
  }
}

async function halfSent(gateway: ServedGateway, dsp: StubPeer): Promise<Sending> {
  const begun = dsp.nextBegun()
  const headers = { 'content-length': String(UPLOAD.length) }
  const upload = beginPost(gateway.portOf('southbound'), { path: '/api/v1/serviceD', headers })
  upload.client.write(UPLOAD.subarray(0, HALF))
  await begun
  return upload
}
