/** `duisgate token`: makes tokens for API and page. A token is shown once; the configuration has only its hash. */
import { Command, InvalidArgumentError } from 'commander'
import { isRole, newToken } from '../control/identity.ts'
import { ROLES, type Role } from '../core/restriction/party.ts'
import { type ConfigOptions, configOf, partyNamed } from './configuration.ts'
import { withConfigOptions } from './shared-options.ts'
import { type Terminal, usageError } from './terminal.ts'

interface NewTokenOptions extends ConfigOptions {
  readonly party: string
  readonly role: readonly Role[]
  readonly name: string
  readonly json?: true
}

const EXAMPLE = `
Standard output has what goes into the configuration, ready to paste, and nothing else; the token itself is told on
standard error, this once. Give it to whoever will use it.

Example:
  duisgate token new --party SUP-A --role supplier --name jane.doe --config duisgate.yaml`

export function tokenCommand(terminal: Terminal): Command {
  return new Command('token').addCommand(newCommand(terminal))
}

function newCommand(terminal: Terminal): Command {
  const command = new Command('new')
    .description('Make a token; tell it once, and print its entry for the configuration.')
    .requiredOption('--party <id>', 'the party it belongs to, as configured')
    .requiredOption('--role <role>', `${ROLES.join(', ')}; may be repeated`, collectRole)
    .requiredOption('--name <name>', 'the person or system that will hold it, for the audit')
    .option('--json', 'token and credential as one JSON object')
    .addHelpText('after', EXAMPLE)
  return withConfigOptions(command).action((options: NewTokenOptions) => makeToken(terminal, options))
}

function collectRole(text: string, before: readonly Role[] = []): readonly Role[] {
  if (isRole(text)) return [...before, text]
  throw new InvalidArgumentError(`"${text}" is no role; give one of ${ROLES.join(', ')}.`)
}

async function makeToken(terminal: Terminal, options: NewTokenOptions): Promise<void> {
  const { party, role: roles, name } = options
  await checkParty(terminal, options)
  const { token, tokenHash } = newToken()
  if (options.json) {
    terminal.print(JSON.stringify({ token, credential: { tokenHash, party, roles, name } }))
    return
  }
  terminal.note(`The token, shown only this once:\n\n  ${token}\n`)
  terminal.note('For the configuration (where it has credentials: already, only the line below that):\n')
  terminal.print('credentials:')
  terminal.print(
    `  - {tokenHash: ${tokenHash}, party: ${party}, roles: [${roles.join(', ')}], name: ${quoted(name)}}`,
  )
}

/** A token for nobody would be found out only when it is used. */
async function checkParty(terminal: Terminal, options: NewTokenOptions): Promise<void> {
  const { parties } = await configOf(terminal, options)
  const party = partyNamed(parties, options.party)
  const lacking = options.role.filter((role) => !party.roles.includes(role))
  if (lacking.length > 0) {
    throw usageError(
      `the party ${party.id} has the roles ${party.roles.join(', ')}, and not ${lacking.join(', ')}`,
    )
  }
}

/** As YAML takes it inside braces. */
function quoted(name: string): string {
  return /^[A-Za-z][\w.-]*$/.test(name) ? name : JSON.stringify(name)
}
