/**
 * Devices that traffic has brought into a home and the store has not resolved: they are unknown to this gateway, not clear.
 *
 * A set of Devices with the messages that announced them; a Device stays in it until the last of these is taken out. It has
 * room for a fixed number. While something may be missing in it, every Device without a flag is unknown.
 */
import type { FlagReading } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'

/** Some 25 MB when full. */
const MOST_DEVICES = 262_144

const UNKNOWN: FlagReading = { state: 'unknown' }

export class AnnouncedDevices {
  readonly #limit: number
  readonly #byMessage = new Map<string, readonly DeviceKey[]>()
  /** Messages that announced each Device. */
  readonly #counts = new Map<DeviceKey, number>()
  #held = 0
  #isComplete = true
  #generation = 0

  /** `limit`: Devices of all messages together. */
  constructor(limit = MOST_DEVICES) {
    this.#limit = limit
  }

  /** Grows whenever a Device becomes announced, or is not any more. */
  get generation(): number {
    return this.#generation
  }

  /** Devices in it. */
  get size(): number {
    return this.#counts.size
  }

  /** False while Devices may be announced that are not in it: all count as announced then. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  has(device: DeviceKey): boolean {
    return !this.#isComplete || this.#counts.has(device)
  }

  /**
   * The message announces these Devices; one that is known already announces nothing more. False when there is no room: all
   * Devices count as announced from then on.
   */
  add(message: string, devices: readonly DeviceKey[]): boolean {
    if (this.#byMessage.has(message) || devices.length === 0) return true
    if (this.#held + devices.length > this.#limit) {
      this.setComplete(false)
      return false
    }
    this.#byMessage.set(message, devices)
    this.#held += devices.length
    this.#generation++
    for (const device of devices) this.#counts.set(device, (this.#counts.get(device) ?? 0) + 1)
    return true
  }

  /** What the message announced is resolved, or was never so. */
  delete(message: string): void {
    const devices = this.#byMessage.get(message)
    if (!devices) return
    this.#byMessage.delete(message)
    this.#held -= devices.length
    this.#generation++
    for (const device of devices) this.#release(device)
  }

  /** False: something may be missing. True: everything that is announced is in it. */
  setComplete(isComplete: boolean): void {
    if (this.#isComplete === isComplete) return
    this.#isComplete = isComplete
    this.#generation++
  }

  /** The readings, where a Device that is announced and has no flag is unknown. Restricted stays Restricted. */
  mask(devices: readonly DeviceKey[], readings: FlagReading[]): FlagReading[] {
    if (this.#isComplete && this.#counts.size === 0) return readings
    return readings.map((reading, place) =>
      reading.state === 'clear' && this.has(devices[place] as DeviceKey) ? UNKNOWN : reading,
    )
  }

  #release(device: DeviceKey): void {
    const left = (this.#counts.get(device) ?? 0) - 1
    if (left > 0) this.#counts.set(device, left)
    else this.#counts.delete(device)
  }
}
