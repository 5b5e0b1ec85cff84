/** Runs a script of the benches as its user does. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ward } from '../support/warden.ts'

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** `script` is a file under `bench/`. Settles when it has ended. */
export async function runScript(script: string, args: readonly string[]): Promise<Ran> {
  const file = fileURLToPath(new URL(`../../bench/${script}`, import.meta.url))
  const child = ward(spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }))
  const text = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    text.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    text.err += chunk
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, ...text }
}
