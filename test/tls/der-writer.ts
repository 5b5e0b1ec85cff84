/** Writes DER: as much as certificates and revocation lists need, so that tests need no openssl. */

export function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content])
  const hex = content.length.toString(16)
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, content])
}

export const sequence = (...parts: readonly Buffer[]) => element(0x30, ...parts)
export const set = (...parts: readonly Buffer[]) => element(0x31, ...parts)
export const explicit = (number: number, ...parts: readonly Buffer[]) => element(0xa0 + number, ...parts)
export const octets = (...parts: readonly Buffer[]) => element(0x04, ...parts)
export const yes = element(0x01, Buffer.of(0xff))
export const nothing = element(0x05)
export const utf8 = (text: string) => element(0x0c, Buffer.from(text))
export const bits = (bytes: Buffer, unused = 0) => element(0x03, Buffer.of(unused), bytes)

export function integer(value: bigint | number): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return element(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)))
}

function base128(arc: number): number[] {
  const digits = [arc & 0x7f]
  for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80)
  return digits
}

/** GeneralizedTime, to the second. */
export function time(atMs: number): Buffer {
  const text = new Date(atMs).toISOString().replace(/\D/g, '').slice(0, 14)
  return element(0x18, Buffer.from(`${text}Z`))
}
