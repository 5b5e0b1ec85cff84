/** `duisgate serve`: runs the gateway until it is told to stop. */
import { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { createLog, type Logger } from '../observe/log.ts'
import { type ConfigOptions, codeOf, configOf } from './configuration.ts'
import { type Service, startService } from './service.ts'
import { withConfigOptions } from './shared-options.ts'
import { CommandError, EXIT, type Terminal } from './terminal.ts'

const EXAMPLES = `
Settings come from --set, else from DUISGATE_ variables, else from the file, else from their defaults: docs/config.md.
SIGTERM or SIGINT: finish what is in flight, then end. SIGHUP: read the table again; a bad one is refused.

Examples:
  duisgate serve --config duisgate.yaml
  DUISGATE_SOUTHBOUND_DSP_URL=http://dsp-adapter:8079 duisgate serve --set log.level=debug`

interface ServeOptions extends ConfigOptions {
  readonly acceptStoreReset?: true
}

export function serveCommand(terminal: Terminal): Command {
  const command = new Command('serve').description('Run the gateway.').addHelpText('after', EXAMPLES)
  return withConfigOptions(command)
    .option(
      '--accept-store-reset',
      'use the store as it is, although it lacks changes that were applied before',
    )
    .action((options: ServeOptions) => serve(terminal, options))
}

async function serve(terminal: Terminal, options: ServeOptions): Promise<void> {
  const config = await configOf(terminal, options)
  const log = createLog({ level: config.log.level })
  const acceptsStoreReset = options.acceptStoreReset ?? false
  const service = await startService({ config, log, acceptsStoreReset }).catch(adviseOnAddress)
  announce(service, config, log)
  const told = untilToldToStop(terminal)
  terminal.onSignal('SIGHUP', () => void service.reloadTable())
  log.info({ signal: await told }, 'draining')
  await service.stop()
  log.info('stopped')
}

/** An address that cannot be had is the commonest failure to start. */
function adviseOnAddress(error: unknown): never {
  const code = codeOf(error)
  if (code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL' && code !== 'EACCES') throw error
  const message = error instanceof Error ? error.message : code
  throw new CommandError(
    EXIT.failure,
    `${message}; choose another address, for example with --set southbound.listen=HOST:PORT`,
    {
      cause: error,
    },
  )
}

function announce({ gateway, table, flags }: Service, config: Config, log: Logger): void {
  const { southbound, northbound, observation } = gateway.ports
  log.info(
    {
      southbound: `${config.southbound.listen.host}:${southbound}`,
      northbound: `${config.northbound.listen.host}:${northbound}`,
      control: `${config.control.listen.host}:${observation}`,
      dsp: config.southbound.dspUrl.origin,
      table: table.name,
      revision: table.revision,
      flags: flags.status().state,
    },
    'listening',
  )
}

/** Resolves with the name of the first signal that ends the service. */
export function untilToldToStop(terminal: Terminal): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) terminal.onSignal(signal, () => resolve(signal))
  return promise
}
