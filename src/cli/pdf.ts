/** A document as PDF, printed by a Chromium that is on the PATH; nothing is installed for it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { access, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { CommandError, EXIT } from './terminal.ts'

/** The names under which systems install it; the first has no windows, and starts with less work. */
const BROWSERS = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
]

/** A year of a large audit takes a while to lay out. */
const MAX_PRINT_MS = 300_000

/** Prints the document to the file. Throws a CommandError where there is no Chromium, or where it made no file. */
export async function printPdf(
  document: AsyncIterable<string>,
  file: string,
  path = process.env.PATH ?? '',
): Promise<void> {
  const browser = await browserOn(path)
  if (browser === undefined)
    throw new CommandError(
      EXIT.no,
      `no Chromium on the PATH to make a PDF with (${BROWSERS.join(', ')}); leave --pdf out and print the HTML`,
    )
  const folder = await mkdtemp(join(tmpdir(), 'duisgate-pdf-'))
  try {
    const source = join(folder, 'document.html')
    await writeFile(source, document)
    await print(browser, folder, source, resolve(file))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function browserOn(path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter((each) => each !== ''))
    for (const name of BROWSERS) {
      const found = join(folder, name)
      const isThere = await access(found, constants.X_OK).then(
        () => true,
        () => false,
      )
      if (isThere) return found
    }
  return undefined
}

async function print(browser: string, folder: string, source: string, file: string): Promise<void> {
  await rm(file, { force: true })
  const child = spawn(
    browser,
    [
      ...FLAGS,
      `--user-data-dir=${join(folder, 'profile')}`,
      `--print-to-pdf=${file}`,
      pathToFileURL(source).href,
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: MAX_PRINT_MS,
    },
  )
  let said = ''
  child.stderr.on('data', (text) => (said = `${said}${text}`.slice(-2_000)))
  const [code] = await once(child, 'close')
  const made = await stat(file).catch(() => undefined)
  if (code !== 0 || !made || made.size === 0)
    throw new CommandError(
      EXIT.no,
      `${browser} made no PDF (exit code ${code}): ${said.trim().split('\n').at(-1) ?? ''}`,
    )
}

/** The document is our own, has no script and loads nothing; a sandbox cannot be made by root. */
const FLAGS = [
  ...[
    '--headless',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--no-pdf-header-footer',
  ],
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
]
