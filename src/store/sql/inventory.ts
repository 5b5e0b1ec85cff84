/** Devices and registrations as rows. */
import { type Instant, parseDeviceType } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { InventoryDevice, Registration } from '../../core/restriction/restriction.ts'
import {
  columnOfKey,
  keyOf,
  numberOf,
  optionalKeyOf,
  optionalTextOf,
  optionalTimeOf,
  textOf,
  timeOf,
} from './columns.ts'
import type { SqlRow, SqlSession, SqlValue } from './session.ts'

/** Columns of a Device in the order of `columnsOfDevice`, its version not among them. */
export const DEVICE_COLUMNS = 'device_key, type, hub_key, mpxn, status, region, generation'

const FACTS = ['type', 'hub_key', 'mpxn', 'status', 'region', 'generation']
const of = (table: string) => FACTS.map((fact) => `${table}.${fact}`).join()

/** What ends an INSERT INTO devices so that it replaces a row that differs and leaves one that does not. */
export const REPLACE_DEVICE = `
  ON CONFLICT (device_key) DO UPDATE SET
    ${FACTS.map((fact) => `${fact} = excluded.${fact}`).join()}, version = excluded.version
  WHERE (${of('devices')}) IS DISTINCT FROM (${of('excluded')})`

/**
 * Whether a row of a table says of a Device what `devices` says. A count, where EXISTS would read better: PostgreSQL makes a join of
 * that, and goes through all Devices for each batch.
 */
export const isKnownDevice = (table: string) =>
  `(SELECT count(*) FROM devices WHERE devices.device_key = ${table}.device_key
    AND (${of('devices')}) IS NOT DISTINCT FROM (${of(table)})) > 0`

/** Whether a row of a table says of a meter point what `registrations` says. */
export const isKnownRegistration = (table: string) =>
  `(SELECT count(*) FROM registrations AS known
    WHERE known.mpxn = ${table}.mpxn AND known.role = ${table}.role AND known.from_ms = ${table}.from_ms
      AND (known.party, known.until_ms) IS NOT DISTINCT FROM (${table}.party, ${table}.until_ms)) > 0`

const PUT_DEVICE = `
  INSERT INTO devices (${DEVICE_COLUMNS}, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ${REPLACE_DEVICE}`

/** What ends an INSERT INTO registrations so that it replaces a row that differs and leaves one that does not. */
export const REPLACE_REGISTRATION = `
  ON CONFLICT (mpxn, role, from_ms) DO UPDATE SET party = excluded.party, until_ms = excluded.until_ms
  WHERE (registrations.party, registrations.until_ms) IS DISTINCT FROM (excluded.party, excluded.until_ms)`

const PUT_REGISTRATION = `
  INSERT INTO registrations (mpxn, role, from_ms, party, until_ms) VALUES (?, ?, ?, ?, ?) ${REPLACE_REGISTRATION}`

const PLACE = ['hub_key', 'region', 'generation']
const placeOf = (table: string) => PLACE.map((fact) => `${table}.${fact}`).join()

/** Keeps where Devices were that another table, which `from` joins with devices, has elsewhere. */
export const keepPlacements = (fresh: string, from: string) => `
  INSERT INTO past_placements (device_key, until_ms, hub_key, region, generation)
  SELECT DISTINCT devices.device_key, CAST(? AS BIGINT), ${placeOf('devices')} FROM ${from}
  WHERE (${placeOf('devices')}) IS DISTINCT FROM (${placeOf(fresh)})
  ON CONFLICT (device_key, until_ms) DO NOTHING`

const KEEP_PLACEMENT = `
  INSERT INTO past_placements (device_key, until_ms, hub_key, region, generation)
  SELECT device_key, CAST(? AS BIGINT), hub_key, region, generation FROM devices
  WHERE device_key = ? AND (hub_key, region, generation) IS DISTINCT FROM
    (CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT))
  ON CONFLICT (device_key, until_ms) DO NOTHING`

/** Writes a Device under `version` unless it is there as it is; answers whether it changed. Where it was until `now` is kept. */
export async function putDevice(
  session: SqlSession,
  device: InventoryDevice,
  version: number,
  now: Instant,
): Promise<boolean> {
  const [key = null, , hub = null, , , region = null, generation = null] = columnsOfDevice(device)
  await session.run(KEEP_PLACEMENT, now, key, hub, region, generation)
  return (await session.run(PUT_DEVICE, ...columnsOfDevice(device), version)) > 0
}

export async function putRegistration(session: SqlSession, registration: Registration): Promise<void> {
  await session.run(PUT_REGISTRATION, ...columnsOfRegistration(registration))
}

export async function findDevice(session: SqlSession, key: DeviceKey): Promise<InventoryDevice | undefined> {
  const row = await session.get(
    `SELECT ${DEVICE_COLUMNS} FROM devices WHERE device_key = ?`,
    columnOfKey(key),
  )
  return row && deviceOf(row)
}

export async function devicesOfMeterPoint(session: SqlSession, mpxn: string): Promise<InventoryDevice[]> {
  const text = `SELECT ${DEVICE_COLUMNS} FROM devices WHERE mpxn = ? ORDER BY device_key`
  return (await session.all(text, mpxn)).map(deviceOf)
}

export async function devicesOfHub(session: SqlSession, hub: DeviceKey): Promise<InventoryDevice[]> {
  const text = `SELECT ${DEVICE_COLUMNS} FROM devices WHERE hub_key = ? OR device_key = ? ORDER BY device_key`
  return (await session.all(text, columnOfKey(hub), columnOfKey(hub))).map(deviceOf)
}

export async function countDevices(session: SqlSession): Promise<number> {
  return numberOf((await session.get('SELECT count(*) AS devices FROM devices'))?.devices)
}

/** By role, then by start. */
export async function registrationsOf(session: SqlSession, mpxn: string): Promise<Registration[]> {
  const text =
    'SELECT mpxn, role, from_ms, party, until_ms FROM registrations WHERE mpxn = ? ORDER BY role, from_ms'
  return (await session.all(text, mpxn)).map(registrationOf)
}

/** The columns of a Device in the order of `DEVICE_COLUMNS`. */
export function columnsOfDevice(device: InventoryDevice): SqlValue[] {
  return [
    columnOfKey(device.key),
    device.type ?? null,
    device.hub === undefined ? null : columnOfKey(device.hub),
    device.mpxn ?? null,
    device.status ?? null,
    device.region ?? null,
    device.generation ?? null,
  ]
}

/** mpxn, role, from_ms, party, until_ms. */
export function columnsOfRegistration({ mpxn, role, from, party, until }: Registration): SqlValue[] {
  return [mpxn, role, from, party, until ?? null]
}

export function registrationOf(row: SqlRow): Registration {
  return {
    mpxn: textOf(row.mpxn),
    role: row.role === 'supplier' ? 'supplier' : 'network-operator',
    party: textOf(row.party),
    from: timeOf(row.from_ms),
    until: optionalTimeOf(row.until_ms),
  }
}

/** A type or generation that this version does not know reads as absent. */
function deviceOf(row: SqlRow): InventoryDevice {
  const { generation } = row
  return {
    key: keyOf(row.device_key),
    type: parseDeviceType(textOf(row.type)),
    hub: optionalKeyOf(row.hub_key),
    mpxn: optionalTextOf(row.mpxn),
    status: optionalTextOf(row.status),
    region: optionalTextOf(row.region),
    generation: generation === 'SMETS1' || generation === 'SMETS2' ? generation : undefined,
  }
}
