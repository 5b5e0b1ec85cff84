/**
 * The results of a replay as a file, so that two runs can be compared: a line of JSON for each message with what became of it,
 * and at the end the summary. Messages are known again by the decision that a gateway took on them, else by their place in
 * their file.
 */

import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { fileFaultText } from '../../config/text-file.ts'
import { jsonOf } from '../../core/json.ts'
import { type Terminal, usageError } from '../terminal.ts'
import { type ComparedSide, Comparison, type Outcome, type PlayedMessage } from './comparison.ts'

const resultLine = z.strictObject({
  name: z.string(),
  /** The decision of the gateway that captured it. */
  decision: z.string().optional(),
  kind: z.string(),
  devices: z.array(z.string()),
  /** The fault of a message that could not be read. */
  fault: z.string().optional(),
  /** The answer that came, or offline the verdict. */
  result: z.string(),
  /** The row or default that decided, or the fault; offline only. */
  rule: z.string().optional(),
  /** What was known of the flag that decided; offline only. */
  flag: z.string().optional(),
  /** The decision that the answer names. */
  answeredBy: z.string().optional(),
})

/** What became of one message. */
type Result = z.infer<typeof resultLine>

const MODES = ['sent', 'offline'] as const
export type ReplayMode = (typeof MODES)[number]

const rowWords = z.object({ does: z.string(), why: z.string() })

const lastLine = z.object({
  mode: z.enum(MODES),
  messages: z.number(),
  /** Offline: the table, and those of its rows and defaults that decided. */
  table: z.string().optional(),
  rows: z.record(z.string(), rowWords).optional(),
})

/** Lines that wait to be written together. */
const LINES_AT_ONCE = 1_000

/** Writes results as they come. Without a file nothing is kept. */
export class ResultsFile {
  readonly #file: FileHandle | undefined
  readonly #rules = new Set<string>()
  #lines: string[] = []

  private constructor(file: FileHandle | undefined) {
    this.#file = file
  }

  /** Begins the file anew; one that cannot be written is a usage error. */
  static async open(terminal: Terminal, name: string | undefined): Promise<ResultsFile> {
    if (name === undefined) return new ResultsFile(undefined)
    const file = await open(resolve(terminal.workingFolder, name), 'w').catch((error: unknown) => {
      throw usageError(`cannot write ${name} (${fileFaultText(error)}); check the path given with --results`)
    })
    return new ResultsFile(file)
  }

  /** Whether there is a file, so that it is worth finding out what a message is. */
  get isKept(): boolean {
    return this.#file !== undefined
  }

  async add({ name, decision, kind, devices, fault }: PlayedMessage, outcome: Outcome): Promise<void> {
    if (!this.#file) return
    const { result, rule, flag, decision: answeredBy } = outcome
    if (rule !== undefined) this.#rules.add(rule)
    const line: Result = {
      name,
      decision,
      kind,
      devices: [...devices],
      fault,
      result,
      rule,
      flag,
      answeredBy,
    }
    this.#lines.push(JSON.stringify(line))
    if (this.#lines.length >= LINES_AT_ONCE) await this.#write()
  }

  /** Ends the file with the summary: one without it is of a run that was broken off. `side`: the table, offline. */
  async end(summary: object, side: ComparedSide | undefined): Promise<void> {
    const rows = [...(side?.rows ?? [])].filter(([id]) => this.#rules.has(id))
    const table = side && { table: side.title, rows: Object.fromEntries(rows) }
    this.#lines.push(JSON.stringify({ ...summary, ...table }))
    await this.#write()
    await this.#file?.close()
  }

  async #write(): Promise<void> {
    const lines = this.#lines
    this.#lines = []
    await this.#file?.appendFile(`${lines.join('\n')}\n`)
  }
}

interface Results {
  readonly mode: ReplayMode
  readonly side: ComparedSide
  readonly byKey: ReadonlyMap<string, Result>
}

async function readResults(terminal: Terminal, name: string): Promise<Results> {
  const byKey = new Map<string, Result>()
  const input = createReadStream(resolve(terminal.workingFolder, name))
  let end: z.infer<typeof lastLine> | undefined
  try {
    for await (const line of createInterface({ input })) {
      const value = jsonOf(line)
      const result = resultLine.safeParse(value).data
      if (result) byKey.set(freeKey(byKey, result), result)
      end = lastLine.safeParse(value).data
    }
  } catch (error) {
    throw usageError(`cannot read ${name} (${fileFaultText(error)})`)
  }
  if (end?.messages !== byKey.size)
    throw usageError(
      `${name} is not the whole result of a replay; make one with: duisgate replay … --results FILE`,
    )
  const title = end.table === undefined ? name : `${name} (${end.table})`
  return { mode: end.mode, side: { title, rows: new Map(Object.entries(end.rows ?? {})) }, byKey }
}

/** A message that was played more than once is known by how often it came before. */
function freeKey(taken: ReadonlyMap<string, Result>, { decision, name }: Result): string {
  const key = decision ?? name
  let free = key
  for (let again = 2; taken.has(free); again++) free = `${key} (${again})`
  return free
}

/** Two runs over the same captures, message by message. `examples`: how many are kept of each change. */
export async function compareResults(
  terminal: Terminal,
  [before, after]: readonly [string, string],
  examples: number,
): Promise<Comparison> {
  const [was, is] = await Promise.all([readResults(terminal, before), readResults(terminal, after)])
  if (was.mode !== is.mode)
    throw usageError('one was sent and the other decided offline; compare results of one kind')
  const comparison = new Comparison(was.side, is.side, examples)
  for (const [key, result] of is.byKey) {
    const earlier = was.byKey.get(key)
    if (earlier) comparison.add(result, outcomeOf(earlier), outcomeOf(result))
    else comparison.onlyAfter++
  }
  comparison.onlyBefore = was.byKey.size - comparison.messages
  return comparison
}

function outcomeOf({ result, rule, flag, answeredBy }: Result): Outcome {
  return { result, rule, flag, decision: answeredBy }
}
