/** Adds the lines of one batch up to what the store keeps of them. */
import { type Instant, instantOf } from '../core/device/device.ts'
import { type DeviceKey, parseEui64 } from '../core/duis/eui64.ts'
import { arrivalOf, type JournalLine, monthNameOf } from '../core/journal/journal-line.ts'
import { type BlockedCount, type Count, countedKindOf, type Fate, fateOf } from '../core/report/fate.ts'
import { type DeviceFacts, placementAt } from '../core/report/placement.ts'
import { isSignOfLife, type Trouble, troubleIn } from '../core/report/reachability.ts'
import type { KnownDevices } from '../journal/known-devices.ts'
import type { ListDay, SightedDevice } from '../store/report-store.ts'

type Growing<Each extends { readonly messages: number }> = Omit<Each, 'messages'> & { messages: number }

/** The latest sign of trouble and of life of a Device in the batch. */
interface Signs {
  trouble: Trouble | undefined
  troubleAt: Instant | undefined
  heardAt: Instant | undefined
}

export class Tally {
  readonly #devices: KnownDevices
  readonly #counts = new Map<string, Growing<Count>>()
  readonly #blocked = new Map<string, Growing<BlockedCount>>()
  readonly #listDays = new Map<
    string,
    { day: string; revision: string; first: number; last: number; messages: number }
  >()
  readonly #signs = new Map<DeviceKey, Signs>()
  #first = Number.POSITIVE_INFINITY
  #last = Number.NEGATIVE_INFINITY

  constructor(devices: KnownDevices) {
    this.#devices = devices
  }

  add(line: JournalLine): void {
    const at = arrivalOf(line)
    const fate = fateOf(line)
    const isRestricted =
      line.flag === 'restricted' || line.devices.some((id) => this.#devices.isRestricted(id, at))
    this.#count(line, at, fate, isRestricted)
    if (isRestricted && (fate === 'rejected' || fate === 'withheld')) this.#countBlocked(line, at, fate)
    if (line.tableRevision !== undefined) this.#countList(line.tableRevision, line.time.slice(0, 10), at)
    this.#noteSigns(line, at)
    if (at < this.#first) this.#first = at
    if (at > this.#last) this.#last = at
  }

  /** When the first and the last message arrived; undefined without any. */
  get span(): { readonly firstAt: Instant; readonly lastAt: Instant } | undefined {
    return this.#first > this.#last
      ? undefined
      : { firstAt: instantOf(this.#first), lastAt: instantOf(this.#last) }
  }

  get counts(): readonly Count[] {
    return [...this.#counts.values()]
  }

  get blocked(): readonly BlockedCount[] {
    return [...this.#blocked.values()]
  }

  get listDays(): readonly ListDay[] {
    return [...this.#listDays.values()].map(({ day, revision, first, last, messages }) => ({
      ...{ day, revision, messages },
      firstAt: instantOf(first),
      lastAt: instantOf(last),
    }))
  }

  get sightings(): readonly SightedDevice[] {
    return [...this.#signs].map(([device, signs]) => ({ device, ...signs }))
  }

  #count(line: JournalLine, at: Instant, fate: Fate, isRestricted: boolean): void {
    const { region = '', generation = '' } = this.#devices.placementOf(line.devices, at)
    const [code = ''] = line.codes
    const { class: rowClass = '', user = '' } = line
    const month = monthNameOf(line)
    const kind = countedKindOf(line)
    const key = `${month}\n${kind}\n${code}\n${rowClass}\n${region}\n${generation}\n${user}\n${fate}\n${isRestricted}`
    const known = this.#counts.get(key)
    if (known) known.messages++
    else
      this.#counts.set(key, {
        ...{ month, kind, code, class: rowClass, region, generation, fate, isRestricted },
        user: user === '' ? undefined : parseEui64(user),
        messages: 1,
      })
  }

  /** To the Device whose flag decided; where a flag that was set just then did not, to the first that was Restricted. */
  #countBlocked(line: JournalLine, at: Instant, fate: 'rejected' | 'withheld'): void {
    const id = line.flagDevice ?? line.devices.find((each) => this.#devices.isRestricted(each, at))
    const device = id === undefined ? undefined : parseEui64(id)
    if (id === undefined || device === undefined) return
    const { hub, region = '', generation = '' } = this.#devices.placementOf([id], at)
    const place = { hub, region, generation, supplier: this.#devices.supplierOf(id, at) }
    const rowClass = line.class ?? ''
    const month = monthNameOf(line)
    const key = JSON.stringify([
      month,
      id,
      hub?.toString(),
      region,
      generation,
      place.supplier,
      rowClass,
      fate,
    ])
    const known = this.#blocked.get(key)
    if (known) known.messages++
    else this.#blocked.set(key, { ...place, month, device, class: rowClass, fate, messages: 1 })
  }

  #countList(revision: string, day: string, at: Instant): void {
    const key = `${day}\n${revision}`
    const known = this.#listDays.get(key)
    if (!known) {
      this.#listDays.set(key, { day, revision, first: at, last: at, messages: 1 })
      return
    }
    known.messages++
    if (at < known.first) known.first = at
    if (at > known.last) known.last = at
  }

  #noteSigns(line: JournalLine, at: Instant): void {
    const [id] = line.devices
    const facts = id === undefined ? undefined : this.#devices.factsOf(id)
    if (!facts) return
    const trouble = troubleIn(line)
    if (trouble !== undefined) this.#noteTrouble(facts.key, trouble, at)
    else if (isSignOfLife(line)) this.#noteLife(facts, at)
  }

  #noteTrouble(device: DeviceKey, trouble: Trouble, at: Instant): void {
    const signs = this.#signsOf(device)
    if (signs.troubleAt !== undefined && signs.troubleAt > at) return
    signs.trouble = trouble
    signs.troubleAt = at
  }

  /** What is heard of a Device came by its hub. Nothing is noted of Devices that never were in trouble. */
  #noteLife(facts: DeviceFacts, at: Instant): void {
    const { hub } = placementAt(facts, at)
    for (const each of hub === undefined ? [facts.key] : [facts.key, hub]) {
      if (!facts.isSighted && !this.#signs.has(each)) continue
      const signs = this.#signsOf(each)
      if (signs.heardAt === undefined || signs.heardAt < at) signs.heardAt = at
    }
  }

  #signsOf(device: DeviceKey): Signs {
    const known = this.#signs.get(device)
    if (known) return known
    const signs = { trouble: undefined, troubleAt: undefined, heardAt: undefined }
    this.#signs.set(device, signs)
    return signs
  }
}
