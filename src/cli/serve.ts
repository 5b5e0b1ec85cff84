/** `duisgate serve`: runs the gateway, and beside it the control plane, until it is told to stop. */
import { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { createLog, type Logger } from '../observe/log.ts'
import { type ConfigOptions, configOf } from './configuration.ts'
import { ControlProcess } from './control-process.ts'
import { adviseOnAddress, untilToldToStop } from './running.ts'
import { type Service, startService } from './service.ts'
import { withConfigOptions } from './shared-options.ts'
import type { Terminal } from './terminal.ts'

const EXAMPLES = `
Settings come from --set, else from DUISGATE_ variables, else from the file, else from their defaults: docs/config.md.
With parties in the configuration the control plane (page and API) runs beside it, in a process of its own.
SIGTERM or SIGINT: finish what is in flight, then end. SIGHUP: read table and TLS files again; bad ones are refused.

Examples:
  duisgate serve --config duisgate.yaml
  DUISGATE_SOUTHBOUND_DSP_URL=http://dsp-adapter:8079 duisgate serve --set log.level=debug`

interface ServeOptions extends ConfigOptions {
  readonly acceptStoreReset?: true
}

export function serveCommand(terminal: Terminal): Command {
  const command = new Command('serve')
    .description('Run the gateway and the control plane.')
    .addHelpText('after', EXAMPLES)
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
  const service = await startService({ config, log, acceptsStoreReset }).catch((error) =>
    adviseOnAddress(error, 'southbound.listen'),
  )
  announce(service, config, log)
  const plane = controlProcess(config, options, log)
  const told = untilToldToStop(terminal)
  terminal.onSignal('SIGHUP', () => {
    void service.reload()
    plane?.reload()
  })
  log.info({ signal: await told }, 'draining')
  await Promise.all([service.stop(), plane?.stop(config.drainMs)])
  log.info('stopped')
}

/** The control plane, running in its own process with the same settings; undefined where there is to be none. */
function controlProcess(config: Config, { config: file, set }: ConfigOptions, log: Logger) {
  if (!config.controlPlane.isOn || config.parties.length === 0) {
    log.info('no control plane here: it is switched off, or no parties are configured')
    return undefined
  }
  const settings = (set ?? []).flatMap((text) => ['--set', text])
  const process = new ControlProcess({
    words: [...(file === undefined ? [] : ['--config', file]), ...settings],
    log,
  })
  process.start()
  return process
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
