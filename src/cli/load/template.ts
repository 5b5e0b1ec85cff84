/** Messages of `fixtures/` for other Devices and Users, and as long as real ones. What is in their signature is filler. */

/** Names of a message by which it is one party's: EUI-64 as DUIS writes them, from the template's to the wanted ones. */
export type Renamed = ReadonlyMap<string, string>

const PAYLOAD = /(<(?:[\w.-]+:)?GBCSPayload>)([A-Za-z0-9+/=]+)/g

/** The message with other parties, in its text and in its GBCS payloads; its length stays. */
export function readdressed(message: string, renamed: Renamed): string {
  let text = message
  for (const [from, to] of renamed) text = text.replaceAll(from, to)
  return text.replace(
    PAYLOAD,
    (_, tag: string, payload: string) => tag + payloadReaddressed(payload, renamed),
  )
}

function payloadReaddressed(base64: string, renamed: Renamed): string {
  const bytes = Buffer.from(base64, 'base64')
  for (const [from, to] of renamed) {
    const at = bytes.indexOf(bytesOf(from))
    if (at >= 0) bytesOf(to).copy(bytes, at)
  }
  return bytes.toString('base64')
}

function bytesOf(eui: string): Buffer {
  return Buffer.from(eui.replaceAll('-', ''), 'hex')
}

const SIGNATURE_END = '</ds:SignatureValue>'

/** The message brought to about `bytes` by a longer signature: keys and certificates in it are most of a short real message. */
export function padded(message: string, bytes: number): string {
  const missing = bytes - Buffer.byteLength(message)
  if (missing <= 0) return message
  return message.replace(SIGNATURE_END, () => 'MIIB'.repeat(missing / 4) + SIGNATURE_END)
}
