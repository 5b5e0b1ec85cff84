/** L10: the log goes to a pipe that nobody reads, or to a full disk. */
import { openSync } from 'node:fs'
import { startStubDsp } from '../../../test/support/stub-dsp.ts'
import { type Beside, besideEachOther, isUnmoved, textOfBeside } from '../beside.ts'
import { readOf } from '../messages.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { freePort, msUntil, PATIENCE_MS, post, ServedGateway } from '../served-gateway.ts'

/** Refused messages, each with a debug line of its own: far more than a pipe takes. */
const MESSAGES = 400

export async function blockedLog(scope: ProbeScope): Promise<Seen> {
  const heard = await start(scope)
  const full = await sendUnheard(scope, heard, openSync('/dev/full', 'w'))
  const unread = await sendUnheard(scope, heard, 'unread')
  const seen = [full, unread]
  return {
    holds: seen.every(({ beside, dropped, code }) => isUnmoved(beside) && dropped > 0 && code === 0),
    figure: `full disk: ${textOf(full)}; pipe nobody reads: ${textOf(unread)}`,
  }
}

interface Unheard {
  readonly beside: Beside
  readonly dropped: number
  readonly code: number | null
}

function textOf({ beside, dropped, code }: Unheard): string {
  return `${textOfBeside(beside)}, ${dropped} log lines dropped and counted, exit ${code}`
}

/** A gateway on ports that it need not say. */
interface Started {
  readonly gateway: ServedGateway
  readonly port: number
  readonly control: string
}

async function start(scope: ProbeScope, logTo?: number | 'unread'): Promise<Started> {
  const dsp = await startStubDsp()
  scope.teardown(() => dsp.close())
  const [port, controlPort] = [await freePort(), await freePort()]
  const settings = [
    `southbound.dspUrl=${dsp.url.origin}`,
    `southbound.listen=127.0.0.1:${port}`,
    `control.listen=127.0.0.1:${controlPort}`,
    'log.level=debug',
  ]
  const gateway = await ServedGateway.start(scope, { settings, ...(logTo !== undefined && { logTo }) })
  const control = `http://127.0.0.1:${controlPort}`
  const isReady = () =>
    fetch(`${control}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    )
  await msUntil(PATIENCE_MS, isReady)
  return { gateway, port, control }
}

async function sendUnheard(scope: ProbeScope, heard: Started, logTo: number | 'unread'): Promise<Unheard> {
  const { gateway, port, control } = await start(scope, logTo)
  const enough = Promise.withResolvers<void>()
  let sent = 0
  const send = async () => {
    if (++sent === MESSAGES) enough.resolve()
    return isAnswered(port)
  }
  const beside = await besideEachOther(send, () => isAnswered(heard.port), enough.promise)
  if (logTo === 'unread') await fill(port)
  const metrics = await (await fetch(`${control}/metrics`)).text()
  const dropped = Number(/^duisgate_log_dropped_lines (\d+)/m.exec(metrics)?.[1])
  const code = await gateway.end('SIGTERM')
  return { beside, dropped, code }
}

async function isAnswered(port: number): Promise<boolean> {
  return (await post(port, readOf())).status > 0
}

/** Sends until more than the pipe and the memory behind it hold has been logged. */
async function fill(port: number): Promise<void> {
  const { Agent } = await import('node:http')
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  for (let round = 0; round < 80; round++)
    await Promise.all(Array.from({ length: 100 }, () => post(port, readOf(), agent)))
  agent.destroy()
}
