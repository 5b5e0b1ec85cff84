/** `duisgate retention`: what is past its time, and its deletion. */

import { Command } from 'commander'
import { countOf } from '../config/configuration-fault.ts'
import { isoDay } from '../core/device/iso-time.ts'
import { systemClock } from '../observe/clock.ts'
import { deletePast, type PastItsTime, pastItsTime } from '../reports/retention.ts'
import { type StoreOptions, withConfiguredStore } from './configuration.ts'
import { withStoreOptions } from './shared-options.ts'
import type { Terminal } from './terminal.ts'

interface RetentionOptions extends StoreOptions {
  readonly apply?: true
}

const HELP = `
Journal files go only when all of them is rolled up. The audit is never deleted: what is older is named.

Examples:
  duisgate retention --config duisgate.yaml
  duisgate retention --apply --config duisgate.yaml`

export function retentionCommand(terminal: Terminal): Command {
  const command = new Command('retention')
    .option('--apply', 'delete what is listed')
    .addHelpText('after', HELP)
  return withStoreOptions(command).action((options: RetentionOptions) => run(terminal, options))
}

async function run(terminal: Terminal, options: RetentionOptions): Promise<void> {
  await withConfiguredStore(terminal, options, async ({ reports }, { journal, retention }) => {
    const past = await pastItsTime(reports, journal.folder, retention, systemClock.now())
    for (const line of linesOf(past)) terminal.print(line)
    if (!options.apply) return
    await deletePast(reports, past, (what, count) =>
      terminal.print(`deleted: ${what}, ${count.toLocaleString('en-GB')}`),
    )
  })
}

function linesOf({ files, keptFiles, tables, auditEntries }: PastItsTime): string[] {
  return [
    `journal files: ${countOf(files.length, 'file')}`,
    ...files.map(({ name }) => `  ${name}`),
    ...keptFiles.map(({ name }) => `  ${name} is old and stays: not all of it is rolled up`),
    ...tables.map(({ table, before, rows }) => `${table}: ${countOf(rows, 'row')} before ${isoDay(before)}`),
    `audit: ${auditEntries.toLocaleString('en-GB')} old entries, kept`,
  ]
}
