/** L4 to L7: more messages than there is capacity for, slow upstreams, no descriptors, little heap. */
import { Agent } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { firmwareUpdate, profileResponse } from '../../../test/support/large-messages.ts'
import { type Answered, beginPost } from '../../../test/support/start-gateway.ts'
import type { Behaviour } from '../../../test/support/stub-dsp.ts'
import { deviceOf, readOf } from '../messages.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { type Answer, msUntil, PATIENCE_MS, quantile, ServedGateway } from '../served-gateway.ts'
import { startDsp } from '../upstream.ts'

function keptConnections(scope: ProbeScope): Agent {
  const agent = new Agent({ keepAlive: true })
  scope.teardown(() => agent.destroy())
  return agent
}

/** 8 connections to a DSP that takes 400 ms: 20 messages a second, which is nothing for the machine itself. */
const CONNECTIONS = 8
const OVERLOADED = [`limits.peerConnections=${CONNECTIONS}`, 'limits.peerInFlight=32']
const DSP_MS = 400
const CAPACITY = (CONNECTIONS * 1_000) / DSP_MS

/** Five times what the upstream takes, open loop. */
export async function overload(scope: ProbeScope): Promise<Seen> {
  let [underWay, most] = [0, 0]
  const dsp = await startDsp(scope, async (_, reply, takeBody) => {
    most = Math.max(most, ++underWay)
    await takeBody()
    await pause(DSP_MS)
    underWay--
    reply.writeHead(204).end()
  })
  const gateway = await ServedGateway.start(scope, {
    settings: [`southbound.dspUrl=${dsp.url.origin}`, ...OVERLOADED],
  })
  const agent = keptConnections(scope)
  const answers = await sendAtRate(gateway, agent, 5 * CAPACITY, scope.isQuick ? 3 : 10)
  const admitted = answers.filter(({ status }) => status === 204)
  const excess = answers.filter(({ status }) => status === 503)
  const hasAdvice = excess.every(({ retryAfter }) => retryAfter !== undefined)
  const after = await sendAtRate(gateway, agent, CAPACITY / 4, 1)
  const recovered = after.filter(({ status }) => status === 204).length
  const [carriedMs, excessMs] = [timeOf(admitted, 0.5), timeOf(excess, 0.5)]
  const isOrderly = admitted.length + excess.length === answers.length && excess.length > 0 && hasAdvice
  return {
    holds: isOrderly && most <= CONNECTIONS && excessMs <= carriedMs / 2 && recovered === after.length,
    figure: `${answers.length} messages at 5 times the capacity: ${admitted.length} carried, at most ${most} at once, half within ${carriedMs.toFixed(0)} ms; ${excess.length} answered 503 with Retry-After, half within ${excessMs.toFixed(1)} ms; at once afterwards ${recovered} of ${after.length} carried`,
  }
}

function timeOf(answers: readonly Answer[], part: number): number {
  return quantile(
    answers.map(({ ms }) => ms),
    part,
  )
}

async function sendAtRate(
  gateway: ServedGateway,
  agent: Agent,
  rate: number,
  seconds: number,
): Promise<Answer[]> {
  const waiting: Promise<Answer>[] = []
  const from = performance.now()
  for (; waiting.length < rate * seconds; await pause(5)) {
    const due = Math.min(rate * seconds, ((performance.now() - from) * rate) / 1_000)
    while (waiting.length < due)
      waiting.push(gateway.send(readOf(deviceOf(waiting.length), waiting.length), agent))
  }
  return Promise.all(waiting)
}

const MB = 1_000_000
const AT_ONCE = 5

/** Five large messages each way at once, to upstreams that take nothing for two seconds. */
export async function backPressure(scope: ProbeScope): Promise<Seen> {
  const lazy: Behaviour = async (incoming, reply) => {
    await pause(2_000)
    for await (const _ of incoming);
    reply.writeHead(204).end()
  }
  const dsp = await startDsp(scope, lazy)
  const gateway = await ServedGateway.start(scope, {
    settings: [`southbound.dspUrl=${dsp.url.origin}`, `northbound.fallback=${dsp.url.href}`],
  })
  const [down, up] = [Buffer.from(firmwareUpdate(13_653_336)), Buffer.from(profileResponse(14 * MB))]
  await sendLarge(gateway, 'southbound', down)
  const before = gateway.memory('VmHWM')
  const both = Array.from({ length: AT_ONCE }, () => [
    sendLarge(gateway, 'southbound', down),
    sendLarge(gateway, 'northbound', up),
  ])
  const statuses = (await Promise.all(both.flat())).map(({ status }) => status)
  const grownBy = gateway.memory('VmHWM') - before
  const carried = statuses.filter((status) => status === 204).length
  return {
    holds: carried === 2 * AT_ONCE && grownBy <= 64,
    figure: `${carried} of ${2 * AT_ONCE} messages of 14 MB carried at once, memory ${before.toFixed(0)} MB after one, at most ${grownBy.toFixed(0)} MB more`,
  }
}

function sendLarge(gateway: ServedGateway, to: 'southbound' | 'northbound', body: Buffer): Promise<Answered> {
  const path = to === 'southbound' ? '/api/v1/serviceD' : '/'
  const headers = { 'content-length': String(body.length) }
  const { client, answered } = beginPost(gateway.portOf(to), { path, headers })
  client.end(body)
  return answered
}

const DESCRIPTORS = 128

/** More clients than the process may have descriptors. */
export async function noDescriptors(scope: ProbeScope): Promise<Seen> {
  const dsp = await startDsp(scope)
  const gateway = await ServedGateway.start(scope, {
    launcher: ['prlimit', `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`],
    settings: [`southbound.dspUrl=${dsp.url.origin}`],
  })
  const kept = keptConnections(scope)
  await gateway.send(readOf(), kept)
  const clients = Array.from({ length: 3 * DESCRIPTORS }, () => openClient(gateway))
  scope.teardown(() => closeAll(clients))
  await pause(1_000)
  const served: number[] = []
  for (let count = 0; count < 20; count++) served.push((await gateway.send(readOf(), kept)).status)
  const isAlive = gateway.child.exitCode === null
  closeAll(clients)
  const backMs = await msUntil(
    PATIENCE_MS,
    async () => (await gateway.send(readOf(), new Agent())).status === 204,
  )
  const code = await gateway.end('SIGTERM')
  const carried = served.filter((status) => status === 204).length
  return {
    holds: carried === served.length && isAlive && backMs !== undefined && code === 0,
    figure: `${DESCRIPTORS} descriptors, ${clients.length} clients: ${carried} of ${served.length} messages on a connection that stood carried; the clients gone, new ones served after ${backMs?.toFixed(0)} ms, exit ${code}`,
  }
}

function openClient(gateway: ServedGateway): Socket {
  const socket = connect(gateway.portOf('southbound'), '127.0.0.1')
  return socket.on('error', () => {})
}

function closeAll(clients: readonly Socket[]): void {
  for (const one of clients) one.destroy()
}

/** A heap of 128 MB under messages to ever other Devices, with a large one now and then. */
export async function smallHeap(scope: ProbeScope): Promise<Seen> {
  const dsp = await startDsp(scope, async (incoming, reply) => {
    for await (const _ of incoming);
    reply.writeHead(204).end()
  })
  const gateway = await ServedGateway.start(scope, {
    nodeArguments: ['--max-old-space-size=128'],
    settings: [`southbound.dspUrl=${dsp.url.origin}`, 'flags.maxEntries=10000'],
  })
  const agent = keptConnections(scope)
  const large = Buffer.from(firmwareUpdate(13_653_336))
  const seconds = scope.isQuick ? 3 : 30
  const samples: number[] = []
  let [sent, failed] = [0, 0]
  for (let second = 0; second < seconds; second++) {
    const answers = await sendAtRate(gateway, agent, 300, 1)
    if (second % 5 === 0) await sendLarge(gateway, 'southbound', large)
    sent += answers.length
    failed += answers.filter(({ status }) => status !== 204).length
    samples.push(gateway.memory('VmRSS'))
  }
  const [early = 0, late = 0] = [samples.slice(0, samples.length / 2), samples.slice(samples.length / 2)].map(
    (half) => Math.max(...half),
  )
  return {
    holds: failed === 0 && (scope.isQuick || late <= early * 1.1),
    figure: `${sent} messages in ${seconds} s with a heap of 128 MB: ${failed} failed, at most ${early.toFixed(0)} MB in the first half and ${late.toFixed(0)} MB in the second`,
  }
}
