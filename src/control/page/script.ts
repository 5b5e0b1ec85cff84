/**
 * What JavaScript adds, served as `/assets/page.js`: the behaviour of GOV.UK Frontend, and a live status in place of the
 * "Check again" link. Every page does its work without it.
 */
export const SCRIPT = `import { initAll } from '/assets/govuk-frontend.min.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initAll()

const POLL_MS = 500
const status = document.querySelector('[data-live-status]')
if (status) follow(status, status.dataset.liveStatus)

function follow(element, address) {
  const timer = setInterval(async () => {
    const answer = await fetch(address, { headers: { accept: 'application/json' } }).catch(() => undefined)
    if (!answer?.ok) return
    const { text, isSettled } = await answer.json()
    if (element.textContent !== text) element.textContent = text
    if (isSettled) clearInterval(timer)
  }, POLL_MS)
}
`
