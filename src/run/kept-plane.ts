/**
 * A control plane that is put together anew when its configuration has changed: sign-ins end, nothing else is lost, and the
 * gateway beside it does not notice. When the new one cannot start, the old one is back.
 */
import process from 'node:process'
import type { Config } from '../config/config.ts'
import { differingSettings } from '../config/differing.ts'
import type { ConfigResult } from '../config/read-config.ts'
import { isOfStore, isSameDatabase } from '../config/store.ts'
import type { Logger } from '../observe/log.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { KeptConfiguration } from './kept-configuration.ts'

/** Settings that the plane does not look at. */
const OF_GATEWAYS =
  /^(?:workers|gatewayId|southbound|northbound|control|signing|limits|reading|flags|reject|markup|secondReader)\b/

export class KeptPlane {
  readonly #configuration: KeptConfiguration
  readonly #log: Logger
  #config: Config
  #plane: ControlPlane
  /** One thing after the other: a signal may come while the plane is between two configurations. */
  #work: Promise<void> = Promise.resolve()
  readonly #lost = Promise.withResolvers<never>()

  private constructor(config: Config, read: () => Promise<ConfigResult>, log: Logger, plane: ControlPlane) {
    this.#config = config
    this.#log = log
    this.#plane = plane
    this.#configuration = new KeptConfiguration({
      ...{ config, read, log },
      countsOf: (key) => (OF_GATEWAYS.test(key) ? 'elsewhere' : 'here'),
      take: (next) => this.#take(next),
    })
  }

  /** Starts it; `read` reads its configuration again. Throws when its address is not to be had. */
  static async start(
    config: Config,
    read: () => Promise<ConfigResult>,
    log: Logger,
    acceptsStoreReset: boolean,
  ): Promise<KeptPlane> {
    const kept = new KeptPlane(config, read, log, await startControlPlane(config, log, acceptsStoreReset))
    kept.#announce()
    return kept
  }

  /** Rejects when there is no plane any more, because neither configuration could be started. */
  get lost(): Promise<never> {
    return this.#lost.promise
  }

  /** Reads the configuration again, and the files that it names; what has problems is refused and the last good one stays. */
  reload(): Promise<void> {
    return this.#next(async () => {
      await this.#configuration.reload()
      await this.#plane.reload()
    })
  }

  stop(): Promise<void> {
    return this.#next(() => this.#plane.stop())
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work)
    return this.#work
  }

  /** Another way to the same database needs no other plane. */
  async #take(next: Config): Promise<void> {
    const differing = differingSettings(this.#config, next).filter((key) => !OF_GATEWAYS.test(key))
    if (!differing.every(isOfStore) || !isSameDatabase(this.#config.store, next.store))
      return this.#startAgain(next)
    this.#plane.reconnect(next.store)
    this.#config = next
  }

  async #startAgain(next: Config): Promise<void> {
    if (next.parties.length === 0) throw new Error('no parties are configured: nobody could sign in')
    await this.#plane.stop()
    try {
      this.#plane = await startControlPlane(next, this.#log)
    } catch (cause) {
      await this.#goBack()
      throw cause
    }
    this.#config = next
    this.#log.level = next.log.level
    this.#announce()
  }

  async #goBack(): Promise<void> {
    try {
      this.#plane = await startControlPlane(this.#config, this.#log)
      this.#announce()
    } catch (cause) {
      this.#lost.reject(cause)
    }
  }

  #announce(): void {
    const { url } = this.#plane
    this.#log.info({ page: url, api: `${url}api/v1`, pid: process.pid }, 'the control plane is listening')
  }
}
