/**
 * Reads the unit tests of a policy table from YAML. They lie beside the table: `recommended.yaml` has
 * `recommended.tests.yaml`. `schemas/policy-tests.schema.json` is made from the schema below.
 */
import { isDeepStrictEqual } from 'node:util'
import { Document, visit } from 'yaml'
import { z } from 'zod'
import { DEVICE_TYPES } from '../core/device/device.ts'
import { LOGS_TO_READ, NOT_UNDERSTOOD } from '../core/duis/facts.ts'
import type { TableProblem } from '../core/policy/table.ts'
import {
  type GivenMessage,
  ORDINARY_MESSAGE,
  type TableTest,
  type TableTestsReading,
  TEST_FLAGS,
} from '../core/policy/table-tests.ts'
import { ALARMS, OBSERVED_EVENTS } from '../core/policy/verdict.ts'
import { shapeWords } from '../core/shape-words.ts'
import { lineOf, readYaml } from './plain-yaml.ts'

const code = z.string({ error: 'write a code in quotes, like "4.8.1" or "8F0A"' }).min(1)
const codes = z.union([code.transform((one) => [one]), z.array(code)])

const given = z.strictObject({
  srv: codes.exactOptional(),
  schedules: codes.describe('SRVs that a Create Schedule holds').exactOptional(),
  alert: codes.exactOptional(),
  dccAlert: codes.exactOptional(),
  element: codes.describe('Body elements that the catalogue does not know').exactOptional(),
  direction: z.enum(['southbound', 'northbound']).exactOptional(),
  deviceType: z.enum(DEVICE_TYPES).exactOptional(),
  flag: z.enum(TEST_FLAGS).describe('clear when absent').exactOptional(),
  paymentMode: z.enum(['credit', 'prepayment', 'unreadable']).exactOptional(),
  commandVariant: z.int().min(1).max(8).exactOptional(),
  logToRead: z
    .enum([...LOGS_TO_READ, 'unreadable'])
    .describe('The log that a 6.13 or its answer is about')
    .exactOptional(),
  notUnderstood: z.array(z.enum(NOT_UNDERSTOOD)).describe('What in it nobody understands').exactOptional(),
  hasData: z.boolean().exactOptional(),
  hasDevice: z.boolean().exactOptional(),
  isUnderWay: z.boolean().describe('Its Request was forwarded before the flag took effect').exactOptional(),
})

const test = z.strictObject({
  name: z.string().min(1).describe('A sentence that says what must hold'),
  given,
  expect: z.strictObject({
    verdict: z.enum(['forward', 'reject', 'withhold', 'defer']),
    rule: z.string().exactOptional(),
    alarms: z.array(z.enum(ALARMS)).exactOptional(),
    events: z.array(z.enum(OBSERVED_EVENTS)).exactOptional(),
  }),
})

const testsFile = z.strictObject({ tests: z.array(test) })

/** JSON Schema of a file of tests, for editors and for `schemas/policy-tests.schema.json`. */
export function tableTestsSchema(): Record<string, unknown> {
  return { title: 'duisgate policy table tests', ...z.toJSONSchema(testsFile, { io: 'input' }) }
}

/** Where the tests of a table lie: `a/list.yaml` has `a/list.tests.yaml`. */
export function testsPathOf(tablePath: string): string {
  return tablePath.replace(/(\.ya?ml)?$/, (ending) => `.tests${ending || '.yaml'}`)
}

/** Reads a file's text: its tests, or every problem with its line. */
export function readTableTests(text: string): TableTestsReading {
  const source = readYaml(text)
  if (!source.ok) return { ok: false, problems: source.faults.map((fault) => ({ where: 'tests', ...fault })) }
  const lineAt = (path: readonly PropertyKey[]) => lineOf(source, path)
  const read = testsFile.safeParse(source.value, { error: shapeWords })
  if (read.success)
    return { ok: true, tests: read.data.tests.map((one, index) => testOf(one, lineAt(['tests', index]))) }
  return {
    ok: false,
    problems: read.error.issues.map(({ path, message }) => problem(path, message, lineAt(path))),
  }
}

function problem(path: readonly PropertyKey[], text: string, line: number | undefined): TableProblem {
  const where = path.map(String).join('.') || 'tests'
  return line === undefined ? { where, text } : { where, text, line }
}

function testOf({ name, given: message, expect }: z.infer<typeof test>, line: number | undefined): TableTest {
  const { verdict, rule, alarms, events } = expect
  return { name, given: { ...ORDINARY_MESSAGE, ...message }, expect: { verdict, rule, alarms, events }, line }
}

/** A file of such tests, for somebody to go through: what is the ordinary case is left out. */
export function tableTestsText(tests: readonly TableTest[]): string {
  const written = tests.map(({ name, given: message, expect }) => ({
    name,
    given: Object.fromEntries(Object.entries(message).flatMap(saidOf)),
    expect: { verdict: expect.verdict, rule: expect.rule },
  }))
  const document = new Document({ tests: written })
  visit(document, {
    Map: (_, map, { length }) => {
      map.flow = length > OF_A_TEST
    },
  })
  return document.toString({ lineWidth: 0, singleQuote: true })
}

/** Nodes above the map of one test: document, map, pair and list. */
const OF_A_TEST = 4

function saidOf([name, value]: [string, unknown]): [string, unknown][] {
  if (isDeepStrictEqual(value, ORDINARY_MESSAGE[name as keyof GivenMessage])) return []
  return [[name, Array.isArray(value) && value.length === 1 && name !== 'notUnderstood' ? value[0] : value]]
}
