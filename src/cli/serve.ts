/** `duisgate serve`: runs the gateway, and beside it the control plane, until it is told to stop. */
import { availableParallelism } from 'node:os'
import { Command, Option } from 'commander'
import type { Config } from '../config/config.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { createLog, type Logger } from '../observe/log.ts'
import { openLogSink } from '../observe/log-sink.ts'
import { controlProcess } from '../run/control-process.ts'
import { type ServiceOptions, startService } from '../run/gateway-service.ts'
import type { KeptProcess } from '../run/kept-process.ts'
import { adviseOnAddress, untilToldToStop } from '../run/running.ts'
import { parseSeat, type Seat } from '../run/workers/seat.ts'
import { serveAsWorker, startWorkers } from '../run/workers/serve-workers.ts'
import { type ConfigOptions, configOf, configResultOf } from './configuration.ts'
import { withConfigOptions } from './shared-options.ts'
import type { Terminal } from './terminal.ts'

const EXAMPLES = `
Settings come from --set, else from DUISGATE_ variables, else from the file, else from their defaults: docs/config.md.
With parties in the configuration the control plane (page and API) runs beside it, in a process of its own.
With workers above 1 the gateway is that many processes, which share its listeners: docs/life-of-a-message.md.
SIGTERM or SIGINT: finish what is in flight, then end. SIGHUP: read configuration, table and TLS files again; bad ones
are refused, and of the configuration some settings count after a restart only: docs/operations.md.

Examples:
  duisgate serve --config duisgate.yaml
  DUISGATE_SOUTHBOUND_DSP_URL=http://dsp-adapter:8079 duisgate serve --set log.level=debug`

interface ServeOptions extends ConfigOptions {
  readonly acceptStoreReset?: true
  /** Given by a primary to its workers. */
  readonly seat?: Seat
}

/** What the control plane may take beyond its own drain before it is killed. */
const PLANE_GRACE_MS = 2_000

export function serveCommand(terminal: Terminal): Command {
  const command = new Command('serve').addHelpText('after', EXAMPLES)
  return withConfigOptions(command)
    .option(
      '--accept-store-reset',
      'use the store as it is, although it lacks changes that were applied before',
    )
    .addOption(new Option('--seat <number/of>').argParser(parseSeat).hideHelp())
    .action((options: ServeOptions) => serve(terminal, options))
}

async function serve(terminal: Terminal, options: ServeOptions): Promise<void> {
  const config = await configOf(terminal, options)
  const logSink = openLogSink()
  const log = createLog({ level: config.log.level, destination: logSink })
  const given = {
    config,
    logSink,
    acceptsStoreReset: options.acceptStoreReset ?? false,
    readConfiguration: () => configResultOf(terminal, options),
  }
  if (options.seat) {
    const seat = options.seat
    return serveAsWorker(terminal, { ...given, seat, log: log.child({ worker: seat.number }) })
  }
  const told = untilToldToStop(terminal)
  let reload = () => {}
  terminal.onSignal('SIGHUP', () => reload())
  const count = config.workers === 'auto' ? availableParallelism() : config.workers
  const gateway = await (count === 1
    ? startAlone({ ...given, log })
    : startTogether(config, log, options, count))
  const plane = controlPlaneOf(config, options, log)
  reload = () => {
    log.info({ signal: 'SIGHUP' }, 'configuration, tables and certificates that are files are read again')
    gateway.reload()
    plane?.signal('SIGHUP')
  }
  log.info({ signal: await told }, 'draining')
  await Promise.all([gateway.stop(), plane?.stop(config.drainMs + PLANE_GRACE_MS)])
  log.info('stopped')
}

/** The gateway, in this process or in several. */
interface Served {
  reload(): void
  stop(): Promise<void>
}

async function startAlone(options: ServiceOptions): Promise<Served> {
  const { config, log } = options
  const service = await startService(options).catch((error) => adviseOnAddress(error, 'southbound.listen'))
  const { table, flags, gateway } = service
  const { name, revision } = table
  announce(config, log, gateway.ports, { table: name, revision, flags: flags.status().state })
  return { reload: () => void service.reload(), stop: () => service.stop() }
}

async function startTogether(
  config: Config,
  log: Logger,
  options: ServeOptions,
  count: number,
): Promise<Served> {
  const firstWords = options.acceptStoreReset ? ['--accept-store-reset'] : []
  const workers = await startWorkers(config, { count, words: configWords(options), firstWords, log })
  announce(config, log, workers.ports, { workers: count })
  return workers
}

/** The control plane, running in its own process with the same settings; undefined where there is to be none. */
function controlPlaneOf(config: Config, options: ServeOptions, log: Logger): KeptProcess | undefined {
  if (!config.controlPlane.isOn || config.parties.length === 0) {
    log.info('no control plane here: it is switched off, or no parties are configured')
    return undefined
  }
  const accepting = options.acceptStoreReset ? ['--accept-store-reset'] : []
  const plane = controlProcess([...configWords(options), ...accepting], log)
  plane.start()
  return plane
}

/** The words that give another process of this gateway the same settings. */
function configWords({ config, set }: ConfigOptions): string[] {
  const settings = (set ?? []).flatMap((text) => ['--set', text])
  return [...(config === undefined ? [] : ['--config', config]), ...settings]
}

function announce(config: Config, log: Logger, ports: Gateway['ports'], more: object): void {
  const { southbound, northbound, observation } = ports
  log.info(
    {
      southbound: `${config.southbound.listen.host}:${southbound}`,
      northbound: `${config.northbound.listen.host}:${northbound}`,
      control: `${config.control.listen.host}:${observation}`,
      dsp: config.southbound.dspUrl.origin,
      ...more,
    },
    'listening',
  )
}
