/** H8: a thousand sockets that drip headers, stop in their body or take no answer, while a healthy client is served. */
import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { openSocket, readToEnd } from '../../../test/support/raw-client.ts'
import { startStubDsp } from '../../../test/support/stub-dsp.ts'
import { ward } from '../../../test/support/warden.ts'
import { besideEachOther, isUnmoved, type Sending, textOfBeside } from '../beside.ts'
import { deviceOf, readOf } from '../messages.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { ServedGateway } from '../served-gateway.ts'

/** Connections that the healthy client has at the most. */
const HEALTHY = 30
/** Time between two looks at the metrics. */
const LOOK_MS = 250
/** A client that is slow is cut within so many times what its limit says: the machine may be slow as well. */
const TIMES = 3

/** In seconds: until the head is whole, between two parts of a body, and for an answer to be taken. */
interface Limits {
  readonly headers: number
  readonly body: number
  readonly taking: number
}

function limitsOf({ isQuick }: ProbeScope): Limits {
  return isQuick ? { headers: 2, body: 2, taking: 10 } : { headers: 10, body: 30, taking: 10 }
}

export async function slowClients(scope: ProbeScope): Promise<Seen> {
  const [attacked, alone] = [await start(scope), await start(scope)]
  const held = attack(scope, attacked)
  const beside = await besideEachOther(healthy(attacked), healthy(alone), held)
  const all = await held
  return {
    holds: isUnmoved(beside) && all.every(({ seconds, limit }) => seconds <= TIMES * limit),
    figure: [
      ...all.map(({ name, seconds }) => `slow ${name} cut within ${seconds} s`),
      textOfBeside(beside),
    ].join(', '),
  }
}

async function start(scope: ProbeScope): Promise<ServedGateway> {
  const dsp = await startStubDsp()
  scope.teardown(() => dsp.close())
  const { headers, body } = limitsOf(scope)
  return ServedGateway.start(scope, {
    settings: [
      `southbound.dspUrl=${dsp.url.origin}`,
      `limits.headersMs=${headers * 1_000}`,
      `limits.idleBodyMs=${body * 1_000}`,
    ],
  })
}

/** A client that sends a message of ever other Devices. */
function healthy(gateway: ServedGateway): Sending {
  let sent = 0
  return async () => (await gateway.send(readOf(deviceOf(sent), sent++))).status === 200
}

interface Held {
  readonly name: string
  /** Until the last socket was cut; infinite when some were left. */
  readonly seconds: number
  readonly limit: number
}

async function attack(scope: ProbeScope, gateway: ServedGateway): Promise<readonly Held[]> {
  const readers = await slowReaders(scope, gateway)
  const limits = limitsOf(scope)
  const [headers, bodies] = await Promise.all([
    slowly(scope, gateway, ['-H', '-i', '1']).then(secondsOf),
    stoppedBodies(scope, gateway),
  ])
  return [
    readers,
    { name: 'headers', seconds: headers, limit: limits.headers },
    { name: 'bodies', seconds: bodies, limit: limits.body },
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
  const { taking } = limitsOf(scope)
  const isPast = () => performance.now() - from > TIMES * taking * 1_000
  // Each asks with GET, which is refused.
  const refused = () => gateway.metric('duisgate_faults_total')
  while ((await refused()) < socketsOf(scope) && !isPast()) await pause(LOOK_MS)
  while ((await open()) > HEALTHY && !isPast()) await pause(LOOK_MS)
  return { name: 'reads', seconds: Math.ceil((performance.now() - from) / 1_000), limit: taking }
}

const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')

function socketsOf({ isQuick }: ProbeScope): number {
  return isQuick ? 100 : 340
}

/** Runs slowhttptest and has what it printed. */
async function slowly(scope: ProbeScope, gateway: ServedGateway, words: readonly string[]): Promise<string> {
  const url = `http://127.0.0.1:${gateway.portOf('southbound')}/api/v1/serviceS`
  const sockets = String(socketsOf(scope))
  const { headers, taking } = limitsOf(scope)
  const pace = ['-c', sockets, '-r', sockets, '-l', String(TIMES * Math.max(headers, taking) + 10)]
  const child = ward(
    spawn('slowhttptest', [...words, ...pace, '-u', url, '-v', '1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
  scope.teardown(() => child.kill('SIGKILL'))
  return (await child.stdout.setEncoding('utf8').toArray()).join('').replace(COLOURS, '')
}
