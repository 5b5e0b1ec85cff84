/** `duisgate notices`: what partners were told, sending again, and the digest of a CSP. */

import { Command, Option } from 'commander'
import { everyItem } from '../control/every-item.ts'
import { isoTime, isoTimeOrNull } from '../core/device/iso-time.ts'
import { type DeviceKey, formatEui64 } from '../core/duis/eui64.ts'
import { NOTICE_STATES, type Notice, type NoticeState } from '../core/notice/notice.ts'
import type { Denied } from '../notices/notice-service.ts'
import { type ActingOptions, type Services, withActingOptions, withServices } from './acting.ts'
import { deviceIdOption } from './shared-options.ts'
import { CommandError, EXIT, type Terminal } from './terminal.ts'

interface ListOptions extends ActingOptions {
  readonly party?: string
  readonly state?: NoticeState
  readonly device?: DeviceKey
  readonly json?: true
}

interface ResendOptions extends ActingOptions {
  readonly party?: string
  readonly allDead?: true
}

interface DigestOptions extends ActingOptions {
  readonly party?: string
  readonly devices?: true
}

export function noticesCommand(terminal: Terminal): Command {
  return new Command('notices')
    .addCommand(listCommand(terminal))
    .addCommand(resendCommand(terminal))
    .addCommand(digestCommand(terminal))
}

const PARTY = 'of one party, for roles that see the notices of all'

const LIST_EXAMPLE = `
Example:
  duisgate notices list --as OPS --state dead`

function listCommand(terminal: Terminal): Command {
  const command = new Command('list')
    .description('Notices and what became of them, newest first.')
    .option('--party <party>', PARTY)
    .addOption(new Option('--state <state>', 'only those in one state').choices(NOTICE_STATES))
    .option('--device <id>', 'only those of one Device', deviceIdOption)
    .option('--json', 'one JSON object a line')
    .addHelpText('after', LIST_EXAMPLE)
  return withActingOptions(command).action((options: ListOptions) =>
    withServices(terminal, options, async (services) => {
      for await (const notice of everyNotice(services, options))
        terminal.print(options.json ? JSON.stringify(asJson(notice)) : lineOf(notice))
    }),
  )
}

function everyNotice(
  { notices, actor }: Services,
  { party, state, device }: ListOptions,
): AsyncGenerator<Notice> {
  const filter = { party, state, device }
  return everyItem((limit, after) => notices.list(actor, filter, limit, after), deniedBy)
}

function lineOf({ id, createdAt, party, kind, device, state, attempts, problem }: Notice): string {
  const tried = attempts === 0 ? '' : `, ${attempts} tried${problem === undefined ? '' : `: ${problem}`}`
  const what = device === undefined ? '' : `  ${formatEui64(device)}`
  return `${id}  ${isoTime(createdAt)}  ${party}  ${kind}${what}  ${state}${tried}`
}

function asJson({ device, createdAt, nextAt: _, settledAt, place: __, ...notice }: Notice): object {
  return {
    ...notice,
    device: device === undefined ? null : formatEui64(device),
    createdAt: isoTime(createdAt),
    settledAt: isoTimeOrNull(settledAt),
  }
}

const RESEND_EXAMPLE = `
A notice is sent again under the same ID by the control plane that runs.

Examples:
  duisgate notices resend N-01JDH2V9WX4N6Q8S0T2V4X6Z8B --as OPS
  duisgate notices resend --all-dead --party CSP-N --as OPS`

function resendCommand(terminal: Terminal): Command {
  const command = new Command('resend')
    .description('Have notices sent again.')
    .argument('[id...]', 'IDs of notices')
    .option('--all-dead', 'all that were given up')
    .option('--party <party>', PARTY)
    .addHelpText('after', RESEND_EXAMPLE)
  return withActingOptions(command).action((ids: readonly string[], options: ResendOptions) =>
    withServices(terminal, options, async (services) => {
      const dead = options.allDead ? await deadOf(services, options) : []
      for (const id of [...ids, ...dead]) await resendOne(terminal, services, id)
    }),
  )
}

async function deadOf(services: Services, { allDead: _, ...options }: ResendOptions): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of everyNotice(services, { ...options, state: 'dead' })) ids.push(id)
  return ids
}

async function resendOne(terminal: Terminal, { notices, actor }: Services, id: string): Promise<void> {
  const done = await notices.resend(actor, id)
  if (done.ok) return terminal.print(`${id}: goes out again to ${done.notice.party}`)
  terminal.note(`${id}: ${WORDS[done.why]}`)
  terminal.exitWith(EXIT.no)
}

const DIGEST_EXAMPLE = `
Example:
  duisgate notices digest --as OPS --party CSP-N`

function digestCommand(terminal: Terminal): Command {
  const command = new Command('digest')
    .description('How many Devices are Restricted for a CSP now, and a hash over them.')
    .option('--party <party>', PARTY)
    .option('--devices', 'the Device IDs too')
    .addHelpText('after', DIGEST_EXAMPLE)
  return withActingOptions(command).action((options: DigestOptions) =>
    withServices(terminal, options, async ({ notices, actor }) => {
      const { party, devices } = options
      const found = await notices.digest(actor, party)
      if (!found.ok) throw deniedBy(found)
      const { count, sha256, asOf } = found
      terminal.print(`${found.party}: ${count} Restricted as of ${isoTime(asOf)}, SHA-256 ${sha256}`)
      if (!devices) return
      const pages = (limit: number, after?: string) => notices.restricted(actor, party, limit, after)
      for await (const device of everyItem(pages, deniedBy)) terminal.print(formatEui64(device))
    }),
  )
}

const WORDS: Readonly<Record<Denied['why'], string>> = {
  'not-permitted': 'this role may not do that',
  'not-found': 'there is nothing of that name here for this party; check --party, or the ID',
  'not-sent': 'this notice is not for sending: its party only fetches',
}

function deniedBy({ why }: Denied): CommandError {
  return new CommandError(EXIT.no, WORDS[why])
}
