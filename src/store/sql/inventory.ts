/** Devices and registrations as rows. */
import { type Instant, parseDeviceType } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { InventoryDevice, Registration } from '../../core/restriction/restriction.ts'
import type { InventoryChanges } from '../control-store.ts'
import { columnOfKey, key, numberOf, optional, record, text, textRead, time } from './columns.ts'
import { SqlGroup } from './group.ts'
import { keyColumns, marks, rowsOfEach, SqlTable } from './sql-table.ts'

/** Without its version. A type or generation that this version of duisgate does not know reads as absent. */
export const DEVICES = new SqlTable(
  'devices',
  'device_key',
  record<InventoryDevice>({
    key: key('device_key'),
    type: textRead('type', parseDeviceType),
    hub: optional(key('hub_key')),
    mpxn: optional(text('mpxn')),
    status: optional(text('status')),
    region: optional(text('region')),
    generation: textRead('generation', (generation) =>
      generation === 'SMETS1' || generation === 'SMETS2' ? generation : undefined,
    ),
  }),
)

export const REGISTRATIONS = new SqlTable(
  'registrations',
  'mpxn, role, from_ms',
  record<Registration>({
    mpxn: text('mpxn'),
    role: textRead('role', (role) => (role === 'supplier' ? 'supplier' : 'network-operator')),
    from: time('from_ms'),
    party: text('party'),
    until: optional(time('until_ms')),
  }),
)

/** What an inventory says of a Device, as `table` has it. */
const factsOf = (table: string) =>
  DEVICES.fields.columns.flatMap(({ name }) => (name === DEVICES.key ? [] : `${table}.${name}`))

/** What ends an INSERT INTO devices so that it replaces a row that differs and leaves one that does not. */
export const REPLACE_DEVICE = `${DEVICES.replace}, version = excluded.version
  WHERE (${factsOf('devices')}) IS DISTINCT FROM (${factsOf('excluded')})`

/**
 * Whether a row of a table says of a Device what `devices` says. A count, where EXISTS would read better: PostgreSQL makes a join of
 * that, and goes through all Devices for each batch.
 */
export const isKnownDevice = (table: string) =>
  `(SELECT count(*) FROM devices WHERE devices.device_key = ${table}.device_key
    AND (${factsOf('devices')}) IS NOT DISTINCT FROM (${factsOf(table)})) > 0`

/** Whether a row of a table says of a meter point what `registrations` says. */
export const isKnownRegistration = (table: string) =>
  `(SELECT count(*) FROM registrations AS known
    WHERE known.mpxn = ${table}.mpxn AND known.role = ${table}.role AND known.from_ms = ${table}.from_ms
      AND (known.party, known.until_ms) IS NOT DISTINCT FROM (${table}.party, ${table}.until_ms)) > 0`

const PUT_DEVICE = `
  INSERT INTO devices (${DEVICES.columns}, version) VALUES (${marks(DEVICES.fields.columns)}, ?) ${REPLACE_DEVICE}`

/** What ends an INSERT INTO registrations so that it replaces a row that differs and leaves one that does not. */
export const REPLACE_REGISTRATION = `${REGISTRATIONS.replace}
  WHERE (registrations.party, registrations.until_ms) IS DISTINCT FROM (excluded.party, excluded.until_ms)`

const placeOf = (table: string) => ['hub_key', 'region', 'generation'].map((fact) => `${table}.${fact}`)

/** Keeps where Devices were that another table, which `from` joins with devices, has elsewhere. */
export const keepPlacements = (fresh: string, from: string) => `
  INSERT INTO past_placements (device_key, until_ms, hub_key, region, generation)
  SELECT DISTINCT devices.device_key, CAST(? AS BIGINT), ${placeOf('devices')} FROM ${from}
  WHERE (${placeOf('devices')}) IS DISTINCT FROM (${placeOf(fresh)})
  ON CONFLICT (device_key, until_ms) DO NOTHING`

const KEEP_PLACEMENT = keepPlacements(
  'fresh',
  `(SELECT CAST(? AS BIGINT) AS device_key, CAST(? AS BIGINT) AS hub_key, CAST(? AS TEXT) AS region,
    CAST(? AS TEXT) AS generation) AS fresh
    JOIN devices ON devices.device_key = fresh.device_key`,
)

export class SqlInventory extends SqlGroup implements InventoryChanges {
  find(key: DeviceKey) {
    return DEVICES.find(this.session, 'WHERE device_key = ?', columnOfKey(key))
  }

  ofMeterPoint(mpxn: string) {
    return DEVICES.all(this.session, 'WHERE mpxn = ? ORDER BY device_key', mpxn)
  }

  ofHub(hub: DeviceKey) {
    const column = columnOfKey(hub)
    return DEVICES.all(
      this.session,
      'WHERE hub_key = ? OR device_key = ? ORDER BY device_key',
      column,
      column,
    )
  }

  async homelessProxies(hubs: readonly DeviceKey[]) {
    const text = `${DEVICES.select} WHERE hub_key IN (…) AND type = 'GPF' AND mpxn IS NULL`
    return (await rowsOfEach(this.session, text, keyColumns(hubs))).map(DEVICES.fields.read)
  }

  async count() {
    return numberOf((await this.session.get('SELECT count(*) AS devices FROM devices'))?.devices)
  }

  /** By role, then by start. */
  registrations(mpxn: string) {
    return REGISTRATIONS.all(this.session, 'WHERE mpxn = ? ORDER BY role, from_ms', mpxn)
  }

  async put(devices: readonly InventoryDevice[]) {
    const now = await this.now()
    for (const device of devices)
      if (await this.#putOne(device, now)) await this.head.addChange(device.key, undefined, now)
  }

  async putRegistrations(registrations: readonly Registration[]) {
    const text = `${REGISTRATIONS.insert} ${REPLACE_REGISTRATION}`
    for (const registration of registrations)
      await this.session.run(text, ...REGISTRATIONS.values(registration))
  }

  /** Whether that changed anything. Where the Device was until `now` is kept. */
  async #putOne(device: InventoryDevice, now: Instant): Promise<boolean> {
    const { key, hub, region = null, generation = null } = device
    const hubKey = hub === undefined ? null : columnOfKey(hub)
    await this.session.run(KEEP_PLACEMENT, now, columnOfKey(key), hubKey, region, generation)
    const values = [...DEVICES.values(device), this.head.sequence + 1]
    return (await this.session.run(PUT_DEVICE, ...values)) > 0
  }
}
