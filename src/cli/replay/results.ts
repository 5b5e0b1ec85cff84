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
import { countOf } from '../../config/configuration-fault.ts'
import { fileFaultText } from '../../config/text-file.ts'
import { jsonOf } from '../../core/json.ts'
import { type Terminal, usageError } from '../terminal.ts'

const resultLine = z.strictObject({
  name: z.string(),
  decision: z.string().optional(),
  /** The answer that came, or offline the verdict and its rule. */
  result: z.string(),
})

/** What became of one message. */
export type Result = z.infer<typeof resultLine>

const MODES = ['sent', 'offline'] as const
export type ReplayMode = (typeof MODES)[number]

const lastLine = z.object({ mode: z.enum(MODES), messages: z.number() })

/** Lines that wait to be written together. */
const LINES_AT_ONCE = 1_000

/** Writes results as they come. Without a file nothing is kept. */
export class ResultsFile {
  readonly #file: FileHandle | undefined
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

  async add(result: Result): Promise<void> {
    if (!this.#file) return
    this.#lines.push(JSON.stringify(result))
    if (this.#lines.length >= LINES_AT_ONCE) await this.#write()
  }

  /** Ends the file with the summary: one without it is of a run that was broken off. */
  async end(summary: object): Promise<void> {
    this.#lines.push(JSON.stringify(summary))
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
  if (end?.messages === byKey.size) return { mode: end.mode, byKey }
  throw usageError(
    `${name} is not the whole result of a replay; make one with: duisgate replay … --results FILE`,
  )
}

/** A message that was played more than once is known by how often it came before. */
function freeKey(taken: ReadonlyMap<string, Result>, { decision, name }: Result): string {
  const key = decision ?? name
  let free = key
  for (let again = 2; taken.has(free); again++) free = `${key} (${again})`
  return free
}

/** Lists messages whose result is another in `after`, and says how many there are. True when there is any. */
export async function showChanges(terminal: Terminal, before: string, after: string): Promise<boolean> {
  const [was, is] = await Promise.all([readResults(terminal, before), readResults(terminal, after)])
  if (was.mode !== is.mode)
    throw usageError('one was sent and the other decided offline; compare results of one kind')
  let changed = 0
  let missing = 0
  for (const [key, { name, result }] of was.byKey) {
    const now = is.byKey.get(key)
    if (!now) missing++
    else if (now.result !== result) {
      changed++
      terminal.print(`${name}${key === name ? '' : ` [${key}]`}: ${result} becomes ${now.result}`)
    }
  }
  const added = is.byKey.size - (was.byKey.size - missing)
  terminal.print(
    `${countOf(changed, 'result')} changed, ${missing} only in ${before}, ${added} only in ${after}, ` +
      `${was.byKey.size - missing - changed} the same`,
  )
  return changed + missing + added > 0
}
