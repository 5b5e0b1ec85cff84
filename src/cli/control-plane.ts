/** `duisgate control-plane`: runs page, API and what comes due, until it is told to stop. */
import { Command } from 'commander'
import { createLog } from '../observe/log.ts'
import { KeptPlane } from '../run/kept-plane.ts'
import { adviseOnAddress, untilToldToStop } from '../run/running.ts'
import { type ConfigOptions, configOf, configResultOf } from './configuration.ts'
import { withConfigOptions } from './shared-options.ts'
import { type Terminal, usageError } from './terminal.ts'

const EXAMPLES = `
Serves the page and the API, and does what comes due. "duisgate serve" starts it as a process of its own; run it by itself
on a machine without a gateway, on the same PostgreSQL.

Example:
  duisgate control-plane --config duisgate.yaml`

export function controlPlaneCommand(terminal: Terminal): Command {
  const command = new Command('control-plane').addHelpText('after', EXAMPLES)
  return withConfigOptions(command)
    .option(
      '--accept-store-reset',
      'ask Suppliers to make changes again that were confirmed here and that the store has lost',
    )
    .action((options: PlaneOptions) => run(terminal, options))
}

interface PlaneOptions extends ConfigOptions {
  readonly acceptStoreReset?: true
}

async function run(terminal: Terminal, options: PlaneOptions): Promise<void> {
  const config = await configOf(terminal, options)
  if (config.parties.length === 0) throw usageError('no parties are configured: nobody could sign in')
  const log = createLog({ level: config.log.level }).child({ plane: 'control' })
  const read = () => configResultOf(terminal, options)
  const plane = await KeptPlane.start(config, read, log, options.acceptStoreReset ?? false).catch((error) =>
    adviseOnAddress(error, 'controlPlane.listen'),
  )
  terminal.onSignal('SIGHUP', () => void plane.reload())
  const why = await Promise.race([untilToldToStop(terminal), untilAlone(terminal), plane.lost])
  log.info({ signal: why }, 'the control plane is draining')
  await plane.stop()
  log.info('the control plane has stopped')
}

/** A control plane that `serve` started ends with it, however that ended. */
function untilAlone(terminal: Terminal): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  terminal.onParentGone(() => resolve('the gateway is gone'))
  return promise
}
