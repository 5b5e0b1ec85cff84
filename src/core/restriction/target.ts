/** Finds the meter that a request means among the Devices that the inventory has near what was named. */
import { isGone, METER_OF_FUEL } from './members.ts'
import { readMpxn } from './mpxn.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { Named, RestrictionRules } from './requests.ts'
import { type Fuel, type InventoryDevice, NOTHING_KNOWN } from './restriction.ts'

/** What the inventory has near the meter point or Device that a request names. */
export interface Surroundings {
  /** The Device named; absent when none was named or the inventory does not know it. */
  readonly named: InventoryDevice | undefined
  /** Devices of the meter point and of the hubs of all of these, the Device named among them. */
  readonly nearby: readonly InventoryDevice[]
}

export interface Target {
  readonly mpxn: string | undefined
  readonly fuel: Fuel
  /** The meter the flag is held for. */
  readonly meter: InventoryDevice
  /** All meters of the meter point that are there; the meter among them. */
  readonly meters: readonly InventoryDevice[]
}

export type TargetReading =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly refusal: Refusal }

/** The meter meant. `mayBeUnknown`: a Device that the inventory cannot place is taken as it is (Service Centre). */
export function findTarget(
  request: Named & { readonly fuel?: Fuel | undefined },
  around: Surroundings,
  mayBeUnknown: boolean,
): TargetReading {
  if (request.device === undefined) return ofMeterPoint(request, around)
  const { named } = around
  if (!named) return unknownDevice(request, mayBeUnknown)
  if (named.type === 'CHF') return no(refuse('hub-never-restricted'))
  const meter = meterOfDevice(named, around.nearby)
  if (!meter) return no(refuse('not-a-meter'))
  const mismatch = otherMeterPoint(request, meter)
  if (mismatch) return no(mismatch)
  if (meter.mpxn !== undefined) return ofMeters(meter.mpxn, fuelOf(meter), around.nearby, meter)
  return mayBeUnknown ? alone(meter) : no(refuse('device-without-meter-point'))
}

/** Why the meter cannot be restricted whoever asks; undefined when it can. */
export function meterRefusal(target: Target, rules: RestrictionRules): Refusal | undefined {
  if (isGone(target.meter)) return refuse('meter-gone')
  const { generation } = target.meter
  if (generation === undefined || rules.generations.includes(generation)) return undefined
  return refuse('generation-not-enabled', { text: `${generation} meters cannot be restricted here.` })
}

function ofMeterPoint(request: Named, around: Surroundings): TargetReading {
  if (request.mpxn === undefined || request.mpxn.trim() === '') return no(refuse('nothing-named'))
  const reading = readMpxn(request.mpxn)
  if (!reading.ok) return no(refuse('mpxn-invalid', { text: `${capital(reading.text)}.` }))
  const known = around.nearby.some((device) => device.mpxn === reading.mpxn)
  if (!known) return no(refuse('unknown-meter-point'))
  return ofMeters(reading.mpxn, reading.fuel, around.nearby)
}

/** The meters of the meter point; those gone count only when no other is left or one of them was named. */
function ofMeters(
  mpxn: string,
  fuel: Fuel,
  nearby: readonly InventoryDevice[],
  named?: InventoryDevice,
): TargetReading {
  if (named && isGone(named)) return { ok: true, target: { mpxn, fuel, meter: named, meters: [named] } }
  const type = METER_OF_FUEL[fuel]
  const all = nearby.filter((device) => device.mpxn === mpxn && device.type === type)
  const there = all.filter((device) => !isGone(device))
  const meters = there.length > 0 ? there : all
  const meter = named ?? meters.find((device) => device.status === 'Commissioned') ?? meters[0]
  return meter ? { ok: true, target: { mpxn, fuel, meter, meters } } : no(refuse('no-meter'))
}

function unknownDevice(
  { device, mpxn, fuel }: Named & { readonly fuel?: Fuel | undefined },
  mayBeUnknown: boolean,
): TargetReading {
  if (!mayBeUnknown || device === undefined || mpxn !== undefined) return no(refuse('unknown-device'))
  if (fuel === undefined) return no(refuse('fuel-missing'))
  const type = METER_OF_FUEL[fuel]
  return alone({ ...NOTHING_KNOWN, key: device, type })
}

function alone(meter: InventoryDevice): TargetReading {
  return { ok: true, target: { mpxn: undefined, fuel: fuelOf(meter), meter, meters: [meter] } }
}

/** The meter itself, or the gas meter that a Gas Proxy Function serves. */
export function meterOfDevice(
  device: InventoryDevice,
  nearby: readonly InventoryDevice[],
): InventoryDevice | undefined {
  if (device.type === 'ESME' || device.type === 'GSME') return device
  if (device.type !== 'GPF') return undefined
  const meters = nearby.filter((each) => each.type === 'GSME')
  const served = meters.filter((meter) =>
    device.mpxn === undefined
      ? device.hub !== undefined && meter.hub === device.hub
      : meter.mpxn === device.mpxn,
  )
  return served.find((meter) => !isGone(meter)) ?? served[0]
}

function otherMeterPoint(request: Named, meter: InventoryDevice): Refusal | undefined {
  if (request.mpxn === undefined || request.mpxn.trim() === '') return undefined
  const reading = readMpxn(request.mpxn)
  if (!reading.ok) return refuse('mpxn-invalid', { text: `${capital(reading.text)}.` })
  return reading.mpxn === meter.mpxn ? undefined : refuse('device-elsewhere')
}

function fuelOf(meter: InventoryDevice): Fuel {
  return meter.type === 'GSME' ? 'gas' : 'electricity'
}

function no(refusal: Refusal): TargetReading {
  return { ok: false, refusal }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
