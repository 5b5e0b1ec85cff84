/**
 * EUI-64 identifiers as DUIS spells them, and the one 64-bit key each of them stands for.
 *
 * The XSD allows both letter cases and outer white space (DUIS XSD 5.4, type `EUI`: xs:token with a pattern), so text is
 * never compared: every spelling becomes the same key. Reading an EUI out of a message is the streaming reader's job
 * (`reader.ts`); this file holds the number and its text forms.
 */

declare const deviceKey: unique symbol

/** The EUI-64 of a Device or a party as an unsigned 64-bit number. Equal keys mean the same identity. */
export type DeviceKey = bigint & { readonly [deviceKey]: true }

const EUI = /^[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){7}$/

/** Reads `00-DB-12-34-56-78-90-A0` in either letter case, outer white space allowed; undefined when it is not an EUI. */
export function parseEui64(text: string): DeviceKey | undefined {
  const trimmed = text.trim()
  if (!EUI.test(trimmed)) return undefined
  return BigInt(`0x${trimmed.replaceAll('-', '')}`) as DeviceKey
}

/** Writes a key the way DUIS samples do: upper-case hex pairs joined by hyphens. */
export function formatEui64(key: DeviceKey): string {
  whole[0] = key
  const high = words[lowFirst ? 1 : 0] ?? 0
  const low = words[lowFirst ? 0 : 1] ?? 0
  return `${pairs(high >>> 16)}-${pairs(high & 0xffff)}-${pairs(low >>> 16)}-${pairs(low & 0xffff)}`
}

const HEX_PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'))

function pairs(sixteenBits: number): string {
  return `${HEX_PAIRS[sixteenBits >>> 8]}-${HEX_PAIRS[sixteenBits & 0xff]}`
}

const words = new Uint32Array(2)
const whole = new BigUint64Array(words.buffer)
const lowFirst = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Joins two unsigned 32-bit halves into a key. */
export function deviceKeyOf(high: number, low: number): DeviceKey {
  words[lowFirst ? 1 : 0] = high
  words[lowFirst ? 0 : 1] = low
  return whole[0] as DeviceKey
}

/** Reads a key from eight bytes, most significant first (GBCS and inventory form). */
export function deviceKeyFromBytes(bytes: Uint8Array, offset: number): DeviceKey {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 8)
  return view.getBigUint64(0) as DeviceKey
}
