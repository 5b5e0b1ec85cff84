/** Runs a test file by itself and reads its result from the TAP that it writes. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { Parser, type Result } from 'tap-parser'
import { ward } from '../../test/support/warden.ts'

const ROOT = join(import.meta.dirname, '../..')

/** As in .taprc. */
const TIMEOUT_SECONDS = '300'

/** A top-level case of a test file. */
export interface Case {
  readonly name: string
  readonly ok: boolean
  /** Why it was skipped; absent when it was not. */
  readonly skipped?: string
  /** What it prints as `# figure: …`. */
  readonly figures: readonly string[]
}

/** Where a test file of this name lies: under `test/`, or in a kit of its own. */
export function pathOfTest(file: string): string {
  return `${file.startsWith('kits/') ? file : join('test', file)}.test.ts`
}

/** Every top-level case of the file, in its order; a file that does not end well has a failed case more. */
export async function casesOf(file: string): Promise<readonly Case[]> {
  const child = ward(
    spawn(process.execPath, [pathOfTest(file)], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, TAP_TIMEOUT: TIMEOUT_SECONDS },
    }),
  )
  const cases: Case[] = []
  const figures = new Map<string, string[]>()
  const parser = new Parser()
  parser.on('child', (sub: Parser) => listen(sub, noteOf(figures, sub.name)))
  parser.on('assert', (point: Result) => cases.push(caseOf(point, figures.get(point.name) ?? [])))
  const { ok } = await new Promise<{ ok: boolean }>((resolve) => {
    parser.on('complete', resolve)
    child.stdout.pipe(parser)
  })
  const isWhole = ok || cases.some((one) => !one.ok)
  return isWhole ? cases : [...cases, { name: `${file} ends`, ok: false, figures: [] }]
}

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
