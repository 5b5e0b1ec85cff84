/**
 * The Devices of a bench: any number of them, without a list.
 *
 * Device n's ID is n spread over 32 bits by a multiplication that can be undone, so a fleet of 60 million costs no
 * memory and every ID can be told from one outside the fleet. Whether a Device is Restricted is a hash of n.
 */
import { type DeviceKey, deviceKeyOf, formatEui64 } from '../../src/core/duis/eui64.ts'

export interface FleetSpec {
  readonly devices: number
  /** Share of Devices whose flag is set, for example 0.02. */
  readonly restrictedShare: number
  readonly seed: number
}

/** First half of every Device ID: a manufacturer's prefix. */
const MANUFACTURER = 0x00db1234
/** Odd, so that multiplying by it modulo 2³² has an inverse; the golden ratio spreads neighbours far apart. */
const SPREAD = 0x9e3779b1
const GATHER = inverseOf(SPREAD)

export class Fleet {
  readonly spec: FleetSpec
  readonly #offset: number
  readonly #restrictedBelow: number

  constructor(spec: FleetSpec) {
    this.spec = spec
    this.#offset = scrambled(spec.seed)
    this.#restrictedBelow = spec.restrictedShare * 4_294_967_296
  }

  /** Key of Device `n`, counted from 0. */
  keyAt(n: number): DeviceKey {
    return deviceKeyOf(MANUFACTURER, this.#low(n))
  }

  /** ID of Device `n` as DUIS writes it. */
  euiAt(n: number): string {
    return formatEui64(this.keyAt(n))
  }

  /** The number of a Device; undefined when the key is none of the fleet's. */
  numberOf(key: DeviceKey): number | undefined {
    if (Number(key >> 32n) !== MANUFACTURER) return undefined
    const n = Math.imul(Number(key & 0xffffffffn) ^ this.#offset, GATHER) >>> 0
    return n < this.spec.devices ? n : undefined
  }

  isRestricted(n: number): boolean {
    return scrambled(n ^ this.#offset) < this.#restrictedBelow
  }

  /** Numbers of all Restricted Devices, ascending. */
  *restricted(): Generator<number> {
    for (let n = 0; n < this.spec.devices; n++) if (this.isRestricted(n)) yield n
  }

  /** `n`, or the next Device after it whose flag is as asked. */
  nextWhere(isRestricted: boolean, n: number): number {
    for (let step = 0; step < this.spec.devices; step++) {
      const candidate = (n + step) % this.spec.devices
      if (this.isRestricted(candidate) === isRestricted) return candidate
    }
    throw new Error(`no Device of the fleet is ${isRestricted ? '' : 'not '}Restricted`)
  }

  #low(n: number): number {
    return (Math.imul(n, SPREAD) ^ this.#offset) >>> 0
  }
}

/** The inverse of an odd number modulo 2³², by Newton: each round doubles the bits that are right. */
function inverseOf(odd: number): number {
  let inverse = odd
  for (let round = 0; round < 5; round++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse))
  return inverse >>> 0
}

/** The finaliser of MurmurHash3: every bit of the input changes half of the output's. */
function scrambled(n: number): number {
  let bits = n | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
