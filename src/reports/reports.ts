/**
 * The reports for everybody who reads them: the API, the page and the CLI. An actor sees as much of each as its role reaches;
 * whether it may see the report at all was settled before it asked, and asking all the same gives nothing.
 */

import type { Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { Incident } from '../core/report/incident.ts'
import { type Measures, measuresOf, type PerformanceRow, performanceOf } from '../core/report/performance.ts'
import { standingTrouble, type Trouble } from '../core/report/reachability.ts'
import { hasBegun, type Month, toldUntil } from '../core/report/span.ts'
import { stoppableBy } from '../core/report/stoppable.ts'
import type { UptakeRow } from '../core/report/uptake.ts'
import type { Actor } from '../core/restriction/party.ts'
import type { Clock } from '../observe/clock.ts'
import { reachOf } from '../restrictions/permissions.ts'
import type { ControlStore, Page } from '../store/control-store.ts'
import type { BlockedByClass, KeptLeakCheck } from '../store/report-store.ts'
import { type Evidence, evidenceOf } from './evidence.ts'
import {
  blockedIn,
  type ExceptionRow,
  type ExceptionsAsked,
  exceptions,
  exceptionsPage,
} from './exceptions.ts'
import { type IncidentRecorded, type IncidentRequest, recordIncident } from './incidents.ts'
import type { LeakReport } from './leaks.ts'
import { listedRulesOf, listsInUse } from './lists.ts'
import { type Parties, type Scope, scopeOf } from './scope.ts'
import { uptake, uptakeByMonth } from './uptake.ts'

export interface ReportsOptions extends Parties {
  readonly store: ControlStore
  readonly clock: Pick<Clock, 'now'>
}

/** A leak check that a gateway's machine made last. */
export interface LeakChecked {
  readonly gateway: string
  readonly at: Instant
  readonly report: LeakReport
}

/** The performance of a month. */
export interface Performance {
  readonly rows: readonly PerformanceRow[]
  readonly measures: Measures
}

export class Reports {
  readonly #options: ReportsOptions

  constructor(options: ReportsOptions) {
    this.#options = options
  }

  /** Whether anything can be told of the month. */
  hasBegun(month: Month): boolean {
    return hasBegun(month, this.#options.clock.now())
  }

  /** Up to when a month is told: its end, or now where it is under way. */
  toldUntil(month: Month): Instant {
    return toldUntil(month, this.#options.clock.now())
  }

  /** The exceptions list of a month, Device by Device. */
  exceptions(actor: Actor, month: Month): AsyncGenerator<ExceptionRow, void, undefined> {
    return exceptions(this.#askedExceptions(actor, month))
  }

  /** The same in pages of at most `limit` Devices; `after` is a page's `next`. */
  exceptionsPage(actor: Actor, month: Month, limit: number, after?: string): Promise<Page<ExceptionRow>> {
    return exceptionsPage(this.#askedExceptions(actor, month), limit, after)
  }

  /** Incidents of a month, the oldest first; for a CSP those that it opened. */
  async incidents(actor: Actor, month: Month): Promise<readonly Incident[]> {
    const reach = reachOf(actor, 'incidents')
    if (reach === undefined) return []
    const all = await this.#options.store.reports.incidentsBetween(month)
    return reach === 'any' ? all : all.filter(({ openedBy }) => openedBy === actor.party)
  }

  /** Records an incident, or tells that its Device is Restricted and asks for a reason to go on. */
  recordIncident(actor: Actor, request: IncidentRequest): Promise<IncidentRecorded> {
    return recordIncident(this.#options, actor, request)
  }

  /** What was stopped for the Devices of the list, by class; for a Supplier by the rows of its list, which say whose each is. */
  async blocked(actor: Actor, month: Month): Promise<BlockedByClass[]> {
    const { scope, store } = this.#askedExceptions(actor, month)
    switch (scope.kind) {
      case 'all':
        return store.blockedByClass(month.name)
      case 'regions':
        return store.blockedByClass(month.name, scope.regions)
      case 'supplier':
        return blockedIn(this.exceptions(actor, month))
    }
  }

  /** Success by SRV and region; a Supplier's own messages only. */
  async performance(actor: Actor, month: Month): Promise<Performance> {
    const scope = scopeOf(this.#options, actor, 'report-performance') ?? NOBODYS
    const { reports } = this.#options.store
    const users = scope.kind === 'supplier' ? scope.euis : undefined
    const counts = scope.kind === 'regions' ? [] : await reports.countsOf(month.name, users)
    const lists = await listsInUse(reports, month)
    const canBeStopped = stoppableBy(lists.flatMap(({ list }) => (list ? [listedRulesOf(list)] : [])))
    return { rows: performanceOf(counts, canBeStopped), measures: measuresOf(counts, canBeStopped) }
  }

  async uptake(actor: Actor, month: Month): Promise<UptakeRow[]> {
    const scope = scopeOf(this.#options, actor, 'report-uptake') ?? NOBODYS
    return uptake(this.#options.store.reports, month, this.#options.clock.now(), scope)
  }

  /** Uptake of several months, for each its rows. */
  async uptakeByMonth(actor: Actor, months: readonly Month[]): Promise<UptakeRow[][]> {
    const scope = scopeOf(this.#options, actor, 'report-uptake') ?? NOBODYS
    return uptakeByMonth(this.#options.store.reports, months, this.#options.clock.now(), scope)
  }

  /** The leak checks of a month, one for each gateway whose journal was checked. */
  async leaks(actor: Actor, month: Month): Promise<LeakChecked[]> {
    if (scopeOf(this.#options, actor, 'report-leaks') === undefined) return []
    return (await this.#options.store.reports.leakChecks(month.name)).map(leakCheckedOf)
  }

  /** What an annex says of a month: lists, their changes, the audit. */
  evidence(actor: Actor, month: Month): Promise<Evidence> {
    return evidenceOf(this.#options.store, actor, month, this.#options.clock.now())
  }

  /** The trouble that messages tell of a Device, or of its hub, and that nothing heard since has ended. */
  async troubleOf(device: DeviceKey, hub: DeviceKey | undefined): Promise<Trouble | undefined> {
    for (const key of hub === undefined ? [device] : [device, hub]) {
      const sighting = await this.#options.store.reports.sightingOf(key)
      const trouble = sighting && standingTrouble(sighting)
      if (trouble) return trouble
    }
    return undefined
  }

  #askedExceptions(actor: Actor, month: Month): ExceptionsAsked {
    const { store, clock } = this.#options
    const scope = scopeOf(this.#options, actor, 'report-exceptions') ?? NOBODYS
    return { store: store.reports, month, asOf: clock.now(), scope }
  }
}

/** Reaches nothing. */
const NOBODYS: Scope = { kind: 'regions', regions: [] }

function leakCheckedOf({ gateway, at, outcome }: KeptLeakCheck): LeakChecked {
  return { gateway, at, report: JSON.parse(outcome) as LeakReport }
}
