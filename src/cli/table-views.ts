/** `duisgate table list`, `show` and `diff`: what was in force when, the text of any table, and what two differ in. */

import { Command } from 'commander'
import { countOf } from '../config/configuration-fault.ts'
import { loadCatalogue } from '../config/load-catalogue.ts'
import { GOVERNED_TABLE } from '../config/table-path.ts'
import type { Instant } from '../core/device/device.ts'
import { isoTime, isoTimeOrNull } from '../core/device/iso-time.ts'
import { differencesOf, type TableDifference } from '../core/policy/table-diff.ts'
import { tableAt, tableHistory } from '../governance/table-history.ts'
import type { SqlStore } from '../store/sql/sql-store.ts'
import { type StoreOptions, withStore } from './configuration.ts'
import { tableIn, tableTextIn } from './named-table.ts'
import { instantOption, withStoreOptions } from './shared-options.ts'
import { CommandError, EXIT, type Terminal } from './terminal.ts'

interface ViewOptions extends StoreOptions {
  readonly json?: true
}

export function tableListCommand(terminal: Terminal): Command {
  const command = new Command('list')
    .description('Which governed table was in force when, who runs it, and what is proposed.')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  duisgate table list --config duisgate.yaml')
  return withStoreOptions(command).action((options: ViewOptions) =>
    withStore(terminal, options, (store) => list(terminal, store, options)),
  )
}

async function list(terminal: Terminal, store: SqlStore, { json }: ViewOptions): Promise<void> {
  const spans = await tableHistory(store)
  const { now, open, gateways } = await store.read(async (view) => ({
    now: await view.tables.now(),
    open: await view.tables.openProposals(),
    gateways: (await view.gateways.statuses()).filter(({ isLive }) => isLive),
  }))
  if (json) {
    const history = spans.map(({ proposal: { id, revision, hash, name }, from, until }) => ({
      ...{ proposal: id, revision, hash, name, from: isoTime(from) },
      until: isoTimeOrNull(until),
    }))
    const proposals = open.map(({ tests: _, ...proposal }) => proposal)
    const running = gateways.map(({ id, tableRevision }) => ({ id, tableRevision }))
    terminal.print(JSON.stringify({ history, proposals, gateways: running }))
    return
  }
  for (const { proposal, from, until } of spans) {
    const running = gateways.filter(({ tableRevision }) => tableRevision === proposal.revision).length
    const state = from > now ? 'scheduled' : until !== undefined && until <= now ? 'superseded' : 'in force'
    const runs = state === 'in force' ? `, run by ${running} of ${countOf(gateways.length, 'gateway')}` : ''
    terminal.print(`${isoTime(from)}  ${proposal.revision}  ${proposal.name}  ${state}${runs}`)
  }
  for (const { id, revision, name, proposedBy, isShadow, kind } of open)
    terminal.print(
      `proposed  ${id}  ${revision}  ${name}  ${kind} by ${proposedBy.name} of ${proposedBy.party}${isShadow ? ', in the shadow' : ''}`,
    )
  if (spans.length === 0) terminal.print('no governed table was ever in force')
}

interface ShowOptions extends ViewOptions {
  readonly at?: Instant
}

export function tableShowCommand(terminal: Terminal): Command {
  const command = new Command('show')
    .description('The text of a table: the one in force, of any time, or of any revision.')
    .argument('[table]', 'a revision, a shipped name or a file; default: the governed one in force')
    .option('--at <time>', 'the governed one in force then', instantOption)
    .addHelpText(
      'after',
      '\nExamples:\n  duisgate table show\n  duisgate table show --at 2027-01-31T09:00:00Z\n  duisgate table show df347613e92e',
    )
  return withStoreOptions(command).action((name: string | undefined, options: ShowOptions) =>
    withStore(terminal, options, async (store) => {
      const text = options.at === undefined ? undefined : await textAt(store, options.at)
      terminal.print((text ?? (await tableTextIn(store, name ?? GOVERNED_TABLE))).trimEnd())
    }),
  )
}

async function textAt(store: SqlStore, at: Instant): Promise<string> {
  const found = await tableAt(store, at)
  if (!found) throw new CommandError(EXIT.no, `no governed table was in force at ${isoTime(at)}`)
  return found.content
}

export function tableDiffCommand(terminal: Terminal): Command {
  const command = new Command('diff')
    .description('What two tables treat differently, code by code.')
    .argument('<before>', 'a revision, a shipped name, a file, or store for the governed one in force')
    .argument('<after>', 'the same')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      '\nExample:\n  duisgate table diff store list.yaml\n\nExit code 0: nothing is different. 1: something is.',
    )
  return withStoreOptions(command).action((before: string, after: string, options: ViewOptions) =>
    withStore(terminal, options, (store) => diff(terminal, store, [before, after], options)),
  )
}

async function diff(
  terminal: Terminal,
  store: SqlStore,
  [before, after]: readonly [string, string],
  { json }: ViewOptions,
): Promise<void> {
  const catalogue = loadCatalogue()
  const differences = differencesOf(
    await tableIn(store, before, catalogue),
    await tableIn(store, after, catalogue),
  )
  for (const difference of differences) {
    if (json) terminal.print(JSON.stringify(difference))
    else terminal.print(inWords(difference))
  }
  if (differences.length > 0) terminal.exitWith(EXIT.no)
}

/** `SRV 4.11.1: passes → stopped, because …`; where it does the same, what else is treated otherwise. */
function inWords({ what, before, after }: TableDifference): string {
  if (before.does === after.does) return `${what}: ${after.does} as before; ${before.words} → ${after.words}`
  const because = after.why === '' ? '' : `, because: ${after.why}`
  return `${what}: ${before.does} → ${after.does}${because}`
}
