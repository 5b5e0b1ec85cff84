/**
 * Looks once, as a control plane starts, whether the store still has what was confirmed here, and says so in the log. Where an
 * operator has accepted the store as it is, the Suppliers concerned are asked to make their changes again.
 */
import type { Logger } from '../observe/log.ts'
import { Repeated } from '../observe/repeated.ts'
import { lostChanges, lostEntries } from '../restrictions/lost-changes.ts'
import type { RestrictionService } from '../restrictions/restriction-service.ts'
import type { ControlStore } from '../store/control-store.ts'
import { keptAudit } from './kept-audit.ts'

export interface LostChangesOptions {
  /** Where `KeptAudit` keeps what was written. */
  readonly folder: string
  readonly store: ControlStore
  readonly service: Pick<RestrictionService, 'askToRepeat'>
  readonly acceptsStoreReset: boolean
  readonly log: Logger
}

/** Until the store answers. */
const AGAIN_MS = 5_000

export class LostChanges {
  readonly #options: LostChangesOptions
  readonly #repeated = new Repeated({ work: () => this.#look(), everyMs: AGAIN_MS })
  #hasLooked = false

  constructor(options: LostChangesOptions) {
    this.#options = options
  }

  start(): void {
    void this.#repeated.start()
  }

  /** Settles when nothing is under way any more. */
  stop(): Promise<void> {
    return this.#repeated.stop()
  }

  async #look(): Promise<void> {
    if (this.#hasLooked) return
    const { folder, store, service, acceptsStoreReset, log } = this.#options
    try {
      const lost = await lostEntries(store, await keptAudit(folder))
      const changes = lostChanges(lost)
      const tasks = acceptsStoreReset ? await service.askToRepeat(changes) : 0
      if (lost.length > 0)
        log.error(
          { entries: lost.length, flags: changes.length, tasks },
          'the store has lost what was confirmed here; duisgate audit lost lists it',
        )
      this.#hasLooked = true
    } catch (error) {
      log.warn({ err: error }, 'whether the store has what was confirmed here is not known yet')
    }
  }
}
