/**
 * Runs the command line: inside the test on a terminal of its own, which is quick, or as a user does, by the real bin in a
 * process of its own.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommandLine } from '../../src/cli/program.ts'
import { ward, wardedFolder } from '../support/warden.ts'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const BIN = join(ROOT, 'bin/duisgate.mjs')

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly stdin?: string | Buffer
  /** Empty when absent. */
  readonly environment?: Readonly<Record<string, string>>
  /** The checkout when absent. */
  readonly folder?: string
  /** That of the checkout when absent. */
  readonly bin?: string
}

/** Runs to the end inside this process. */
export async function duisgate(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let code = 0
  const out: string[] = []
  const errors: string[] = []
  await runCommandLine(
    {
      print: (line) => void out.push(`${line}\n`),
      note: (line) => void errors.push(`${line}\n`),
      overwrite: () => {},
      isInteractive: false,
      hasColours: false,
      standardInput: bytesOf(options.stdin ?? ''),
      environment: options.environment ?? {},
      workingFolder: options.folder ?? ROOT,
      exitWith: (given) => {
        code = given
      },
      onSignal: () => {},
      onParentGone: () => {},
    },
    words,
  )
  return { code, stdout: out.join(''), stderr: errors.join('') }
}

async function* bytesOf(text: string | Buffer): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

/** Runs the bin to its end. The environment is only PATH and what is given. */
export function duisgateProcess(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { promise, resolve, reject } = Promise.withResolvers<Ran>()
  const child = ward(
    spawn(process.execPath, [options.bin ?? BIN, ...words], {
      cwd: options.folder ?? ROOT,
      env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, ...options.environment },
    }),
  )
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')
  child.on('error', reject).on('close', (code) => resolve({ code, stdout, stderr }))
  return promise
}

/** One JSON value a line. */
export function jsonLines<Value>(text: string): Value[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Value)
}

/** A new empty folder; remove it with `t.teardown`. */
export function temporaryFolder(): string {
  return wardedFolder()
}
