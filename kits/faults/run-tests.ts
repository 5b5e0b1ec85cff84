/** Runs a test file by itself and reads its result from the TAP that it writes. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Parser, type Result } from 'tap-parser'
import { ward } from '../../test/support/warden.ts'
import { type Bound, runBounded } from './bounded.ts'

const ROOT = join(import.meta.dirname, '../..')

/** A top-level case of a test file. */
export interface Case {
  readonly name: string
  readonly ok: boolean
  /** Why it was skipped; absent when it was not. */
  readonly skipped?: string
  /** Said of the file and not of one of its cases. */
  readonly isOfFile?: boolean
  /** What it prints as `# figure: …`. */
  readonly figures: readonly string[]
}

/** Where a test file of this name lies: under `test/`, or in a kit of its own. */
export function pathOfTest(file: string): string {
  return `${file.startsWith('kits/') ? file : join('test', file)}.test.ts`
}

/** Every top-level case of the file, in its order; with one more when it did not end well, or in time, or left something. */
export async function casesOf(file: string, bound: Bound): Promise<readonly Case[]> {
  const cases: Case[] = []
  const figures = new Map<string, string[]>()
  const parser = new Parser()
  parser.on('child', (sub: Parser) => listen(sub, noteOf(figures, sub.name)))
  parser.on('assert', (point: Result) => cases.push(caseOf(point, figures.get(point.name) ?? [])))
  const complete = new Promise<{ ok: boolean }>((resolve) => void parser.on('complete', resolve))
  const start = (environment: NodeJS.ProcessEnv) => {
    const env = { ...environment, TAP_TIMEOUT: String(bound.seconds) }
    const child = ward(
      spawn(process.execPath, [pathOfTest(file)], { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'], env }),
    )
    child.stdout.pipe(parser)
    return child
  }
  // tap ends a file that takes too long by itself; the kit does where tap cannot.
  const faults = await runBounded(start, { ...bound, seconds: bound.seconds + GRACE_SECONDS })
  const late = pause(GRACE_SECONDS * 1_000, { ok: false }, { ref: false })
  const { ok } = await Promise.race([complete, late])
  const isWhole = ok || cases.some((one) => !one.ok)
  const all = [...faults, ...(isWhole ? [] : ['it does not end well'])]
  return [
    ...cases,
    ...all.map((fault) => ({ name: `${file}: ${fault}`, ok: false, isOfFile: true, figures: [] })),
  ]
}

const GRACE_SECONDS = 10

const FIGURE = /^# figure: (.*?)\s*$/

function listen(parser: Parser, note: (figure: string) => void): void {
  parser.on('comment', (text: string) => {
    const figure = FIGURE.exec(text)?.[1]
    if (figure !== undefined) note(figure)
  })
  parser.on('child', (sub: Parser) => listen(sub, note))
}

function noteOf(figures: Map<string, string[]>, name: string): (figure: string) => void {
  return (figure) => void figures.set(name, [...(figures.get(name) ?? []), figure])
}

function caseOf({ name, ok, skip }: Result, figures: readonly string[]): Case {
  const skipped = skip === false || skip === undefined ? undefined : String(skip)
  return { name, ok, figures, ...(skipped !== undefined && { skipped }) }
}
