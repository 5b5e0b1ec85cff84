/** `duisgate incidents`: times in which Service Requests failed for another reason than a flag. */

import { Command } from 'commander'
import { incidentResource } from '../control/api/incidents.ts'
import type { Instant } from '../core/device/device.ts'
import { isoTime } from '../core/device/iso-time.ts'
import { type DeviceKey, formatEui64 } from '../core/duis/eui64.ts'
import { type Incident, toldOfRestricted } from '../core/report/incident.ts'
import type { Month } from '../core/report/span.ts'
import { systemClock } from '../observe/clock.ts'
import { Reports } from '../reports/reports.ts'
import { rulesAndParties } from '../run/rules-and-parties.ts'
import { type ActingOptions, type Services, withActingOptions, withServices } from './acting.ts'
import { collectText, deviceIdOption, instantOption, monthOption } from './shared-options.ts'
import { CommandError, EXIT, type Terminal } from './terminal.ts'

interface RecordOptions extends ActingOptions {
  readonly from: Instant
  readonly until?: Instant
  readonly region?: readonly string[]
  readonly srv?: readonly string[]
  readonly device?: DeviceKey
  readonly reason?: string
}

interface ListOptions extends ActingOptions {
  readonly month: Month
  readonly json?: true
}

export function incidentsCommand(terminal: Terminal): Command {
  return new Command('incidents').addCommand(recordCommand(terminal)).addCommand(listCommand(terminal))
}

const RECORD_EXAMPLE = `
A later record under the same reference takes the place of the earlier; both are in the audit. Whoever names a Device that is Restricted is
told since when, and records it with --reason.

Examples:
  duisgate incidents record INC-204711 --from 2026-10-07T09:00:00Z --region North --as OPS
  duisgate incidents record INC-204711 --from 2026-10-07T09:00:00Z --until 2026-10-07T15:30:00Z --region North --as OPS`

function recordCommand(terminal: Terminal): Command {
  const command = new Command('record')
    .description('Record an incident, or how it has changed.')
    .argument('<reference>', 'the reference of the incident desk')
    .requiredOption('--from <time>', 'when it began', instantOption)
    .option('--until <time>', 'when it ended; it lasts while absent', instantOption)
    .option('--region <region>', 'a region that had it; may be repeated; default: everywhere', collectText)
    .option(
      '--device <id>',
      'the Device that it is about, a Communications Hub for all behind it',
      deviceIdOption,
    )
    .option('--reason <text>', 'why it goes on although the Device is Restricted; kept in the audit')
    .option('--srv <srv>', 'an SRV that failed; may be repeated; default: all', collectText)
    .addHelpText('after', RECORD_EXAMPLE)
  return withActingOptions(command).action((reference: string, options: RecordOptions) =>
    withServices(terminal, options, async (services) => {
      const { from, until, region: regions = [], srv: srvs = [], device, reason } = options
      const done = await reportsOf(services).recordIncident(services.actor, {
        reference,
        from,
        until,
        regions,
        srvs,
        device,
        reason,
      })
      for (const told of done.told)
        terminal.note(toldOfRestricted(formatEui64(told.device), isoTime(told.since)))
      if (!done.ok) throw new CommandError(EXIT.no, done.problems.join('\n'))
      terminal.print(`${reference}: recorded`)
    }),
  )
}

function listCommand(terminal: Terminal): Command {
  const command = new Command('list')
    .description('Incidents of a month, oldest first.')
    .requiredOption('--month <month>', 'in UTC', monthOption)
    .option('--json', 'one JSON object a line')
    .addHelpText('after', '\nExample:\n  duisgate incidents list --month 2026-10 --as OPS')
  return withActingOptions(command).action((options: ListOptions) =>
    withServices(terminal, options, async (services) => {
      for (const incident of await reportsOf(services).incidents(services.actor, options.month))
        terminal.print(options.json ? JSON.stringify(incidentResource(incident)) : lineOf(incident))
    }),
  )
}

function reportsOf({ store, config }: Services): Reports {
  const { parties, regionsOfCsp } = rulesAndParties(config)
  return new Reports({ store, parties, regionsOfCsp, clock: systemClock })
}

function lineOf({ reference, from, until, regions, srvs, device }: Incident): string {
  const times = until === undefined ? `since ${isoTime(from)}` : `${isoTime(from)} to ${isoTime(until)}`
  return `${reference}  ${times}  ${regions.join(' ') || 'everywhere'}  ${srvs.join(' ') || 'all SRVs'}${device === undefined ? '' : `  ${formatEui64(device)}`}`
}
