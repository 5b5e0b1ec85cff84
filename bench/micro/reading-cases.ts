/** What does it cost to read a message: our reader to the head, to the end and to a decision, and other readers beside it. */
import { isUtf8 } from 'node:buffer'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { XmlDocument } from 'libxml2-wasm'
import { SaxesParser } from 'saxes'
import { SeededRandom } from '../../src/cli/load/seeded-random.ts'
import { loadCatalogue } from '../../src/config/load-catalogue.ts'
import { loadTable } from '../../src/config/load-table.ts'
import { tablePathOf } from '../../src/config/table-path.ts'
import { instantOf } from '../../src/core/device/device.ts'
import { type DeviceKey, parseEui64 } from '../../src/core/duis/eui64.ts'
import type { MessageFacts } from '../../src/core/duis/facts.ts'
import { DuisReader, type ReadingPlan, readingPlan, readMessage } from '../../src/core/duis/reader.ts'
import { decide, needsFlags } from '../../src/core/policy/decide.ts'
import type { Table } from '../../src/core/policy/table.ts'
import { duisTemplates } from '../../test/support/templates.ts'
import { DCC_EUI, firmwareUpdate, serviceRequest } from '../workload/messages.ts'
import { CLEAR } from './clear-flag.ts'
import { knownMarkupCases } from './known-markup-cases.ts'
import { ledgerCases } from './ledger-cases.ts'
import type { Case } from './stopwatch.ts'

export interface ReadMessages {
  /** What they are, for the report. */
  readonly about: string
  readonly bytes: readonly Buffer[]
}

const DEVICE = '00-DB-12-34-56-78-90-A0'
const SR = { sr: 'http://www.dccinterface.co.uk/ServiceUserGateway' }

/** The published templates where they are installed, else Requests of our own in the same sizes. */
export function messagesToRead(): ReadMessages {
  const templates = duisTemplates()
  if (templates.length > 0)
    return {
      about: `${templates.length} published Request templates`,
      bytes: templates.map(({ bytes }) => bytes),
    }
  const random = new SeededRandom(1)
  const bytes = Array.from({ length: 297 }, () => serviceRequest(random, DEVICE).body)
  return { about: '297 Requests of our own; the published templates are not installed', bytes }
}

export async function readingCases({ bytes: messages }: ReadMessages): Promise<Case[]> {
  const catalogue = loadCatalogue()
  const dccEuis = [parseEui64(DCC_EUI)].filter((key): key is DeviceKey => key !== undefined)
  const plan = readingPlan({ direction: 'southbound', catalogue, dccEuis })
  const compiled = await loadTable(tablePathOf('recommended'), catalogue)
  if (!compiled.ok) throw new Error('the shipped table does not compile')
  const { table } = compiled
  const bytes = messages.reduce((sum, message) => sum + message.length, 0)
  const whole = { group: 'reading a message', pieces: messages.length, bytes }
  const each = (work: (message: Buffer) => unknown) => (times: number) => {
    let last: unknown
    for (let time = 0; time < times; time++) for (const message of messages) last = work(message)
    return last
  }
  const facts = messages.map((message) => factsOf(plan, message))
  return [
    { ...whole, name: 'duisgate, whole message', run: each((message) => readMessage(plan, message)) },
    { ...partial(whole), name: 'duisgate, to the head', run: each((message) => readHead(plan, message)) },
    {
      ...whole,
      name: 'duisgate, whole and decided',
      run: each((message) => judgeWhole(plan, table, message)),
    },
    { ...whole, name: 'saxes, whole, namespaces', run: each(readWithSaxes) },
    { ...whole, name: 'libxml2-wasm, parsed', run: each((message) => readWithLibxml2(message, [])) },
    {
      ...whole,
      name: 'libxml2-wasm, parsed and two XPaths',
      run: each((message) => readWithLibxml2(message, PATHS)),
    },
    { ...whole, name: 'fast-xml-parser', run: each((message) => fastParser.parse(message)) },
    {
      ...whole,
      name: 'fast-xml-parser, validator only',
      run: each((message) => XMLValidator.validate(message.toString())),
    },
    { ...whole, name: 'floor: is it UTF-8', run: each(isUtf8) },
    ...knownMarkupCases(plan, messages, (one) => judge(table, one)),
    decidingCase(table, facts),
    longTextCase(plan),
    ...ledgerCases(table, catalogue, facts),
  ]
}

function partial({ group, pieces }: { group: string; pieces: number }) {
  return { group, pieces }
}

/** Bytes that the reader is given at a time until it knows the head, which ends before byte 630 in all templates. */
const HEAD_STEP = 1_024

function readHead(plan: ReadingPlan, message: Buffer): boolean {
  const reader = new DuisReader(plan)
  for (let at = 0; at < message.length && !reader.isHeadComplete; at += HEAD_STEP)
    reader.write(message.subarray(at, at + HEAD_STEP))
  return reader.isHeadComplete
}

function factsOf(plan: ReadingPlan, message: Buffer): MessageFacts {
  const reading = readMessage(plan, message)
  if (!reading.ok) throw new Error(`a message cannot be read: ${reading.fault.text}`)
  return reading.facts
}

const NOW = instantOf(1_760_000_000_000)

function judgeWhole(plan: ReadingPlan, table: Table, message: Buffer): unknown {
  return judge(table, factsOf(plan, message))
}

function judge(table: Table, facts: MessageFacts): unknown {
  const flags = needsFlags(table, facts) ? facts.devices.map(() => CLEAR) : []
  return decide(table, facts, flags, NOW)
}

function decidingCase(table: Table, facts: readonly MessageFacts[]): Case {
  const run = (times: number) => {
    let last: unknown
    for (let time = 0; time < times; time++) for (const one of facts) last = judge(table, one)
    return last
  }
  return { name: 'needsFlags and decide', group: 'deciding', pieces: facts.length, run }
}

function longTextCase(plan: ReadingPlan): Case {
  const { body } = firmwareUpdate(new SeededRandom(1), [DEVICE], 1_048_576)
  const run = (times: number) => {
    let last: unknown
    for (let time = 0; time < times; time++) last = readMessage(plan, body)
    return last
  }
  return { name: 'firmware update of 1 MiB, whole', group: 'long text', pieces: 1, bytes: body.length, run }
}

function readWithSaxes(message: Buffer): void {
  const parser = new SaxesParser({ xmlns: true })
  parser.on('error', (error) => {
    throw error
  })
  parser.write(message.toString()).close()
}

const PATHS = ['/sr:Request/sr:Header/sr:RequestID', '/sr:Request/sr:Header/sr:ServiceReferenceVariant']

function readWithLibxml2(message: Buffer, paths: readonly string[]): void {
  const document = XmlDocument.fromBuffer(message)
  for (const path of paths) document.get(path, SR)
  document.dispose()
}

const fastParser = new XMLParser({ ignoreAttributes: false, parseTagValue: false })
