/** Sends captured messages to the listeners of a running gateway, one at a time and in order. */
import { Agent, request } from 'undici'
import type { Direction } from '../core/duis/facts.ts'
import type { Capture } from './captures.ts'
import { codeOf } from './configuration.ts'
import type { Reading } from './examiner.ts'

/** What came back, as a label to count under. */
export interface SendOutcome {
  readonly label: string
  readonly isFailure: boolean
}

export interface Sender {
  send(capture: Capture, reading: Reading): Promise<SendOutcome>
  close(): Promise<void>
}

/** One base URL a direction; messages of a direction without one are left out and counted as such. */
export function senderTo(targets: Readonly<Record<Direction, URL | undefined>>): Sender {
  const agent = new Agent({ connections: 1, pipelining: 1, headersTimeout: 60_000, bodyTimeout: 60_000 })
  return {
    async send(capture, reading) {
      const target = targets[reading.direction]
      if (!target) return { label: `${reading.direction}: left out, no target`, isFailure: false }
      const outcome = await post(agent, urlOf(target, capture.path ?? pathFor(reading)), capture.body)
      return { ...outcome, label: `${reading.direction}: ${outcome.label}` }
    },
    close: () => agent.close(),
  }
}

async function post(agent: Agent, url: URL, body: Buffer): Promise<SendOutcome> {
  try {
    const headers = { 'content-type': 'application/xml' }
    const { statusCode, body: answer } = await request(url, {
      method: 'POST',
      headers,
      body,
      dispatcher: agent,
    })
    return { label: `${statusCode}${responseCodeIn(await answer.text())}`, isFailure: statusCode >= 500 }
  } catch (error) {
    return { label: `no answer (${codeOf(error)})`, isFailure: true }
  }
}

/** For the summary only; nothing is decided on it. */
function responseCodeIn(text: string): string {
  const code = /ResponseCode>\s*([EIW]\d+)\s*</.exec(text)?.[1]
  return code === undefined ? '' : ` ${code}`
}

function urlOf(target: URL, path: string): URL {
  const url = new URL(target)
  url.pathname = url.pathname.replace(/\/$/, '') + path
  return url
}

/** The service that takes a Command Variant (DUIS 2.4); Transform turns a critical request into a Pre-Command. */
function pathFor({ direction, result }: Reading): string {
  if (direction === 'northbound') return '/'
  switch (result.ok ? result.facts.commandVariant : undefined) {
    case 4:
      return '/api/v1/serviceT'
    case 2:
    case 6:
    case 8:
      return '/api/v1/serviceD'
    default:
      return '/api/v1/serviceS'
  }
}
