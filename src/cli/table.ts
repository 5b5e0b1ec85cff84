/**
 * `duisgate table`: the governed table, by the rules of governance, as the API and the page have them.
 *
 * Whoever acts is a party of the configuration and a person by name. What a rule stands against is refused with its name, is
 * in the audit, and ends with exit code 1.
 */

import { Command } from 'commander'
import { loadCatalogue } from '../config/load-catalogue.ts'
import { fileFaultText, readTextFile } from '../config/text-file.ts'
import { mayGovern } from '../control/policy-service.ts'
import type { Instant } from '../core/device/device.ts'
import { isoTime } from '../core/device/iso-time.ts'
import type { TableProposal } from '../core/policy/table-proposal.ts'
import type { Actor } from '../core/restriction/party.ts'
import { type Governed, TableGovernance, type TableRefused } from '../governance/table-governance.ts'
import { policyParts } from '../run/policy-parts.ts'
import { tableTestsTextOf, tableTextOf } from '../run/table-files.ts'
import { type ActingOptions, noteRefusals, withActingOptions, withServices } from './acting.ts'
import { instantOption } from './shared-options.ts'
import { tableImpactCommand } from './table-impact.ts'
import { tableDiffCommand, tableListCommand, tableShowCommand } from './table-views.ts'
import { tableWhyCommand } from './table-why.ts'
import { type Terminal, usageError } from './terminal.ts'

interface GovernOptions extends ActingOptions {
  readonly json?: true
}

interface ProposeOptions extends GovernOptions {
  readonly reason: string
  readonly from?: Instant
  readonly tests?: string
  readonly shadow?: true
}

export function tableCommand(terminal: Terminal): Command {
  return new Command('table')
    .addCommand(tableListCommand(terminal))
    .addCommand(tableShowCommand(terminal))
    .addCommand(tableDiffCommand(terminal))
    .addCommand(tableWhyCommand(terminal))
    .addCommand(tableImpactCommand(terminal))
    .addCommand(proposeCommand(terminal))
    .addCommand(approveCommand(terminal))
    .addCommand(rejectCommand(terminal))
    .addCommand(rollBackCommand(terminal))
}

const PROPOSE_HELP = `
The unit tests lie beside the table: list.yaml has list.tests.yaml. The table must pass "duisgate check --table FILE".

Example:
  duisgate table propose list.yaml --as OPS --reason 'Change Board 2027-04' --from 2027-04-01T00:00:00Z`

function proposeCommand(terminal: Terminal): Command {
  const command = new Command('propose')
    .description('Propose a table; somebody else approves it.')
    .argument('<file>', 'the table: a YAML file or the name of a shipped one')
    .requiredOption('--reason <reason>', 'why, in a sentence')
    .option('--from <time>', 'when it takes effect; default: once approved', instantOption)
    .option('--tests <file>', 'its unit tests; default: beside it')
    .option('--shadow', 'have gateways compare it with the table in force while it is open')
    .addHelpText('after', PROPOSE_HELP)
  return withGovernOptions(command).action(async (file: string, options: ProposeOptions) => {
    const { reason, from, shadow = false } = options
    const content = await tableTextOf(file)
    const tests = await testsOf(file, options.tests)
    await govern(terminal, options, file, (governance, actor) =>
      governance.propose(actor, { content, tests, reason, from, isShadow: shadow }),
    )
  })
}

/** Without a file the rules say that tests are missing. */
async function testsOf(table: string, file: string | undefined): Promise<string> {
  if (file === undefined) return (await tableTestsTextOf(table)) ?? ''
  return readTextFile(file).catch((error) => {
    throw usageError(
      `cannot read the unit tests ${file} (${fileFaultText(error)}); check the path given with --tests`,
    )
  })
}

function approveCommand(terminal: Terminal): Command {
  const command = new Command('approve')
    .description('Approve a proposal of somebody else.')
    .argument('<proposal>', 'its ID')
    .option('--note <note>', 'a remark for the record')
    .addHelpText('after', '\nExample:\n  duisgate table approve P-01JDH2V9WX4N6Q8S0T2V4X6Z8B --as OPS')
  return withGovernOptions(command).action(
    (id: string, options: GovernOptions & { readonly note?: string }) =>
      govern(terminal, options, id, (governance, actor) => governance.approve(actor, id, options.note)),
  )
}

function rejectCommand(terminal: Terminal): Command {
  const command = new Command('reject')
    .description('Reject a proposal, or withdraw an approved one that is not in force yet.')
    .argument('<proposal>', 'its ID')
    .requiredOption('--reason <reason>', 'why, in a sentence')
    .addHelpText(
      'after',
      "\nExample:\n  duisgate table reject P-01JDH2V9WX4N6Q8S0T2V4X6Z8B --as OPS --reason 'needs a test for 4.18'",
    )
  return withGovernOptions(command).action(
    (id: string, options: GovernOptions & { readonly reason: string }) =>
      govern(terminal, options, id, (governance, actor) => governance.reject(actor, id, options.reason)),
  )
}

function rollBackCommand(terminal: Terminal): Command {
  const command = new Command('roll-back')
    .description('Propose to bring back a table that was in force before, at once when approved.')
    .argument('<revision>', 'its revision or hash; "duisgate table list" has them')
    .requiredOption('--reason <reason>', 'why, in a sentence')
    .addHelpText('after', "\nExample:\n  duisgate table roll-back df347613e92e --as OPS --reason 'leaks'")
  return withGovernOptions(command).action(
    (revision: string, options: GovernOptions & { readonly reason: string }) =>
      govern(terminal, options, revision, (governance, actor) =>
        governance.rollBack(actor, { revision, reason: options.reason }),
      ),
  )
}

function withGovernOptions(command: Command): Command {
  return withActingOptions(command.option('--json', 'the outcome as one JSON object'))
}

async function govern(
  terminal: Terminal,
  options: GovernOptions,
  about: string,
  work: (governance: TableGovernance, actor: Actor) => Promise<Governed | TableRefused>,
): Promise<void> {
  await withServices(terminal, options, async ({ store, actor, config }) => {
    const { examine } = await policyParts(config, loadCatalogue())
    const outcome = await work(new TableGovernance({ store, examine, mayGovern }), actor)
    if (options.json) terminal.print(JSON.stringify(asJson(outcome)))
    if (!outcome.ok) return noteRefusals(terminal, about, outcome.refusals)
    if (!options.json) print(terminal, outcome)
  })
}

function print(terminal: Terminal, { outcome, proposal, scheduled }: Governed): void {
  const { id, name, revision, stage, inForceAt } = proposal
  const when = inForceAt === undefined ? '' : `, in force from ${isoTime(inForceAt)}`
  terminal.print(`${id}: ${outcome}, ${name} ${revision}, ${stage}${when}`)
  for (const later of scheduled)
    terminal.note(
      `note: ${later.name} ${later.revision} (${later.id}) takes over at ${isoTime(later.inForceAt)}`,
    )
}

function asJson(outcome: Governed | TableRefused): object {
  if (!outcome.ok) return { outcome: 'refused', refusals: outcome.refusals }
  const { tests: _, ...proposal } = outcome.proposal
  return {
    outcome: outcome.outcome,
    proposal,
    scheduled: outcome.scheduled.map(({ id }: TableProposal) => id),
  }
}
