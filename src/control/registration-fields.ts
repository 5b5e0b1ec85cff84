/** A registration as a row of a CSV file has it, for the API and the command line. */
import { z } from '@hono/zod-openapi'
import { type Instant, instantOf } from '../core/device/device.ts'
import { readMpxn } from '../core/restriction/mpxn.ts'
import type { Registration } from '../core/restriction/restriction.ts'
import type { CsvColumns } from '../csv/csv-reader.ts'

export type RegistrationColumn = 'mpxn' | 'role' | 'party' | 'from' | 'until'

export const REGISTRATION_CSV: CsvColumns<RegistrationColumn> = {
  columns: ['mpxn', 'role', 'party', 'from', 'until'],
  required: ['mpxn', 'role', 'party', 'from'],
}

/** The registration of the fields, which are trimmed, or what is wrong with it. */
export function readRegistration(
  fields: Readonly<Record<RegistrationColumn, string>>,
): Registration | string {
  const mpxn = readMpxn(fields.mpxn)
  if (!mpxn.ok) return `mpxn: ${mpxn.text}`
  const { role, party } = fields
  if (role !== 'supplier' && role !== 'network-operator') return 'role: give supplier or network-operator'
  if (party === '') return 'party: give the ID of the party'
  const from = readTime(fields.from)
  if (from === undefined) return 'from: give a time with its zone, for example 2026-01-01T00:00:00Z'
  const until = fields.until === '' ? undefined : readTime(fields.until)
  if (fields.until !== '' && (until === undefined || until <= from))
    return 'until: give a later time, or nothing'
  return { mpxn: mpxn.mpxn, role, party, from, until }
}

const timeSchema = z.iso.datetime({ offset: true })

function readTime(text: string): Instant | undefined {
  return timeSchema.safeParse(text).success ? instantOf(Date.parse(text)) : undefined
}
