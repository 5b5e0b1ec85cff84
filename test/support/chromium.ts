/** A real Chromium for tests of the page. Where none is installed, tests say so and are skipped. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { wardedFolder } from './warden.ts'

export const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Why tests that need Chromium cannot run here; false when they can. */
export const withoutChromium: string | false = existsSync(EXECUTABLE)
  ? false
  : `no Chromium at ${EXECUTABLE}; install it, or name another in CHROMIUM`

/** It asks nobody but the page under test. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Starts Chromium; the caller closes it. It ends by itself when the pipe to this process closes; its profile, which Playwright
 * makes in the temporary folder, is left to the warden then. The folder has a short name: Chromium makes a socket four folders
 * deep, and the path of a socket is at most 107 bytes long.
 */
export async function startChromium(): Promise<Browser> {
  const { TMPDIR = '/tmp' } = process.env
  process.env.TMPDIR = wardedFolder('cr-')
  try {
    return await chromium.launch({ executablePath: EXECUTABLE, args: FLAGS })
  } finally {
    process.env.TMPDIR = TMPDIR
  }
}
