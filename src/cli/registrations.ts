/** `duisgate registrations`: who answers for which meter point since when, imported from CSV. */
import { Command } from 'commander'
import {
  REGISTRATION_CSV,
  type RegistrationColumn,
  readRegistration,
} from '../control/registration-fields.ts'
import type { Registration } from '../core/restriction/restriction.ts'
import { systemClock } from '../observe/clock.ts'
import { randomId } from '../restrictions/context.ts'
import { settleRegistrations } from '../restrictions/settle-import.ts'
import { type CsvImport, IMPORT_RULES, importCommand } from './import/csv-import.ts'
import type { Terminal } from './terminal.ts'

const IMPORT_HELP = `
The first line names the columns, in any order; until may be left out or empty:
  mpxn,role,party,from,until
  2000000000015,supplier,SUP-A,2026-01-01T00:00:00Z,

role is supplier or network-operator, party the ID of a configured party. Of two rows for one meter point, role and
start the later one counts; of two registrations in force at a time the one that began last.

${IMPORT_RULES} Flags follow: a Restricted meter point stays Restricted, control passes to the new
Supplier at its start, and that Supplier is asked to confirm the flag.

Examples:
  duisgate registrations import registrations.csv
  zcat registrations.csv.gz | duisgate registrations import - --skip-bad`

export function registrationsCommand(terminal: Terminal): Command {
  return new Command('registrations').addCommand(
    importCommand(terminal, 'Add or replace registrations from a CSV file.', IMPORT_HELP, REGISTRATIONS),
  )
}

const REGISTRATIONS: CsvImport<RegistrationColumn, Registration> = {
  noun: 'registration',
  columns: REGISTRATION_CSV,
  read: readRegistration,
  rowOf: (registration) => ({ registration }),
  settle: settleRegistrations({ clock: systemClock, newId: randomId }),
}
