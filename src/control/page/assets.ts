/**
 * The static files of the page: GOV.UK Frontend as it was compiled, and our own few lines. Its fonts and its images, the
 * crown among them, are not served.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { SCRIPT } from './script.ts'
import { STYLESHEET } from './stylesheet.ts'

export interface Asset {
  readonly type: string
  readonly body: string
}

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="4" fill="#1d4a6e"/><path d="M8 7v18M24 7v18M8 16h16" stroke="#fff" stroke-width="4"/></svg>`

/** All assets by the last part of their address. Rejects when GOV.UK Frontend is not installed. */
export async function loadAssets(): Promise<ReadonlyMap<string, Asset>> {
  const [css, js] = await Promise.all([packaged('govuk-frontend.min.css'), packaged('govuk-frontend.min.js')])
  return new Map([
    ['govuk-frontend.min.css', { type: 'text/css; charset=utf-8', body: withoutFonts(css) }],
    ['govuk-frontend.min.js', { type: 'text/javascript; charset=utf-8', body: js }],
    ['page.css', { type: 'text/css; charset=utf-8', body: STYLESHEET }],
    ['page.js', { type: 'text/javascript; charset=utf-8', body: SCRIPT }],
    ['icon.svg', { type: 'image/svg+xml', body: ICON }],
  ])
}

function packaged(name: string): Promise<string> {
  return readFile(createRequire(import.meta.url).resolve(`govuk-frontend/dist/govuk/${name}`), 'utf8')
}

/** The font rules would load GDS Transport, which is licensed for gov.uk only. */
function withoutFonts(css: string): string {
  return css.replace(/@font-face\{[^}]*\}/g, '')
}
