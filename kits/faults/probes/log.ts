/** L10: the log goes to a pipe that nobody reads, or to a full disk. */
import { openSync } from 'node:fs'
import { startStubDsp } from '../../../test/support/stub-dsp.ts'
import { readOf } from '../messages.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { freePort, msUntil, post, quantile, ServedGateway } from '../served-gateway.ts'

/** Refused messages, each with a debug line of its own: far more than a pipe takes. */
const MESSAGES = 400

export async function blockedLog(scope: ProbeScope): Promise<Seen> {
  const full = await sendUnheard(scope, openSync('/dev/full', 'w'))
  const unread = await sendUnheard(scope, 'unread')
  const seen = [full, unread]
  return {
    holds: seen.every(
      ({ answered, ms, dropped, code }) => answered === MESSAGES && ms < 100 && dropped > 0 && code === 0,
    ),
    figure: `full disk: ${textOf(full)}; pipe nobody reads: ${textOf(unread)}`,
  }
}

interface Unheard {
  readonly answered: number
  readonly ms: number
  readonly dropped: number
  readonly code: number | null
}

function textOf({ answered, ms, dropped, code }: Unheard): string {
  return `${answered} of ${MESSAGES} answered, p99 ${ms.toFixed(1)} ms, ${dropped} log lines dropped and counted, exit ${code}`
}

async function sendUnheard(scope: ProbeScope, logTo: number | 'unread'): Promise<Unheard> {
  const dsp = await startStubDsp()
  scope.teardown(() => dsp.close())
  const [port, control] = [await freePort(), await freePort()]
  const settings = [
    `southbound.dspUrl=${dsp.url.origin}`,
    `southbound.listen=127.0.0.1:${port}`,
    `control.listen=127.0.0.1:${control}`,
    'log.level=debug',
  ]
  const gateway = await ServedGateway.start(scope, { settings, logTo })
  const at = `http://127.0.0.1:${control}`
  await msUntil(10_000, () =>
    fetch(`${at}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    ),
  )
  const times: number[] = []
  for (let sent = 0; sent < MESSAGES; sent++) {
    const { status, ms } = await post(port, readOf())
    if (status > 0) times.push(ms)
  }
  if (logTo === 'unread') await fill(port)
  const metrics = await (await fetch(`${at}/metrics`)).text()
  const dropped = Number(/^duisgate_log_dropped_lines (\d+)/m.exec(metrics)?.[1])
  const code = await gateway.end('SIGTERM')
  return { answered: times.length, ms: quantile(times, 0.99), dropped, code }
}

/** Sends until more than the pipe and the memory behind it hold has been logged. */
async function fill(port: number): Promise<void> {
  const { Agent } = await import('node:http')
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  for (let round = 0; round < 80; round++)
    await Promise.all(Array.from({ length: 100 }, () => post(port, readOf(), agent)))
  agent.destroy()
}
