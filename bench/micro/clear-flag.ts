/** The reading of a Device whose flag is known and clear: of nearly all Devices. */
import type { FlagReading } from '../../src/core/device/device.ts'

export const CLEAR: FlagReading = { state: 'clear', type: 'ESME', version: 1, ageMs: 10, isStale: false }
