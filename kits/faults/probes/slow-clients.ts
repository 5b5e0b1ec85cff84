/** H8: a thousand sockets that drip headers, stop in their body or take no answer, while a healthy client is served. */
import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { openSocket, readToEnd } from '../../../test/support/raw-client.ts'
import { startStubDsp } from '../../../test/support/stub-dsp.ts'
import { ward } from '../../../test/support/warden.ts'
import { deviceOf, readOf } from '../messages.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { type Answer, quantile, ServedGateway } from '../served-gateway.ts'

/** Time between two messages of the healthy client. */
const PACE_MS = 10
/** Connections that the healthy client has at the most. */
const HEALTHY = 30
/** Time between two looks at the metrics. */
const LOOK_MS = 250
/** What a p99 may grow to at any rate: attackers, client and upstream share the machine with the gateway. */
const FLOOR_MS = 50

export async function slowClients(scope: ProbeScope): Promise<Seen> {
  const { isQuick } = scope
  const dsp = await startStubDsp()
  scope.teardown(() => dsp.close())
  const limits = isQuick ? ['limits.headersMs=1000', 'limits.idleBodyMs=1000'] : []
  const settings = [`southbound.dspUrl=${dsp.url.origin}`, ...limits]
  const gateway = await ServedGateway.start(scope, { settings })
  await serve(gateway, pause(500))
  const idle = await serve(gateway, pause(isQuick ? 500 : 2_000))
  const under = attack(scope, gateway)
  const during = await serve(gateway, under)
  const held = await under
  const [before, beside] = [quantile(idle.times, 0.99), quantile(during.times, 0.99)]
  return {
    holds:
      during.failed === 0 &&
      beside <= Math.max(2 * before, FLOOR_MS) &&
      held.every(({ seconds, within }) => seconds <= within),
    figure: [
      ...held.map(({ name, seconds }) => `slow ${name} cut within ${seconds} s`),
      `p99 of a healthy client ${beside.toFixed(1)} ms (${before.toFixed(1)} before), ${during.failed} of ${during.times.length} failed`,
    ].join(', '),
  }
}

interface Held {
  readonly name: string
  /** Until the last socket was cut; infinite when some were left. */
  readonly seconds: number
  readonly within: number
}

async function attack(scope: ProbeScope, gateway: ServedGateway): Promise<readonly Held[]> {
  const readers = await slowReaders(scope, gateway)
  const within = scope.isQuick ? 4 : 15
  const [headers, bodies] = await Promise.all([
    slowly(scope, gateway, ['-H', '-i', '1']).then(secondsOf),
    stoppedBodies(scope, gateway),
  ])
  return [
    readers,
    { name: 'headers', seconds: headers, within },
    { name: 'bodies', seconds: bodies, within: scope.isQuick ? 4 : 33 },
  ]
}

/** What the tool says of its last socket. */
function secondsOf(text: string): number {
  const seconds = Number(/Test ended on (\d+)th second/.exec(text)?.[1] ?? Number.NaN)
  return text.includes('No open connections left') ? seconds : Number.POSITIVE_INFINITY
}

/** Bodies that begin well and stop; those of the tool are refused at their first byte, for they are no XML. */
async function stoppedBodies(scope: ProbeScope, gateway: ServedGateway): Promise<number> {
  const message = readOf()
  const head = `POST /api/v1/serviceS HTTP/1.1\r\nHost: gateway\r\nContent-Length: ${message.length}\r\n\r\n`
  const from = performance.now()
  const stop = async () => {
    const socket = await openSocket(gateway.portOf('southbound'))
    scope.teardown(() => socket.destroy())
    socket.write(head + message.slice(0, 400))
    await readToEnd(socket)
  }
  await Promise.all(Array.from({ length: socketsOf(scope) }, stop))
  return Math.ceil((performance.now() - from) / 1_000)
}

/** The tool goes on reading what was sent before the cut: here the gateway's count of connections says when it cut them. */
async function slowReaders(scope: ProbeScope, gateway: ServedGateway): Promise<Held> {
  const open = () => gateway.metric('duisgate_connections')
  const from = performance.now()
  void slowly(scope, gateway, ['-X', '-w', '1', '-y', '8', '-z', '1', '-n', '5'])
  const isPast = () => performance.now() - from > 15_000
  while ((await open()) < socketsOf(scope) / 2 && !isPast()) await pause(LOOK_MS)
  while ((await open()) > HEALTHY && !isPast()) await pause(LOOK_MS)
  return { name: 'reads', seconds: Math.ceil((performance.now() - from) / 1_000), within: 15 }
}

interface Served {
  readonly times: readonly number[]
  readonly failed: number
}

/** Sends a message every few milliseconds until the work is done. */
async function serve(gateway: ServedGateway, work: Promise<unknown>): Promise<Served> {
  let isOver = false
  void work.finally(() => {
    isOver = true
  })
  const sent: Promise<Answer>[] = []
  while (!isOver) {
    sent.push(gateway.send(readOf(deviceOf(sent.length), sent.length)))
    await pause(PACE_MS)
  }
  const answers = await Promise.all(sent)
  const failed = answers.filter(({ status }) => status !== 200).length
  return { times: answers.map(({ ms }) => ms), failed }
}

const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')

function socketsOf({ isQuick }: ProbeScope): number {
  return isQuick ? 100 : 340
}

/** Runs slowhttptest and has what it printed. */
async function slowly(scope: ProbeScope, gateway: ServedGateway, words: readonly string[]): Promise<string> {
  const url = `http://127.0.0.1:${gateway.portOf('southbound')}/api/v1/serviceS`
  const sockets = String(socketsOf(scope))
  const pace = ['-c', sockets, '-r', sockets, '-l', scope.isQuick ? '6' : '40']
  const child = ward(
    spawn('slowhttptest', [...words, ...pace, '-u', url, '-v', '1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
  scope.teardown(() => child.kill('SIGKILL'))
  return (await child.stdout.setEncoding('utf8').toArray()).join('').replace(COLOURS, '')
}
