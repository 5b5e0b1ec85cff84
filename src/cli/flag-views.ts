/** `duisgate flag show` and `flag list`: flags as the party that acts may see them. */

import { Argument, Command } from 'commander'
import { isoTime, isoTimeOrNull } from '../core/device/iso-time.ts'
import { formatEui64, parseEui64 } from '../core/duis/eui64.ts'
import type { Named } from '../core/restriction/requests.ts'
import type { LookUp } from '../restrictions/look-up.ts'
import type { FlagView } from '../restrictions/views.ts'
import { type ActingOptions, noteRefusals, type Services, withActingOptions, withServices } from './acting.ts'
import { EXIT, type Terminal } from './terminal.ts'

interface ViewOptions extends ActingOptions {
  readonly json?: true
}

export function flagShowCommand(terminal: Terminal): Command {
  const command = new Command('show')
    .description('Show whether meters are Restricted; the look-up is in the audit.')
    .addArgument(meterArgument())
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      '\nExample:\n  duisgate flag show 1200012345679 --as SUP-A\n\nExit code 0: all are Restricted now. 1: at least one is not, or may not be seen.',
    )
  return withActingOptions(command).action((meters: readonly string[], options: ViewOptions) =>
    withServices(terminal, options, async (services) => {
      for (const meter of meters) await show(terminal, services, meter, options)
    }),
  )
}

async function show(terminal: Terminal, { service, actor }: Services, meter: string, options: ViewOptions) {
  const named = namedBy(meter)
  const found = await service.lookUp(actor, named)
  if (!found.ok) return noteRefusals(terminal, meter, found.refusals)
  const restricted = isRestricted(found, named)
  if (options.json) terminal.print(JSON.stringify({ meter, restricted, flags: found.flags.map(flagJson) }))
  else terminal.print(`${meter}  ${restricted ? 'Restricted' : 'not Restricted'}${newestOf(found)}`)
  if (!restricted) terminal.exitWith(EXIT.no)
}

/** The Device named; of a meter point any of its Devices. */
function isRestricted({ devices }: LookUp, { device }: Named): boolean {
  return devices.some((each) => each.isRestricted && (device === undefined || each.key === device))
}

function newestOf({ flags: [flag] }: LookUp): string {
  return flag === undefined ? '' : `  ${inWords(flag)}`
}

export function flagListCommand(terminal: Terminal): Command {
  const command = new Command('list')
    .description('List open flags: of the meter points of the party, or of all for roles that see all.')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', '\nExample:\n  duisgate flag list --as SUP-A --json')
  return withActingOptions(command).action((options: ViewOptions) =>
    withServices(terminal, options, (services) => list(terminal, services, options)),
  )
}

const PAGE = 200

async function list(terminal: Terminal, { service, actor }: Services, options: ViewOptions): Promise<void> {
  let after: string | undefined
  do {
    const page = await service.mine(actor, { open: true }, PAGE, after)
    if (!page.ok) return noteRefusals(terminal, 'list', page.refusals)
    for (const flag of page.items) {
      terminal.print(options.json ? JSON.stringify(flagJson(flag)) : inWords(flag))
    }
    after = page.next
  } while (after !== undefined)
}

function flagJson(flag: FlagView): object {
  const { id, mpxn = null, fuel, state, version, sequence } = flag
  return {
    ...{ restriction: id, mpxn, fuel, state, version, sequence },
    devices: flag.members.map(formatEui64),
    from: isoTime(flag.from),
    until: isoTimeOrNull(flag.until),
    inForceAt: isoTimeOrNull(flag.inForceAt),
  }
}

/** `R-01…  effective  1200012345679  from 2027-01-11T12:00:00.000Z`. */
function inWords({ id, state, mpxn, meter, from, until }: FlagView): string {
  const times = [`from ${isoTime(from)}`, ...(until === undefined ? [] : [`until ${isoTime(until)}`])]
  return [id, state, mpxn ?? formatEui64(meter), ...times].join('  ')
}

/** `<meter...>`: meter point numbers or Device IDs. */
export function meterArgument(): Argument {
  return new Argument('<meter...>', 'MPANs, MPRNs or Device IDs')
}

/** A Device when it is written as one, else a meter point number, which the rules read. */
export function namedBy(meter: string): Named {
  const device = parseEui64(meter)
  return device === undefined ? { mpxn: meter } : { device }
}
