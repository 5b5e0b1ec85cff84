/**
 * Service Users and the DSP of a run: messages for every Device to every gateway, and who sees them arrive.
 *
 * At each gateway each Device has a lane, in which one message follows the other. A lane sends every now and then, and at
 * once when something happened to its Device: that is when an answer may be wrong.
 */
import { once } from 'node:events'
import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { request } from '../../test/fixtures/message.ts'
import type { GatewayProcess } from './gateway-process.ts'
import type { HistoryWriter, ProbeOutcome } from './history.ts'

/** The DSP: takes every message and notes that it came. */
export class FarSide {
  readonly #server: Server
  readonly #history: HistoryWriter

  private constructor(history: HistoryWriter) {
    this.#history = history
    this.#server = createServer(async (incoming, reply) => {
      const at = this.#history.now()
      const probe = await probeIn(incoming).catch(() => undefined)
      if (probe !== undefined) this.#history.write({ type: 'probe-arrived', at, probe })
      reply.end()
    })
  }

  static async start(history: HistoryWriter): Promise<FarSide> {
    const farSide = new FarSide(history)
    farSide.#server.listen(0, '127.0.0.1')
    await once(farSide.#server, 'listening')
    return farSide
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`)
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

async function probeIn(incoming: IncomingMessage): Promise<number | undefined> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  return probeOf(String(Buffer.concat(chunks)))
}

/** The message's number: the counter of its RequestID. */
export function probeOf(text: string): number | undefined {
  const counter = /:(\d+)(?:<\/sr:RequestID>|$)/.exec(text)?.[1]
  return counter === undefined ? undefined : Number(counter)
}

/** Longer than any fault: what a paused gateway does with a message when it wakes is worth waiting for. */
const ANSWER_MS = 60_000

/** One message in so many is of a kind that no flag stops. */
const SAFE_EVERY = 8

export class Probes {
  readonly #history: HistoryWriter
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  /** Aborted to send at once for a Device; replaced each time. */
  readonly #alarms = new Map<string, AbortController>()
  readonly #betweenMs: () => number
  #lanes: Promise<void>[] = []
  #count = 0
  #isRunning = true

  /** `betweenMs`: the pause in a lane when nothing happens. */
  constructor(history: HistoryWriter, betweenMs: () => number) {
    this.#history = history
    this.#betweenMs = betweenMs
  }

  start(gateways: readonly GatewayProcess[], devices: readonly string[]): void {
    this.#lanes = gateways.flatMap((gateway) => devices.map((device) => this.#lane(gateway, device)))
  }

  /** Something happened to the Device. */
  hurry(device: string): void {
    this.#alarms.get(device)?.abort()
    this.#alarms.set(device, new AbortController())
  }

  /** Settles once every message is answered. */
  async stop(): Promise<void> {
    this.#isRunning = false
    for (const alarm of this.#alarms.values()) alarm.abort()
    await Promise.all(this.#lanes)
    this.#agent.destroy()
  }

  async #lane(gateway: GatewayProcess, device: string): Promise<void> {
    if (!this.#alarms.has(device)) this.hurry(device)
    for (let sent = 1; this.#isRunning; sent++) {
      const alarm = this.#alarms.get(device)?.signal
      await this.#probe(gateway, device, sent % SAFE_EVERY !== 0)
      if (this.#isRunning) await pause(this.#betweenMs(), undefined, { signal: alarm }).catch(() => {})
    }
  }

  async #probe(gateway: GatewayProcess, device: string, isBlockable: boolean): Promise<void> {
    const probe = ++this.#count
    const body = isBlockable
      ? request({
          srv: '4.1.1',
          target: device,
          counter: `${probe}`,
          body: '<sr:ReadInstantaneousImportRegisters/>',
        })
      : request({
          srv: '6.4.1',
          target: device,
          counter: `${probe}`,
          body: '<sr:UpdateDeviceConfigurationLoadLimitingGeneralSettings/>',
        })
    const at = this.#history.now()
    this.#history.write({ type: 'probe-sent', at, probe, gateway: gateway.name, device, isBlockable })
    const outcome = await this.#send(gateway.port, body)
    this.#history.write({ type: 'probe-answered', at: this.#history.now(), probe, outcome })
    // A gateway that is not there must not be asked without pause.
    if (outcome === 'unknown') await pause(50)
  }

  #send(port: number, body: string): Promise<ProbeOutcome> {
    const { promise, resolve } = Promise.withResolvers<ProbeOutcome>()
    const outgoing = httpRequest({
      ...{ host: '127.0.0.1', port, method: 'POST', path: '/api/v1/serviceS', agent: this.#agent },
      headers: { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) },
      timeout: ANSWER_MS,
    })
    outgoing.on('response', (reply) => resolve(outcomeOf(reply)))
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', () => resolve('unknown'))
    outgoing.end(body)
    return promise
  }
}

async function outcomeOf(reply: IncomingMessage): Promise<ProbeOutcome> {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of reply) chunks.push(chunk)
    const text = String(Buffer.concat(chunks))
    if (reply.statusCode === 503) return 'deferred'
    if (reply.statusCode !== 200) return 'unknown'
    return text.includes('<sr:ResponseCode>E5<') ? 'rejected' : 'forwarded'
  } catch {
    return 'unknown'
  }
}
