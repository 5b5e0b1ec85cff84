/**
 * What stops and what stays for a meter whose flag is set, and what resumes when it is cleared, in plain words for the
 * check-answers page. It is worked out from the table in force, so that the page never promises what the gateway does not
 * do.
 */
import type { DeviceType } from '../device/device.ts'
import type { RowClass, Table, TableRow } from '../policy/table.ts'
import type { Fuel } from './restriction.ts'

/** One line of the page: a class of rows in words, and the codes it stands for. */
interface PlainLine {
  readonly class: RowClass
  readonly text: string
  readonly codes: readonly string[]
}

export interface StopsAndStays {
  readonly stops: readonly PlainLine[]
  readonly stays: readonly PlainLine[]
  /** Consequences that follow from what stops, and what the flag never touches. */
  readonly notes: readonly string[]
}

export interface Resumes {
  /** What passes again. */
  readonly resumes: readonly PlainLine[]
  /** What does not come back, and what a clear does not change. */
  readonly notes: readonly string[]
}

interface Words {
  readonly stops: string
  readonly stays: string
  /** Where it says something else than `stops`. */
  readonly resumes?: string
}

const WORDS: Readonly<Record<RowClass, Words>> = {
  install: {
    stops: 'Installation and commissioning.',
    stays: 'Installation, commissioning, and swaps of the Communications Hub.',
  },
  credentials: { stops: 'Security credentials.', stays: 'Security credentials and keys.' },
  firmware: { stops: 'Firmware updates.', stays: 'Firmware updates.' },
  supply: {
    stops: 'Control of the supply.',
    stays: 'Turning the supply on and off, and alerts about the supply.',
  },
  safety: { stops: 'Safety alerts.', stays: 'Safety alerts.' },
  security: { stops: 'Security and tamper alerts.', stays: 'Security and tamper alerts.' },
  'top-up': { stops: 'Top-ups.', stays: 'Top-ups and emergency credit.' },
  consumption: {
    stops: 'Remote meter readings: registers, daily and half-hourly consumption, peak and live demand.',
    stays: 'Readings that the table does not stop.',
  },
  billing: {
    stops:
      'Billing data: the billing log, the meter balance, and the bill the meter sends at the end of a billing period.',
    stays: 'Billing settings, such as the balance adjustment and the billing calendar.',
  },
  behaviour: {
    stops: 'Records that show what the household does, such as when it switches appliances.',
    stays: 'Other records of the household.',
  },
  prepayment: {
    stops: 'Prepayment readings, and any move of the meter to prepayment.',
    stays: 'Prepayment alerts, so that no home is left without service.',
  },
  schedule: {
    stops: 'Schedules that read what is stopped. Running ones go quiet; delete them yourself.',
    stays: 'Looking at schedules and deleting them.',
    resumes: 'Creating schedules that read the meter.',
  },
  configuration: {
    stops: 'Some settings of the meter.',
    stays: 'Settings of the meter, such as tariffs and prices.',
  },
  'customer-message': {
    stops: 'Messages to the in-home display.',
    stays: 'Messages to the in-home display.',
  },
  inventory: { stops: 'Looking up Devices.', stays: 'Looking up Devices and coverage.' },
  diagnostics: {
    stops: 'Some logs of the Device.',
    stays: 'Event, security and Device logs, and meter health.',
  },
  network: {
    stops: 'Network data that show consumption.',
    stays: 'Network alerts and data, such as power outages and voltage.',
  },
  'load-control': { stops: 'Load control.', stays: 'Load control that the consumer agreed to.' },
  'command-outcome': {
    stops: 'Outcomes of some Commands.',
    stays: 'Outcomes of Commands that were let through.',
  },
  han: { stops: 'Upkeep of the home area network.', stays: 'Upkeep of the home area network.' },
  dcc: { stops: 'Some DCC Alerts.', stays: 'DCC Alerts.' },
}

const TYPES_OF_FUEL: Readonly<Record<Fuel, readonly DeviceType[]>> = {
  electricity: ['ESME'],
  gas: ['GSME', 'GPF'],
}

/** The billing alert, which carries the readings that bills are made of. */
const BILLING_ALERT = '8F0A'

/** What the table in force means for a meter of that fuel. */
export function stopsAndStays(table: Pick<Table, 'rows'>, fuel: Fuel): StopsAndStays {
  const stops = stoppingRows(table, fuel)
  const stays = table.rows.filter((row) => !stops.includes(row))
  return {
    stops: linesOf(stops, 'stops'),
    stays: linesOf(stays, 'stays'),
    notes: notesOn(stops),
  }
}

/** What clearing the flag of a meter of that fuel brings back, and what it does not. */
export function resumesOnClear(table: Pick<Table, 'rows'>, fuel: Fuel): Resumes {
  return {
    resumes: linesOf(stoppingRows(table, fuel), 'resumes'),
    notes: [
      'What was stopped while the flag was set was destroyed. It is not sent again and does not come later.',
      'Schedules are not made again: one that was deleted has to be created anew. One that was left running is heard again.',
      'Safety, security and supply Alerts and firmware updates were never stopped; nothing changes for them.',
    ],
  }
}

/** Of a flag that is cleared before it began. */
export const NEVER_BEGAN: Resumes = {
  resumes: [],
  notes: ['The flag is taken back before it begins. Nothing was stopped, so nothing changes.'],
}

function stoppingRows({ rows }: Pick<Table, 'rows'>, fuel: Fuel): readonly TableRow[] {
  const stopping = rows.filter((row) => canStop(row, fuel))
  const hasStops = stopping.some((row) => row.action === 'block')
  return stopping.filter((row) => row.action === 'block' || hasStops)
}

/** `as-inner` stops whatever is stopped when it is read by schedule. A row in shadow mode stops nothing. */
function canStop(row: TableRow, fuel: Fuel): boolean {
  if (row.mode === 'shadow') return false
  if (row.action === 'pass') return row.otherwise === 'block'
  const types = row.when.deviceType
  if (row.otherwise === 'block' || types === undefined) return true
  return types.some((type) => TYPES_OF_FUEL[fuel].includes(type))
}

function linesOf(rows: readonly TableRow[], which: keyof Words): readonly PlainLine[] {
  const classes = [...new Set(rows.map((row) => row.class))]
  return classes.map((rowClass) => ({
    class: rowClass,
    text: WORDS[rowClass][which] ?? WORDS[rowClass].stops,
    codes: rows
      .filter((row) => row.class === rowClass)
      .flatMap((row) => [...row.srv, ...row.alert, ...row.dccAlert]),
  }))
}

function notesOn(stops: readonly TableRow[]): readonly string[] {
  const stopsBills = stops.some((row) => row.alert.includes(BILLING_ALERT))
  return [
    'The in-home display and the home area network are not touched; what they show stays in the home.',
    ...(stopsBills ? ['Bills rest on readings that the consumer or a visit gives.'] : []),
    'What was stopped is destroyed and does not come later, not even after the flag is cleared.',
  ]
}
