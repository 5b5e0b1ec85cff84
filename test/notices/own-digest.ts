/** The digest as a partner works it out for itself, by docs/notices.md and without any code of the product but the names of Devices. */
import { createHash } from 'node:crypto'
import { type DeviceKey, formatEui64 } from '../../src/core/duis/eui64.ts'

export function ownDigest(devices: readonly DeviceKey[]): { count: number; sha256: string } {
  const ids = devices.map((device) => `${formatEui64(device)}\n`).sort()
  return { count: ids.length, sha256: createHash('sha256').update(ids.join('')).digest('hex') }
}
