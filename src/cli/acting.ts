/** Who acts on flags at the command line: a configured party under a role. The rules are those of the API and the page. */
import type { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { loadCatalogue } from '../config/load-catalogue.ts'
import { isRole } from '../control/identity.ts'
import type { Table } from '../core/policy/table.ts'
import type { Actor, Party, Role } from '../core/restriction/party.ts'
import { NoticeService } from '../notices/notice-service.ts'
import { partnersOf } from '../notices/partners.ts'
import { systemClock } from '../observe/clock.ts'
import { type RestrictionService, restrictionService } from '../restrictions/restriction-service.ts'
import { pushingOf } from '../run/notifying.ts'
import { regionsOfCsp, rulesAndParties } from '../run/rules-and-parties.ts'
import { type ControlUnit, within } from '../store/control-store.ts'
import type { SqlStore } from '../store/sql/sql-store.ts'
import { partyNamed, type StoreOptions, withConfiguredStore } from './configuration.ts'
import { tableIn } from './named-table.ts'
import { optionOf, withStoreOptions } from './shared-options.ts'
import { EXIT, type Terminal, usageError } from './terminal.ts'

interface ActingAs {
  readonly party: string
  /** Absent: the only one the party has. */
  readonly role: Role | undefined
}

export interface ActingOptions extends StoreOptions {
  readonly as: ActingAs
  readonly name?: string
}

/** What a command on flags works with. */
export interface Services {
  readonly actor: Actor
  readonly service: RestrictionService
  readonly notices: NoticeService
  readonly store: SqlStore
  readonly config: Config
  /** The same service inside a transaction that has begun. */
  readonly restrictionsIn: (unit: ControlUnit) => RestrictionService
}

/** `--as`, `--name`, `--store` and the options of a configuration. */
export function withActingOptions(command: Command): Command {
  return withStoreOptions(
    command
      .requiredOption(
        '--as <party/role>',
        'the configured party that acts, and its role when it has several',
        optionOf(actingAs, 'PARTY/ROLE; give one like SUP-A/supplier.'),
      )
      .option(
        '--name <name>',
        'the person or system that acts, for the audit; default: the name of the user',
      ),
  )
}

function actingAs(text: string): ActingAs | undefined {
  const [party = '', role, ...more] = text.split('/')
  if (party === '' || more.length > 0 || (role !== undefined && !isRole(role))) return undefined
  return { party, role }
}

/** Runs `work` on the configured store as the party that acts; closes the store whatever happens. */
export async function withServices(
  terminal: Terminal,
  options: ActingOptions,
  work: (services: Services) => Promise<void>,
): Promise<void> {
  await withConfiguredStore(terminal, options, async (store, config) => {
    const actor = actorOf(terminal, config.parties, options)
    const table = await tableIn(store, config.table, loadCatalogue())
    await work({ actor, store, config, ...servicesOn(store, config, () => table) })
  })
}

function servicesOn(store: SqlStore, config: Config, table: () => Table) {
  const options = { ...rulesAndParties(config), table }
  const partners = partnersOf(config.parties, regionsOfCsp(config), pushingOf(config))
  return {
    service: restrictionService({ ...options, store }),
    notices: new NoticeService({ store, clock: systemClock, partners }),
    restrictionsIn: (unit: ControlUnit) => restrictionService({ ...options, store: within(unit) }),
  }
}

function actorOf(terminal: Terminal, parties: readonly Party[], { as, name }: ActingOptions): Actor {
  const party = partyNamed(parties, as.party)
  const { USER: user } = terminal.environment
  return { party: party.id, role: roleOf(party, as.role), name: name ?? user ?? 'command line' }
}

function roleOf({ id, roles }: Party, asked: Role | undefined): Role {
  const [only, ...others] = roles
  const role = asked ?? (others.length === 0 ? only : undefined)
  if (role !== undefined && roles.includes(role)) return role
  throw usageError(`the party ${id} has the roles ${roles.join(', ')}; give --as ${id}/ROLE with one of them`)
}

/** A rule that stands against a request, of whichever list of rules. */
interface Stood {
  readonly rule: string
  readonly text: string
  readonly whatToDo: string
}

/** Says which rules stand against it and what to do; the exit code is then 1. */
export function noteRefusals(terminal: Terminal, about: string, refusals: readonly Stood[]): void {
  for (const { rule, text, whatToDo } of refusals) terminal.note(`${about}: ${rule}: ${text} ${whatToDo}`)
  terminal.exitWith(EXIT.no)
}
