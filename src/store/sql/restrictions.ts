/** Restriction records and their members as rows. A change of a record reaches its members' flags in the same call. */
import type { Instant } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { Actor } from '../../core/restriction/party.ts'
import type { RestrictionRecord } from '../../core/restriction/restriction.ts'
import type { RestrictionChanges, RestrictionDraft, RestrictionFilter } from '../control-store.ts'
import { inForceAt } from './changes.ts'
import {
  columnOfKey,
  json,
  key,
  keyOf,
  number,
  optional,
  record,
  text,
  textOf,
  textRead,
  time,
  yesNo,
} from './columns.ts'
import { settleFlag } from './flags.ts'
import { SqlGroup } from './group.ts'
import type { SqlValue } from './session.ts'
import { Conditions, marks, SqlTable } from './sql-table.ts'

const RESTRICTIONS = new SqlTable(
  'restrictions',
  'id',
  record<Omit<RestrictionRecord, 'members'>>({
    id: text('id'),
    mpxn: optional(text('mpxn')),
    fuel: textRead('fuel', (fuel) => (fuel === 'gas' ? 'gas' : 'electricity')),
    meter: key('meter_key'),
    from: time('from_ms'),
    until: optional(time('until_ms')),
    isClosed: yesNo('is_closed'),
    setBy: record<Actor>({
      party: text('set_by_party'),
      role: text('set_by_role'),
      name: text('set_by_name'),
    }),
    onBehalfOf: optional(text('on_behalf_of')),
    ticket: optional(text('ticket')),
    reference: optional(text('reference')),
    declaration: json('declaration'),
    clearReason: optional(text('clear_reason')),
    version: number('version'),
    sequence: number('sequence'),
    inForceAt,
    recordedAt: time('recorded_ms'),
  }),
)

interface Member {
  readonly restriction: string
  readonly device: DeviceKey
  readonly from: Instant
  readonly until: Instant | undefined
}

const MEMBERS = new SqlTable(
  'members',
  'device_key, restriction_id',
  record<Member>({
    restriction: text('restriction_id'),
    device: key('device_key'),
    from: time('from_ms'),
    until: optional(time('until_ms')),
  }),
)

const DROP_MEMBER = 'DELETE FROM members WHERE restriction_id = ? AND device_key = ?'

/** Among the registrations in force at the time, the one that began last counts. */
const IS_SUPPLIED_BY = `
  EXISTS (
    SELECT 1 FROM registrations AS mine
    WHERE mine.mpxn = restrictions.mpxn AND mine.role = 'supplier' AND mine.party = ?
      AND mine.from_ms <= ? AND (mine.until_ms IS NULL OR mine.until_ms > ?)
      AND NOT EXISTS (
        SELECT 1 FROM registrations AS later
        WHERE later.mpxn = mine.mpxn AND later.role = 'supplier' AND later.from_ms > mine.from_ms
          AND later.from_ms <= ? AND (later.until_ms IS NULL OR later.until_ms > ?)))
  OR mpxn IS NULL AND coalesce(on_behalf_of, set_by_party) = ?`

const IS_MEMBER = 'id IN (SELECT restriction_id FROM members WHERE device_key = ?)'
const IS_OPEN = 'is_closed = 0 AND (until_ms IS NULL OR until_ms > ?)'

const restrictedIn = (regions: readonly string[]) => `
  SELECT flags.device_key FROM flags
  LEFT JOIN devices AS own ON own.device_key = flags.device_key
  LEFT JOIN devices AS hub ON hub.device_key = own.hub_key
  WHERE flags.device_key BETWEEN ? AND ? AND flags.from_ms <= ? AND (flags.until_ms IS NULL OR flags.until_ms > ?)
    AND coalesce(hub.region, own.region) IN (${marks(regions)})
  ORDER BY flags.device_key LIMIT ?`

/** The halves of the keys, which signed order swaps. */
const HALVES = [
  { first: 0n, last: 2n ** 63n - 1n },
  { first: 2n ** 63n, last: 2n ** 64n - 1n },
]

export class SqlRestrictions extends SqlGroup implements RestrictionChanges {
  async find(id: string) {
    const [record] = await this.#select('WHERE id = ?', id)
    return record
  }

  async ofDevice(key: DeviceKey) {
    const open = `WHERE ${IS_MEMBER} AND ${IS_OPEN} ORDER BY id`
    return this.#select(open, columnOfKey(key), await this.now())
  }

  ofMeterPoint(mpxn: string) {
    return this.#select('WHERE mpxn = ? ORDER BY id DESC', mpxn)
  }

  /** IDs begin with the time they were given out. */
  async list({ party, mpxn, device, open }: RestrictionFilter, now: Instant, limit: number, after?: string) {
    const asked = new Conditions()
      .addIf('id < ?', after)
      .addIf('mpxn = ?', mpxn)
      .addIf(IS_MEMBER, device === undefined ? undefined : columnOfKey(device))
    if (party !== undefined) asked.add(IS_SUPPLIED_BY, party, now, now, now, now, party)
    if (open) asked.add(IS_OPEN, now)
    const page = await RESTRICTIONS.page(this.session, asked, 'id DESC', limit, (record) => record.id)
    return { ...page, items: await this.#withMembers(page.items) }
  }

  async devicesIn(regions: readonly string[], now: Instant, limit: number, after?: DeviceKey) {
    const start = after === undefined ? 0n : after + 1n
    const found: DeviceKey[] = []
    if (regions.length === 0) return found
    for (const { first, last } of HALVES) {
      if (start > last || found.length === limit) continue
      const range = [start > first ? start : first, last].map((bound) => BigInt.asIntN(64, bound))
      const values = [...range, now, now, ...regions, limit - found.length]
      const rows = await this.session.all(restrictedIn(regions), ...values)
      found.push(...rows.map((row) => keyOf(row.device_key)))
    }
    return found
  }

  async put(draft: RestrictionDraft) {
    const now = await this.now()
    const { id: restriction, from, until } = draft
    const before = await this.find(restriction)
    for (const device of before?.members ?? [])
      if (!draft.members.includes(device))
        await this.session.run(DROP_MEMBER, restriction, columnOfKey(device))
    for (const device of draft.members) await MEMBERS.put(this.session, { restriction, device, from, until })
    for (const device of touchedBy(before, draft))
      await settleFlag(this.session, device, await this.head.addChange(device, restriction, now), now)
    const record = { ...draft, sequence: this.head.sequence, inForceAt: undefined }
    await RESTRICTIONS.put(this.session, record)
    return record
  }

  async #select(rest: string, ...values: SqlValue[]): Promise<RestrictionRecord[]> {
    return this.#withMembers(await RESTRICTIONS.all(this.session, rest, ...values))
  }

  async #withMembers(records: readonly Omit<RestrictionRecord, 'members'>[]): Promise<RestrictionRecord[]> {
    const ids = records.map(({ id }) => id)
    const text = `SELECT restriction_id, device_key FROM members WHERE restriction_id IN (${marks(ids)})`
    const rows = ids.length > 0 ? await this.session.all(text, ...ids) : []
    const members = Map.groupBy(rows, (row) => textOf(row.restriction_id))
    return records.map((record) => {
      const keys = (members.get(record.id) ?? []).map((row) => keyOf(row.device_key))
      return { ...record, members: meterFirst(record.meter, keys) }
    })
  }
}

/** The Devices that change with the record; its meter when no other does, so that every version has a change. */
function touchedBy(before: RestrictionRecord | undefined, draft: RestrictionDraft): Iterable<DeviceKey> {
  const old = before?.members ?? []
  const isSameTime = before?.from === draft.from && before.until === draft.until
  const touched = new Set([
    ...old.filter((key) => !isSameTime || !draft.members.includes(key)),
    ...draft.members.filter((key) => !isSameTime || !old.includes(key)),
  ])
  return touched.size > 0 ? touched : [draft.meter]
}

function meterFirst(meter: DeviceKey, members: readonly DeviceKey[]): DeviceKey[] {
  return members.toSorted((one, other) => {
    if (one === meter || other === meter) return one === meter ? -1 : 1
    return one < other ? -1 : 1
  })
}
