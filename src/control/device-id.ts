/** Device IDs as people and other programs write them. */
import { type DeviceKey, parseEui64 } from '../core/duis/eui64.ts'

const SEPARATORS = /[\s:.-]/g

/** Reads a Device ID in any spelling: hyphens, colons, spaces or nothing between the pairs, in either letter case. */
export function readDeviceId(text: string): DeviceKey | undefined {
  const digits = text.replace(SEPARATORS, '')
  return parseEui64(digits.replace(/(..)(?!$)/g, '$1-'))
}
