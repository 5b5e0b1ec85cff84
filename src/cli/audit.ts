/** `duisgate audit`: whether the audit trail is whole, and signed ends of it to hold it against later. */
import { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { countOf } from '../config/configuration-fault.ts'
import { isoTime } from '../core/device/iso-time.ts'
import { type BrokenChain, CHAIN_FAULT_WORDS, checkpoint } from '../core/restriction/audit-chain.ts'
import { systemClock } from '../observe/clock.ts'
import { lostChanges, lostEntries } from '../restrictions/lost-changes.ts'
import { restrictionService } from '../restrictions/restriction-service.ts'
import { type CheckpointFault, checkTrail } from '../restrictions/trail-check.ts'
import { genuineCheckpoints, keepCheckpoint, signingKey } from '../run/checkpoints.ts'
import { keptAudit } from '../run/kept-audit.ts'
import { rulesAndParties } from '../run/rules-and-parties.ts'
import type { SqlStore } from '../store/sql/sql-store.ts'
import { type StoreOptions, withConfiguredStore } from './configuration.ts'
import { withStoreOptions } from './shared-options.ts'
import { CommandError, EXIT, type Terminal, usageError } from './terminal.ts'

interface AuditOptions extends StoreOptions {
  readonly json?: true
}

export function auditCommand(terminal: Terminal): Command {
  return new Command('audit')
    .addCommand(verifyCommand(terminal))
    .addCommand(checkpointCommand(terminal))
    .addCommand(lostCommand(terminal))
}

const VERIFY_HELP = `
Exit code 0: every entry is as it was written, in its place, and agrees with every checkpoint. 1: the first index at which
it does not is said, or a checkpoint that was not signed by the key.

Example:
  duisgate audit verify --config duisgate.yaml`

function verifyCommand(terminal: Terminal): Command {
  const command = new Command('verify')
    .description('Check the whole chain against itself and against the checkpoints.')
    .option('--json', 'the finding as one JSON object')
    .addHelpText('after', VERIFY_HELP)
  return onStore(terminal, command, verify)
}

function checkpointCommand(terminal: Terminal): Command {
  const command = new Command('checkpoint')
    .description('Sign where the chain ends now and add it to the file of checkpoints.')
    .option('--json', 'the checkpoint as one JSON object')
    .addHelpText('after', '\nExample:\n  duisgate audit checkpoint --config duisgate.yaml')
  return onStore(terminal, command, takeCheckpoint)
}

const LOST_HELP = `
A control plane keeps what it writes to the audit beside its journal as well (audit.kept, the last 8 to 16 MiB). After a
store was restored, or a standby became the primary that had not received everything: run this on each machine with a
control plane, before or after serve --accept-store-reset. --make-tasks asks each Supplier that had a change confirmed to make it
again; nothing is set or cleared by itself. Running it again asks nobody twice.

Not listed: what commands and gateways wrote, and what is older than the files.

Exit code 0: nothing is lost. 1: something is.

Examples:
  duisgate audit lost --config duisgate.yaml
  duisgate audit lost --make-tasks --config duisgate.yaml`

function lostCommand(terminal: Terminal): Command {
  const command = new Command('lost')
    .description('List changes that were confirmed by a control plane here and that the store has not.')
    .option('--make-tasks', 'ask the Suppliers to make them again')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', LOST_HELP)
  return withStoreOptions(command).action((options: LostOptions) =>
    withConfiguredStore(terminal, options, (store, config) => listLost(terminal, options, store, config)),
  )
}

interface LostOptions extends AuditOptions {
  readonly makeTasks?: true
}

async function listLost(
  terminal: Terminal,
  { json, makeTasks }: LostOptions,
  store: SqlStore,
  config: Config,
): Promise<void> {
  const lost = await lostEntries(store, await keptAudit(config.journal.folder))
  for (const { at, actor, action, subject, detail } of lost) {
    const line = { at: isoTime(at), party: actor.party, name: actor.name, action, subject, detail }
    terminal.print(
      json ? JSON.stringify(line) : `${line.at}  ${line.party}  ${action}  ${subject}  ${detail.mpxn ?? ''}`,
    )
  }
  if (makeTasks) {
    const service = restrictionService({ ...rulesAndParties(config), store, table: () => ({ rows: [] }) })
    const asked = await service.askToRepeat(lostChanges(lost))
    terminal.note(`${countOf(asked, 'task')} made`)
  }
  if (lost.length > 0)
    throw new CommandError(EXIT.no, `${lost.length} of the audit that was written here is not in the store`)
}

function onStore(terminal: Terminal, command: Command, work: (audited: Audited) => Promise<void>): Command {
  return withStoreOptions(command).action((options: AuditOptions) =>
    withConfiguredStore(terminal, options, (store, { audit }) =>
      work({ ...options, terminal, store, audit }),
    ),
  )
}

/** What both commands work with. */
interface Audited extends Omit<AuditOptions, 'store'> {
  readonly terminal: Terminal
  readonly store: SqlStore
  readonly audit: Config['audit']
}

async function verify({ terminal, store, audit, json }: Audited): Promise<void> {
  const check = await checkTrail(store, () => genuineCheckpoints(audit))
  if (check.kind === 'unchecked') throw checkpointFault(audit, check.fault)
  const isWhole = check.kind === 'whole'
  const found = isWhole ? check.end : check.broken
  if (json) terminal.print(JSON.stringify({ ok: isWhole, ...found, checkpoints: check.checkpoints.length }))
  if (!isWhole) throw brokenFault(check.broken, '')
  if (json) return
  const against = countOf(check.checkpoints.length, 'checkpoint')
  terminal.print(`ok: whole up to index ${check.end.count}, and in step with ${against}`)
}

function brokenFault({ index, fault }: BrokenChain, more: string): CommandError {
  const what = CHAIN_FAULT_WORDS[fault]
  return new CommandError(EXIT.no, `the audit trail is broken at index ${index}${more}: ${what}`)
}

function checkpointFault(audit: Config['audit'], { problem, line }: CheckpointFault): CommandError {
  const { checkpointFile, keyFile } = audit
  const at = `${checkpointFile}:${line}`
  switch (problem) {
    case 'malformed':
      return usageError(`${at} is not a checkpoint; restore the file from where it is kept`)
    case 'forged':
      return new CommandError(EXIT.no, `${at} was not signed by the key ${keyFile}`)
    case 'no-key':
      return new CommandError(EXIT.no, `there are checkpoints but no key ${keyFile} to verify them`)
    case 'wrong-key':
      return usageError(`${keyFile} is not the Ed25519 key that is needed, as PEM`)
    case 'unreadable':
      return usageError(`${checkpointFile} or ${keyFile} cannot be read; give this user leave to read both`)
  }
}

async function takeCheckpoint({ terminal, store, audit, json }: Audited): Promise<void> {
  const key = await signingKey(audit.keyFile)
  const check = await checkTrail(store, () => genuineCheckpoints(audit))
  if (check.kind === 'unchecked') throw checkpointFault(audit, check.fault)
  if (check.kind === 'broken') throw brokenFault(check.broken, ' and is not vouched for')
  const taken = checkpoint(check.end, systemClock.now(), key)
  await keepCheckpoint(audit.checkpointFile, taken)
  if (json) terminal.print(JSON.stringify(taken))
  else terminal.print(`signed: the end at index ${taken.count}, in ${audit.checkpointFile}`)
}
