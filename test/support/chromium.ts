/** A real Chromium for tests of the page. Where none is installed, tests say so and are skipped. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { spareGroup, wardedFolder, wardGroup } from './warden.ts'

/** The shell is Chromium without its windows: it shows pages alike, for a third of the work. */
const INSTALLED = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium']

export const EXECUTABLE = process.env.CHROMIUM ?? INSTALLED.find(existsSync) ?? '/usr/bin/chromium'

/** Why tests that need Chromium cannot run here; false when they can. */
export const withoutChromium: string | false = existsSync(EXECUTABLE)
  ? false
  : `no Chromium at ${EXECUTABLE}; install it, or name another in CHROMIUM`

/** It asks nobody but the page under test. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--in-process-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Playwright keeps the number of its browser's process to itself; this says it in a file and becomes the browser. */
const LAUNCHER = `#!/bin/sh
echo $$ >"\${0%/*}/pid"
exec '${EXECUTABLE}' "$@"
`

/**
 * Starts Chromium; the caller closes it. Its profile, which Playwright makes in the temporary folder, is left to the warden,
 * and so is Chromium, when this process ends before it: one that ended by itself would write its profile anew behind the
 * warden's back. The folder has a short name: Chromium makes a socket four folders deep, and the path of a socket is at most
 * 107 bytes long.
 */
export async function startChromium(): Promise<Browser> {
  const { TMPDIR = '/tmp' } = process.env
  const folder = wardedFolder('cr-')
  const executablePath = join(folder, 'chromium')
  writeFileSync(executablePath, LAUNCHER, { mode: 0o755 })
  process.env.TMPDIR = folder
  try {
    const browser = await chromium.launch({ executablePath, args: FLAGS })
    const leader = wardGroup({ pid: Number(readFileSync(join(folder, 'pid'), 'utf8')) })
    return browser.once('disconnected', () => spareGroup(leader))
  } finally {
    process.env.TMPDIR = TMPDIR
  }
}
