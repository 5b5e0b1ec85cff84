/**
 * Reading plans for tests, over the shipped catalogue, and the ways to feed a reader.
 */
import { loadCatalogue } from '../../src/config/load-catalogue.ts'
import { type DeviceKey, formatEui64, parseEui64 } from '../../src/core/duis/eui64.ts'
import { claimedCodes, type Direction, type MessageFacts } from '../../src/core/duis/facts.ts'
import {
  DuisReader,
  type ReadingPlan,
  type ReadResult,
  readingPlan,
  readMessage,
} from '../../src/core/duis/reader.ts'
import type { OracleOptions } from './oracle.ts'

/** The DCC of the fixtures and of the public templates. */
export const DCC_EUI = '90-B3-D5-1F-30-00-00-02'

export const catalogue = await loadCatalogue()

/** One plan a direction, as a gateway compiles them at start. */
export const plans: Record<Direction, ReadingPlan> = {
  southbound: readingPlan({ direction: 'southbound', catalogue, dccEuis: [deviceKey(DCC_EUI)] }),
  northbound: readingPlan({ direction: 'northbound', catalogue, dccEuis: [deviceKey(DCC_EUI)] }),
}

export const oracleOptions: OracleOptions = { catalogue, dccEuis: [DCC_EUI] }

/** The key of an EUI that a test has written itself. */
export function deviceKey(eui: string): DeviceKey {
  const key = parseEui64(eui)
  if (key === undefined) throw new Error(`${eui} is not an EUI`)
  return key
}

/** Reads a message held whole. */
export function readWhole(direction: Direction, bytes: Uint8Array): ReadResult {
  return readMessage(plans[direction], bytes)
}

/** Reads a message that arrives in two pieces. */
export function readCutAt(direction: Direction, bytes: Uint8Array, cut: number): ReadResult {
  const reader = new DuisReader(plans[direction])
  reader.write(bytes.subarray(0, cut))
  reader.write(bytes.subarray(cut))
  return reader.end()
}

/** Reads a message in pieces that end at the given places and at the end. */
export function readInPieces(direction: Direction, bytes: Uint8Array, cuts: readonly number[]): ReadResult {
  const reader = new DuisReader(plans[direction])
  let from = 0
  for (const cut of [...cuts, bytes.length]) {
    reader.write(bytes.subarray(from, cut))
    from = cut
  }
  return reader.end()
}

/** Reads a message one byte at a time, each in a buffer that is overwritten afterwards. */
export function readByteByByte(direction: Direction, bytes: Uint8Array): ReadResult {
  const reader = new DuisReader(plans[direction])
  const chunk = Buffer.alloc(1)
  for (const byte of bytes) {
    chunk[0] = byte
    reader.write(chunk)
  }
  chunk[0] = 0x3c
  return reader.end()
}

/** Everything a result says, as text that two results can be compared by. */
export function describe(result: ReadResult): string {
  return JSON.stringify(result, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString(16) : value === undefined ? null : value,
  )
}

/** The facts as `explain --json` lists them. */
export function summarise(facts: MessageFacts) {
  return {
    direction: facts.direction,
    kind: facts.kind,
    codes: claimedCodes(facts).sort(),
    devices: facts.devices.map(formatEui64).sort(),
  }
}
