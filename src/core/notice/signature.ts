/**
 * Signatures of webhooks as Standard Webhooks has them: HMAC-SHA256 over `ID.TIMESTAMP.BODY`, in the header field
 * `webhook-signature` as `v1,BASE64`, one for each secret, with a space between. While a secret is replaced both are used.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** What is signed. */
export interface Signed {
  readonly id: string
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly body: string
}

/** The bytes of a secret written as `whsec_BASE64`; undefined unless there are 24 to 64 of them. */
export function readSecret(text: string): Buffer | undefined {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1]
  const secret = base64 === undefined ? undefined : Buffer.from(base64, 'base64')
  return secret && secret.length >= 24 && secret.length <= 64 ? secret : undefined
}

/** The header fields of a signed webhook; `secrets` as `readSecret` takes them. */
export function signatureFields(
  signed: Signed,
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  return {
    'webhook-id': signed.id,
    'webhook-timestamp': String(signed.timestamp),
    'webhook-signature': secrets.map((secret) => signatureOf(signed, secret)).join(' '),
  }
}

/**
 * Whether one of the signatures is the secret's, and the timestamp within `toleranceSeconds` of `now` (seconds since 1970),
 * so that an old message cannot be played again.
 */
export function isSignedBy(
  secret: string,
  fields: Readonly<Record<string, string | undefined>>,
  body: string,
  now: number,
  toleranceSeconds = 300,
): boolean {
  const timestamp = Number(fields['webhook-timestamp'])
  if (!(Math.abs(now - timestamp) <= toleranceSeconds)) return false
  const expected = Buffer.from(signatureOf({ id: fields['webhook-id'] ?? '', timestamp, body }, secret))
  const given = (fields['webhook-signature'] ?? '').split(' ').map((text) => Buffer.from(text))
  return given.some((each) => each.length === expected.length && timingSafeEqual(each, expected))
}

/** Throws RangeError for a secret that is none. */
function signatureOf({ id, timestamp, body }: Signed, text: string): string {
  const secret = readSecret(text)
  if (!secret) throw new RangeError('a webhook secret is whsec_ and 24 to 64 bytes in base64')
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}
