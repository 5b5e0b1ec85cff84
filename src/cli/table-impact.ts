/** `duisgate table impact`: what another table would have changed in a month, from the decision journal. */
import { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { countOf } from '../config/configuration-fault.ts'
import { loadCatalogue } from '../config/load-catalogue.ts'
import { type Month, monthAt, monthsLater } from '../core/report/span.ts'
import { type ImpactReport, impactOf } from '../journal/impact-report.ts'
import { systemClock } from '../observe/clock.ts'
import type { SqlStore } from '../store/sql/sql-store.ts'
import { type StoreOptions, withConfiguredStore } from './configuration.ts'
import { keptTableIn, tableIn } from './named-table.ts'
import { collectText, countOption, monthOption, withStoreOptions } from './shared-options.ts'
import type { Terminal } from './terminal.ts'

interface ImpactOptions extends StoreOptions {
  readonly against: string
  readonly month?: Month
  readonly journal?: readonly string[]
  readonly maxRecords?: number
  readonly json?: true
}

const MAX_RECORDS = 999_999_999

const HELP = `
The journal has no payload: what it does not tell counts as met, and messages for which that matters are counted under
"undecidable". Types and regions of Devices are those of the inventory.

Examples:
  duisgate table impact --against list.yaml --month 2026-10
  duisgate table impact --against df347613e92e --journal /mnt/gateway-a/journal --journal /mnt/gateway-b/journal`

export function tableImpactCommand(terminal: Terminal): Command {
  const command = new Command('impact')
    .description('What another table would have changed in a month of the journal.')
    .requiredOption('--against <table>', 'a revision, a shipped name or a file')
    .option('--month <month>', 'a month in UTC; default: the last one', monthOption)
    .option('--journal <folder>', 'a journal; may be repeated; default: as configured', collectText)
    .option('--max-records <n>', 'look at no more; default: all', countOption(MAX_RECORDS))
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
  return withStoreOptions(command).action((options: ImpactOptions) =>
    withConfiguredStore(terminal, options, async (store, config) =>
      print(terminal, await reportOf(store, config, options), options),
    ),
  )
}

async function reportOf(store: SqlStore, config: Config, options: ImpactOptions): Promise<ImpactReport> {
  const catalogue = loadCatalogue()
  const { month = monthsLater(monthAt(systemClock.now()), -1), maxRecords = Number.POSITIVE_INFINITY } =
    options
  const table = await tableIn(store, options.against, catalogue)
  const parts = {
    folders: options.journal ?? [config.journal.folder],
    store: store.reports,
    parties: config.parties,
    tableOf: (revision: string) => keptTableIn(store, revision, catalogue),
  }
  const span = { from: month.from, until: month.until }
  return impactOf(parts, { table, span, maxRecords })
}

function print(terminal: Terminal, report: ImpactReport, { json }: ImpactOptions): void {
  if (json) return terminal.print(JSON.stringify(report))
  for (const { codes, role, region, before, after, rule, messages, undecidable } of report.rows) {
    const open = undecidable === 0 ? '' : `, ${undecidable} undecidable`
    terminal.print(
      `${messages.toLocaleString('en-GB').padStart(9)}  ${before} → ${after}  ${codes || '–'}  ${role}  ${region || '–'}  ${rule}${open}`,
    )
  }
  const { name, revision, decided, changed, undecidable, files, isComplete } = report
  terminal.print(
    `${name} ${revision} would change ${countOf(changed, 'verdict')} of ${decided.toLocaleString('en-GB')}, ${undecidable.toLocaleString('en-GB')} of them undecidable, in ${countOf(files, 'file')}${isComplete ? '' : '; there are more records'}`,
  )
}
