/**
 * The control plane put together from a configuration: store, rules of change, API, page, and the jobs that come due.
 *
 * `duisgate control-plane` runs it by itself; `serve` starts that command as a process of its own, so that nothing people
 * do on the page can stop or slow a message.
 */
import { readFile } from 'node:fs/promises'
import type { Config } from '../config/config.ts'
import type { StoreSettings } from '../config/store.ts'
import { type ControlApp, type ControlAppOptions, createControlApp } from '../control/app.ts'
import { OperationsHistory } from '../control/operations-history.ts'
import { createPage } from '../control/page/mount-page.ts'
import { startControl } from '../control/start.ts'
import { systemClock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import { Repeated } from '../observe/repeated.ts'
import { keptListOf } from '../reports/lists.ts'
import { RollUp } from '../reports/roll-up.ts'
import { restrictionService } from '../restrictions/restriction-service.ts'
import type { SqlStore } from '../store/sql/sql-store.ts'
import { genuineCheckpoints } from './checkpoints.ts'
import { DueJobs } from './due-jobs.ts'
import { KeptAudit } from './kept-audit.ts'
import { LeftEvents } from './left-events.ts'
import { LostChanges } from './lost-changes.ts'
import { notifierOf, pushingOf } from './notifying.ts'
import type { PlaneObservation, PlaneObservationOptions } from './plane-observation.ts'
import { policyParts } from './policy-parts.ts'
import { RollingUp } from './rolling-up.ts'
import { rulesAndParties } from './rules-and-parties.ts'
import { openStoreOfService } from './store-driver.ts'
import { TableInForce } from './table-in-force.ts'
import { type ControlTls, openControlTls } from './tls-files.ts'

export interface ControlPlane {
  /** Where it is to be found: the page, and the API under `/api/v1`. */
  readonly url: string
  readonly table: TableInForce
  /** Where health and metrics are served; undefined for nowhere. */
  readonly observationPort: number | undefined
  /** Reads the table's file and the TLS files again; what has problems is refused and the last good one stays in force. */
  reload(): Promise<void>
  /** The same database, by other hosts or credentials. Throws when a file cannot be read. */
  reconnect(settings: StoreSettings): void
  /** Lets open requests and the job under way end, for at most the configured drain time. */
  stop(): Promise<void>
}

/**
 * Opens store and listener; a store on a server may come later. Throws when the address is not to be had. `acceptsStoreReset`: an
 * operator wants the store used as it is, although it may have lost changes.
 */
export async function startControlPlane(
  config: Config,
  log: Logger,
  acceptsStoreReset = false,
): Promise<ControlPlane> {
  const tls = await openControlTls(config, log)
  const table = await TableInForce.load(config, log)
  const { store, reconnect } = await openStoreOfService(config.store, log)
  const kept = new KeptAudit(config.journal.folder, log)
  store.keepAudited((entries) => kept.keep(entries))
  try {
    await table.follow(store)
    return { ...(await listening({ config, log, table, store, tls, acceptsStoreReset })), reconnect }
  } catch (error) {
    tls.close()
    await table.stop()
    await store.close()
    throw error
  }
}

interface Parts {
  readonly config: Config
  readonly log: Logger
  readonly table: TableInForce
  readonly store: SqlStore
  readonly tls: ControlTls
  readonly acceptsStoreReset: boolean
}

async function listening(parts: Parts): Promise<Omit<ControlPlane, 'reconnect'>> {
  const { config, log, table, store, tls, acceptsStoreReset } = parts
  const { listen, jobsMs } = config.controlPlane
  const { listener } = tls
  const checkpoints = () => genuineCheckpoints(config.audit)
  const restrictions = { ...rulesAndParties(config), store, checkpoints }
  const history = new OperationsHistory(store, systemClock)
  const control = await controlAppOf(parts, restrictions, history)
  const running = await startControl({ control, listen, tls: listener && { material: listener, log } })
  const service = restrictionService({ ...restrictions, table: () => table.table })
  const jobs = new DueJobs({
    ...{ leases: store, everyMs: jobsMs, log },
    run: (mayGoOn) => service.runDueJobs(mayGoOn),
  })
  const left = new LeftEvents({ take: () => service.takeLeftEvents(), log })
  const { folder } = config.journal
  const lost = new LostChanges({ folder, store, service, acceptsStoreReset, log })
  const notifier = notifierOf({ config, store, table: () => table.table, tls: tls.partners, log })
  const rolling = rollingUpOf(config, store, table, log)
  const observation = await observationOf({ config, store, rolling, log }).catch(async (error) => {
    await running.stop(0)
    throw error
  })
  const looking = lookingAt(history, log)
  rolling.start()
  jobs.start()
  left.start()
  lost.start()
  notifier.start()
  void looking.start()
  return {
    observationPort: observation?.port,
    url: urlOf(listener ? 'https' : 'http', listen.host, running.port),
    table,
    async reload() {
      await Promise.all([table.reload(), tls.refresh(), observation?.refresh()])
    },
    async stop() {
      await Promise.all([
        rolling.stop(),
        jobs.stop(),
        left.stop(),
        lost.stop(),
        notifier.stop(),
        looking.stop(),
        running.stop(config.drainMs),
      ])
      observation?.stop()
      tls.close()
      await table.stop()
      await store.close()
    },
  }
}

/** Page and API, yet to be served. Browsers come over TLS where this side speaks it, or where the configuration says a proxy does. */
async function controlAppOf(
  { config, log, table, tls }: Parts,
  restrictions: ControlAppOptions['restrictions'],
  history: OperationsHistory,
): Promise<ControlApp> {
  const { origin, isSecure, signIn } = config.controlPlane
  return createControlApp({
    restrictions,
    history,
    log,
    isSecure: isSecure || tls.listener !== undefined,
    table: () => table.table,
    policy: await policyParts(config, table.catalogue, table.shipped),
    clock: systemClock,
    credentials: config.credentials,
    pushing: pushingOf(config),
    signIn: await signInOf(signIn, log),
    ...(origin && { origin: origin.origin }),
    mountPage: await createPage({ catalogue: table.catalogue }),
  })
}

/** Undefined where the configuration names no address; then nothing that counts is loaded either. */
async function observationOf(options: PlaneObservationOptions): Promise<PlaneObservation | undefined> {
  const { observation } = options.config.controlPlane
  if (!observation) return undefined
  const { PlaneObservation } = await import('./plane-observation.ts')
  return PlaneObservation.start(options, observation)
}

/** Several looks a minute, so that each minute has one. */
const LOOK_EVERY_MS = 10_000

/** What gateways decide over time is seen whether or not somebody has the page open. */
function lookingAt(history: OperationsHistory, log: Logger): Repeated {
  const work = () =>
    history.look().catch((error) => log.debug({ err: error }, 'the gateways could not be looked at'))
  return new Repeated({ work, everyMs: LOOK_EVERY_MS })
}

/** What speaks to a provider is loaded where the configuration names one. */
async function signInOf(
  { tokens, tokenDays, oidc }: Config['controlPlane']['signIn'],
  log: Logger,
): Promise<NonNullable<ControlAppOptions['signIn']>> {
  if (!oidc) return { takesTokens: tokens, tokenDays }
  const { issuer, clientId, clientSecret, clientSecretFile, scopes, clockToleranceMs, timeoutMs } = oidc
  const secret = async () =>
    clientSecretFile === undefined ? clientSecret : (await readFile(clientSecretFile, 'utf8')).trim()
  const options = { issuer, clientId, secret, scopes, mapping: oidc, clockToleranceMs, timeoutMs }
  const { SignInProvider } = await import('../control/sign-in/provider.ts')
  return { takesTokens: tokens, tokenDays, provider: new SignInProvider(options, systemClock, log) }
}

/** A page that is asked for meanwhile waits for no more than a batch. */
const ROLL_UP_BYTES = 1_048_576

/** The journal of this machine; there is none where no gateway runs. */
function rollingUpOf(
  { journal, reports }: Config,
  store: SqlStore,
  table: TableInForce,
  log: Logger,
): RollingUp {
  return new RollingUp({
    ...{ everyMs: reports.rollUpMs, log },
    open: () =>
      new RollUp({
        ...{ store: store.reports, folder: journal.folder, log, batchBytes: ROLL_UP_BYTES },
        list: () => keptListOf(table.table),
      }),
  })
}

function urlOf(scheme: 'http' | 'https', host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}/`
}
