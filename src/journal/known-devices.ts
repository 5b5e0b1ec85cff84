/** The Devices of a batch of lines, as reports ask for them: looked up together, each once. */
import type { Instant } from '../core/device/device.ts'
import { formatEui64, parseEui64 } from '../core/duis/eui64.ts'
import type { JournalLine } from '../core/journal/journal-line.ts'
import { restrictedSpans } from '../core/report/flag-steps.ts'
import {
  answeringAt,
  type DeviceFacts,
  NOWHERE,
  type Placement,
  placementAt,
} from '../core/report/placement.ts'
import { coversAt, type Span } from '../core/report/span.ts'
import type { Registration } from '../core/restriction/restriction.ts'
import type { RollUpStore } from '../store/report-store.ts'

interface Known {
  readonly facts: DeviceFacts
  readonly restricted: readonly Span[]
}

export class KnownDevices {
  readonly #byId: ReadonlyMap<string, Known>
  readonly #registrations: ReadonlyMap<string, readonly Registration[]>

  private constructor(
    byId: ReadonlyMap<string, Known>,
    registrations: ReadonlyMap<string, readonly Registration[]>,
  ) {
    this.#byId = byId
    this.#registrations = registrations
  }

  /** Asks for every Device that the lines name. */
  static async of(
    store: Pick<RollUpStore, 'facts' | 'registrations'>,
    lines: readonly JournalLine[],
  ): Promise<KnownDevices> {
    const ids = new Set<string>()
    for (const { devices } of lines) for (const id of devices) ids.add(id)
    // The journal spells every Device in one way, so each ID is a Device of its own.
    const facts = await store.facts([...ids].flatMap((id) => parseEui64(id) ?? []))
    const flagged = facts.filter(({ flag }) => flag.length > 0).flatMap(({ mpxn }) => mpxn ?? [])
    const registrations = await store.registrations([...new Set(flagged)])
    return new KnownDevices(
      new Map(facts.map((each) => [formatEui64(each.key), knownOf(each)])),
      Map.groupBy(registrations, ({ mpxn }) => mpxn),
    )
  }

  factsOf(id: string): DeviceFacts | undefined {
    return this.#byId.get(id)?.facts
  }

  isRestricted(id: string, at: Instant): boolean {
    const known = this.#byId.get(id)
    return known !== undefined && known.restricted.length > 0 && coversAt(known.restricted, at)
  }

  /** Where the first of the Devices that the inventory knows was then. */
  placementOf(ids: readonly string[], at: Instant): Placement {
    for (const id of ids) {
      const facts = this.#byId.get(id)?.facts
      if (facts === undefined || (facts.placement === NOWHERE && facts.moves.length === 0)) continue
      return placementAt(facts, at)
    }
    return NOWHERE
  }

  /** Who answers for a Device that has or had a flag; empty when nobody does. */
  supplierOf(id: string, at: Instant): string {
    const facts = this.#byId.get(id)?.facts
    const registrations = this.#registrations.get(facts?.mpxn ?? '') ?? []
    return answeringAt({ registrations, keeper: facts?.keeper }, at) ?? ''
  }
}

function knownOf(facts: DeviceFacts): Known {
  return { facts, restricted: facts.flag.length === 0 ? NEVER : restrictedSpans(facts.flag) }
}

const NEVER: readonly Span[] = []
