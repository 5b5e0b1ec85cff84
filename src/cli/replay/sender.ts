/** Sends captured messages to the listeners of a running gateway. */
import { Agent, request } from 'undici'
import { errorCode } from '../../config/configuration-fault.ts'
import type { Direction, MessageFacts } from '../../core/duis/facts.ts'
import { DECISION_HEADER } from '../../gateway/decision-id.ts'

/** What came back, as a label to count under. */
export interface SendOutcome {
  readonly label: string
  readonly isFailure: boolean
  /** The gateway's decision that the answer names; undefined where it names none. */
  readonly decision: string | undefined
}

/** A message and where it goes. */
export interface Sending {
  readonly direction: Direction
  readonly path: string
  readonly body: Buffer
}

export interface Sender {
  send(sending: Sending): Promise<SendOutcome>
  close(): Promise<void>
}

/** One base URL a direction; messages of a direction without one are left out and counted as such. */
export function senderTo(targets: Readonly<Record<Direction, URL | undefined>>, connections: number): Sender {
  const agent = new Agent({ connections, pipelining: 1, headersTimeout: 60_000, bodyTimeout: 60_000 })
  return {
    async send({ direction, path, body }) {
      const target = targets[direction]
      if (!target)
        return { label: `${direction}: left out, no target`, isFailure: false, decision: undefined }
      const outcome = await post(agent, urlOf(target, path), body)
      return { ...outcome, label: `${direction}: ${outcome.label}` }
    },
    close: () => agent.close(),
  }
}

const DECISION_FIELD = DECISION_HEADER.toLowerCase()

async function post(agent: Agent, url: URL, body: Buffer): Promise<SendOutcome> {
  try {
    const headers = { 'content-type': 'application/xml' }
    const {
      statusCode,
      headers: fields,
      body: answer,
    } = await request(url, {
      method: 'POST',
      headers,
      body,
      dispatcher: agent,
    })
    return {
      label: `${statusCode}${responseCodeIn(await answer.text())}`,
      isFailure: statusCode >= 500,
      decision: [fields[DECISION_FIELD]].flat()[0],
    }
  } catch (error) {
    return { label: `no answer (${errorCode(error)})`, isFailure: true, decision: undefined }
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

/**
 * The path of a message that does not say its own: the service that takes its Command Variant (DUIS 2.4); Transform turns a
 * critical request into a Pre-Command. `facts` are undefined where it could not be read.
 */
export function pathFor(direction: Direction, facts: MessageFacts | undefined): string {
  if (direction === 'northbound') return '/'
  switch (facts?.commandVariant) {
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
