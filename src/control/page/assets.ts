/**
 * The static files of the page: GOV.UK Frontend as it was compiled, and our own few lines. Its fonts and its images, the
 * crown among them, are not served.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { STYLESHEET } from './stylesheet.ts'

export interface Asset {
  readonly type: string
  readonly body: string
}

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="4" fill="#1d4a6e"/><path d="M8 7v18M24 7v18M8 16h16" stroke="#fff" stroke-width="4"/></svg>`

/** What JavaScript adds: the behaviour of GOV.UK Frontend, a live status in place of the "Check again" link, and a page that renews itself in place. Pages work without it. */
const SCRIPT = `import { initAll } from '/assets/govuk-frontend.min.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initAll()

const POLL_MS = 500
const status = document.querySelector('[data-live-status]')
if (status) follow(status, status.dataset.liveStatus)

function follow(element, address) {
  const timer = setInterval(async () => {
    const answer = await fetch(address, { headers: { accept: 'application/json' } }).catch(() => undefined)
    if (!answer?.ok || answer.redirected) return
    const { text, isSettled } = await answer.json()
    if (element.textContent !== text) element.textContent = text
    if (isSettled) clearInterval(timer)
  }, POLL_MS)
}

const renewed = document.querySelector('[data-renew-s]')
if (renewed) setInterval(() => renew(renewed), renewed.dataset.renewS * 1000)

// What is open stays open, and whoever is at a control stays there: it is renewed when they have left.
async function renew(main) {
  const { activeElement } = document
  if (document.hidden || (activeElement !== main && main.contains(activeElement))) return
  const answer = await fetch(location.href).catch(() => undefined)
  if (!answer?.ok || answer.redirected) return
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('[data-renew-s]')
  if (!next) return
  const open = [...main.querySelectorAll('details')].map((each) => each.open)
  next.querySelectorAll('details').forEach((each, place) => { each.open = open[place] ?? false })
  main.replaceChildren(...next.childNodes)
}
`

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
