/** `duisgate rollup`: adds what the decision journal has gained to the counters that reports are made of. */
import { Command } from 'commander'
import { countOf } from '../config/configuration-fault.ts'
import { loadCatalogue } from '../config/load-catalogue.ts'
import { createLog } from '../observe/log.ts'
import { keptListOf } from '../reports/lists.ts'
import { RollUp } from '../reports/roll-up.ts'
import { RollingUp } from '../run/rolling-up.ts'
import { untilToldToStop } from '../run/running.ts'
import { configOf, type StoreOptions, withStore } from './configuration.ts'
import { tableNamed } from './named-table.ts'
import { withStoreOptions } from './shared-options.ts'
import type { Terminal } from './terminal.ts'

interface RollUpOptions extends StoreOptions {
  readonly follow?: true
}

const HELP = `
Each record counts exactly once, however often this runs and whenever it is killed. The control plane rolls up the journal
of its own machine; run this on a machine that has a gateway and no control plane.

Examples:
  duisgate rollup --config duisgate.yaml
  duisgate rollup --follow --config duisgate.yaml`

export function rollUpCommand(terminal: Terminal): Command {
  const command = new Command('rollup')
    .option('--follow', 'go on until told to stop')
    .addHelpText('after', HELP)
  return withStoreOptions(command).action((options: RollUpOptions) => run(terminal, options))
}

async function run(terminal: Terminal, options: RollUpOptions): Promise<void> {
  const { journal, reports, log: logging, table } = await configOf(terminal, options)
  const log = createLog({ level: logging.level })
  const list = keptListOf(await tableNamed(terminal, options, table, loadCatalogue()))
  await withStore(terminal, options, async (store) => {
    const open = () => new RollUp({ store: store.reports, folder: journal.folder, list: () => list, log })
    if (options.follow) return follow(terminal, new RollingUp({ open, everyMs: reports.rollUpMs, log }))
    const { files, records, unreadable } = await open().run()
    const lost = unreadable === 0 ? '' : `, and ${countOf(unreadable, 'line')} that are no whole record`
    terminal.print(`rolled up: ${countOf(records, 'record')} from ${countOf(files, 'file')}${lost}`)
  })
}

async function follow(terminal: Terminal, rolling: RollingUp): Promise<void> {
  rolling.start()
  await untilToldToStop(terminal)
  await rolling.stop()
}
