/** Documents as PDF: by a Chromium on the PATH, and what is said where there is none or it fails. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { printPdf } from '../../src/cli/pdf.ts'
import { EXECUTABLE, withoutChromium } from '../support/chromium.ts'
import { wardedFolder } from '../support/warden.ts'

async function* document() {
  yield '<!DOCTYPE html><html lang="en"><title>Evidence</title>'
  yield '<h1>Evidence</h1></html>'
}

t.test('a Chromium on the PATH prints the document', { skip: withoutChromium }, async (t) => {
  const file = join(wardedFolder('pdf-'), 'evidence.pdf')
  await printPdf(document(), file, dirname(EXECUTABLE))
  t.match(readFileSync(file, 'latin1'), /^%PDF-/)
})

t.test('without one it is said what to do', async (t) => {
  const folder = wardedFolder('pdf-')
  await t.rejects(
    printPdf(document(), join(folder, 'x.pdf'), folder),
    /no Chromium on the PATH .* print the HTML/,
  )
})

t.test('one that fails is told with what it said', async (t) => {
  const folder = wardedFolder('pdf-')
  const browser = join(folder, 'chromium')
  writeFileSync(browser, '#!/bin/sh\necho "cannot open display" >&2\nexit 3\n')
  chmodSync(browser, 0o755)
  await t.rejects(printPdf(document(), join(folder, 'x.pdf'), folder), /exit code 3\): cannot open display/)
})
