/** One attempt to deliver a notice: a POST of a CloudEvent, signed as Standard Webhooks has it. */
import type { Dispatcher } from 'undici'
import type { DeliveryReply } from '../core/notice/attempt.ts'
import { CLOUD_EVENT_TYPE, cloudEventOf } from '../core/notice/cloud-event.ts'
import type { Notice } from '../core/notice/notice.ts'
import { signatureFields } from '../core/notice/signature.ts'
import type { Clock } from '../observe/clock.ts'

/** Where a partner takes notices. */
export interface Webhook {
  readonly party: string
  readonly url: URL
  /** One, or two while one is replaced; as `readSecret` takes them. */
  readonly secrets: readonly string[]
}

export interface WebhookOptions {
  readonly webhook: Webhook
  /** Names this installation as a URI. */
  readonly source: string
  readonly timeoutMs: number
  readonly clock: Pick<Clock, 'now'>
  /** Connections of its own for each partner; a client certificate goes in here. */
  readonly dispatcher: Promise<Dispatcher>
}

/** Sends a notice; answers the status, or why there was none. Redirections are not followed. */
export type Send = (notice: Notice, signal: AbortSignal) => Promise<DeliveryReply>

/** The answer's body is not looked at; so much of it is taken to keep the connection. */
const ANSWER_BYTES = 16 * 1024

export function webhookSender({ webhook, source, timeoutMs, clock, dispatcher }: WebhookOptions): Send {
  return async (notice, signal) => {
    const body = JSON.stringify(cloudEventOf(notice, source))
    const timestamp = Math.floor(clock.now() / 1000)
    const headers = {
      'content-type': CLOUD_EVENT_TYPE,
      ...signatureFields({ id: notice.id, timestamp, body }, webhook.secrets),
    }
    try {
      const { request } = await import('undici')
      const answer = await request(webhook.url, {
        ...{ method: 'POST', headers, body, dispatcher: await dispatcher },
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      })
      // The status has come: what becomes of the rest of the answer changes nothing.
      await answer.body.dump({ limit: ANSWER_BYTES }).catch(() => {})
      return { status: answer.statusCode }
    } catch (error) {
      return { failure: failureOf(error) }
    }
  }
}

/** `ECONNREFUSED` and alike; nothing of the message. */
function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer'
  if (error.name === 'TimeoutError') return 'no answer in time'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
