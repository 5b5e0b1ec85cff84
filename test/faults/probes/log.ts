/** L10: the log goes to a pipe that nobody reads, or to a full disk. A7: what ends up in the log. */
import { openSync } from 'node:fs'
import { allFixtures } from '../../fixtures/all.ts'
import { startStubDsp } from '../../support/stub-dsp.ts'
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

const EUI = /(?:[0-9A-Fa-f]{2}-){7}[0-9A-Fa-f]{2}/
const BARE_EUI = /(?<![0-9A-Za-z_-])[0-9A-F]{16}(?![0-9A-Za-z_-])/
const LONG_NUMBER = /(?<![\d.:T-])\d{10,13}(?!\d)/
const CERTIFICATE = /-----BEGIN/

/** Every fixture, both ways, at the most talkative level. */
export async function privateLog(scope: ProbeScope): Promise<Seen> {
  const dsp = await startStubDsp()
  scope.teardown(() => dsp.close())
  const settings = [
    `southbound.dspUrl=${dsp.url.origin}`,
    `northbound.fallback=${dsp.url.href}`,
    'log.level=trace',
  ]
  const gateway = await ServedGateway.start(scope, { settings })
  for (const { direction, bytes } of allFixtures) {
    const path = direction === 'southbound' ? '/api/v1/serviceS' : '/'
    await fetch(`http://127.0.0.1:${gateway.portOf(direction)}${path}`, {
      method: 'POST',
      body: Buffer.from(bytes),
    })
  }
  await dsp.close()
  await gateway.send(readOf())
  await gateway.end('SIGTERM')
  const hits = gateway.said.filter((line) =>
    [EUI, BARE_EUI, LONG_NUMBER, CERTIFICATE].some((one) => one.test(line)),
  )
  return {
    holds: hits.length === 0 && gateway.said.length > allFixtures.length,
    figure: `${hits.length} hits in ${gateway.said.length} lines of log${hits[0] ? `, first: ${hits[0]}` : ''}`,
  }
}
