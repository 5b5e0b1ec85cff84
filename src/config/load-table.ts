/**
 * Reads a policy table from YAML: text in, a checked table or every problem with its line out.
 *
 * The shape of the file is the schema below; `schemas/policy.schema.json` is made from it. What the rows must say is
 * `core/policy/check-table.ts`. Codes must be quoted: unquoted, YAML reads 4.10 as the number 4.1, which is another SRV.
 */
import { isScalar } from 'yaml'
import { z } from 'zod'
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import { DEVICE_TYPES } from '../core/device/device.ts'
import { LOGS_TO_READ } from '../core/duis/facts.ts'
import {
  type CompiledTable,
  compileTable,
  ROW_CLASSES,
  type TableData,
  type TableProblem,
  type TableRow,
  UNREADABLE_PAYLOAD,
} from '../core/policy/table.ts'
import { revisionOfHash, tableHashOf } from '../core/policy/table-revision.ts'
import { OBSERVED_EVENTS } from '../core/policy/verdict.ts'
import { shapeWords } from '../core/shape-words.ts'
import { lineOf, type ReadYaml, readYaml } from './plain-yaml.ts'
import { readTextFile } from './text-file.ts'

const srv = z.string().regex(/^\d{1,2}(?:\.\d{1,2}){1,2}$/, 'write an SRV like "4.8.1"')
const alert = z
  .string()
  .regex(/^[0-9A-F]{4}$/, 'write a Device Alert code as four upper-case hex digits like "8F0A"')
const dccAlert = z.string().regex(/^(?:AD|N)\d{1,3}$/, 'write a DCC Alert code like "N24"')
const dccAlertPayload = z
  .string()
  .regex(/^[A-Za-z0-9]+(?:\/[A-Za-z0-9]+)*$/, 'write what a DCC Alert holds like "DeviceLogRestored"')
const rowId = z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'write a row id in lower case with hyphens')

const onUnknown = z.enum(['block', 'defer', 'forward'])
const onStale = z.enum(['block', 'defer', 'forward', 'as-known'])

const conditions = z.strictObject({
  deviceType: z.array(z.enum(DEVICE_TYPES)).exactOptional(),
  paymentMode: z.array(z.enum(['credit', 'prepayment'])).exactOptional(),
  logToRead: z.array(z.enum(LOGS_TO_READ)).describe('SRV 6.13 alone: the log that is read').exactOptional(),
  commandVariant: z.array(z.int()).exactOptional(),
  direction: z.enum(['southbound', 'northbound']).exactOptional(),
})

const carries = z
  .strictObject({ codes: z.array(z.string().min(1)).min(1), why: z.string().min(1) })
  .describe('Why these codes are stopped or pass although what they carry says otherwise')

const row = z.strictObject({
  id: rowId.describe('Names the row in verdicts and journals; never reused for something else'),
  class: z.enum(ROW_CLASSES).describe('What kind of message this is; some classes are never blocked'),
  why: z.string().min(1).describe('One plain sentence for an operator'),
  srv: z.array(srv).exactOptional(),
  alert: z.array(alert).exactOptional(),
  dccAlert: z.array(dccAlert).exactOptional(),
  dccAlertPayload: z
    .array(dccAlertPayload)
    .describe('What DCC Alerts hold, whatever their code; only for observe')
    .exactOptional(),
  when: conditions.exactOptional(),
  action: z.enum(['pass', 'block', 'as-inner']),
  otherwise: z.enum(['pass', 'block']).exactOptional(),
  mode: z.enum(['enforce', 'shadow']).exactOptional(),
  onUnknown: onUnknown.exactOptional(),
  onStale: onStale.exactOptional(),
  observe: z.array(z.enum(OBSERVED_EVENTS)).exactOptional(),
  alarmAbove: z
    .int()
    .min(1)
    .describe('Device Alerts that pass: an alarm once a Restricted Device sends one more often in a day')
    .exactOptional(),
  carries: z.array(carries).min(1).exactOptional(),
})

const fallback = z.strictObject({ action: z.enum(['pass', 'block']), onUnknown, onStale })

const unreadable = fallback.extend({
  otherwise: z.enum(['pass', 'block']).describe('Where no other claim says what the message holds'),
})

/** The shape of a table's file. */
const tableFile = z.strictObject({
  name: z.string().min(1),
  basis: z.string().min(1).describe('What this list is and where it comes from'),
  defaults: z.strictObject({
    unknownReadingSrv: fallback,
    unknownSrv: fallback,
    unknownAlert: fallback,
    unknownDccAlert: fallback,
    unclassifiedResponse: fallback,
    unreadablePayload: unreadable
      .describe('Content that nobody understands; as in the shipped tables when absent')
      .exactOptional(),
  }),
  unlistedDevice: z
    .enum(['forward', 'defer'])
    .describe('Messages about a Device without a flag that the inventory does not know; forward when absent')
    .exactOptional(),
  inFlight: z
    .enum(['withhold', 'deliver'])
    .describe('Responses that are under way when the flag of their Device takes effect; withhold when absent')
    .exactOptional(),
  inFlightHours: z
    .number()
    .describe('With deliver: for how many hours after their Request, 24 at most and when absent')
    .exactOptional(),
  rows: z.array(row),
})

/** JSON Schema of a table's file, for editors and for `schemas/policy.schema.json`. */
export function tableFileSchema(): Record<string, unknown> {
  return { title: 'duisgate policy table', ...z.toJSONSchema(tableFile, { io: 'input' }) }
}

/** Reads and checks a table's file. Rejects only when the file cannot be read; faults in it are problems. */
export async function loadTable(path: string, catalogue: Catalogue): Promise<CompiledTable> {
  return readTable(await readTextFile(path), catalogue)
}

/** Reads and checks a table's text. */
export function readTable(text: string, catalogue: Catalogue): CompiledTable {
  const source = readYaml(text)
  if (!source.ok) return { ok: false, problems: source.faults.map((fault) => ({ where: 'file', ...fault })) }
  const read = tableFile.safeParse(source.value, { error: shapeWords })
  if (!read.success)
    return { ok: false, problems: read.error.issues.flatMap((issue) => problemsOf(source, issue)) }
  const compiled = compileTable(dataOf(read.data), revisionOf(text), catalogue)
  return compiled.ok ? compiled : { ok: false, problems: located(source, read.data.rows, compiled.problems) }
}

function revisionOf(text: string): string {
  return revisionOfHash(tableHashOf(text))
}

function dataOf(file: z.infer<typeof tableFile>): TableData {
  const defaults = { unreadablePayload: UNREADABLE_PAYLOAD, ...file.defaults }
  return { ...file, defaults, rows: file.rows.map((row): TableRow => ({ ...UNSAID, ...row })) }
}

/** What a row has where its file says nothing. */
const UNSAID = {
  ...{ srv: [], alert: [], dccAlert: [], dccAlertPayload: [], observe: [] },
  ...{ when: {}, otherwise: undefined, mode: 'enforce', onUnknown: undefined, onStale: undefined },
} as const satisfies Partial<TableRow>

type Path = readonly PropertyKey[]

function problemsOf(source: ReadYaml, issue: z.core.$ZodIssue): TableProblem[] {
  return [at(source, issue.path, { where: placeOf(source, issue.path), text: textOf(source, issue) })]
}

function textOf(source: ReadYaml, issue: z.core.$ZodIssue): string {
  const node = source.document.getIn(issue.path, true)
  const key = issue.path.findLast((part) => typeof part === 'string')
  if (
    isScalar(node) &&
    typeof node.value === 'number' &&
    issue.code === 'invalid_type' &&
    issue.expected === 'string'
  )
    return `${String(key)} lists ${node.source} without quotes, which YAML reads as the number ${node.value}; write "${node.source}"`
  return `${issue.path.map(String).join('.') || 'the file'}: ${issue.message}`
}

/** The id of the row that the path leads into, else the key path. */
function placeOf({ document }: ReadYaml, path: Path): string {
  if (path[0] !== 'rows' || path[1] === undefined) return path.map(String).join('.') || 'file'
  const id: unknown = document.getIn(['rows', path[1], 'id'])
  return typeof id === 'string' ? id : `rows.${String(path[1])}`
}

/** Adds the lines of problems that core found, which knows row ids only. */
function located(
  source: ReadYaml,
  rows: readonly { readonly id: string }[],
  problems: readonly TableProblem[],
): readonly TableProblem[] {
  const places = new Map(rows.map(({ id }, index) => [id, index]))
  return problems.map((problem) => {
    const index = places.get(problem.where)
    return at(source, index === undefined ? problem.where.split('.') : ['rows', index], problem)
  })
}

/** The problem with the line of the innermost node on its path. */
function at(source: ReadYaml, path: Path, problem: TableProblem): TableProblem {
  const line = lineOf(source, path)
  return line === undefined ? problem : { ...problem, line }
}
