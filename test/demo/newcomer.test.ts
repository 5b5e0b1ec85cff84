/**
 * The newcomer's story as README tells it: start the demo, and do by what it prints, in a real Chromium, all of it: sign in as
 * the sample Supplier, restrict a meter, see its read rejected and the firmware request pass, clear, see the read pass, and see
 * as the CSP that it was told of both.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { ROOT } from '../cli/run.ts'
import { exitOf } from '../support/child-exit.ts'
import { startChromium, withoutChromium } from '../support/chromium.ts'
import { startDemo } from './start-demo.ts'

t.setTimeout(290_000)

/** What the printed curl line for this file answers: the ResponseCode, and the reference of the decision. */
async function sent(printed: string, file: string) {
  const [, path = '', url = ''] = new RegExp(`curl .*--data-binary @(\\S*${file}) (\\S+)`).exec(printed) ?? []
  const body = readFileSync(join(ROOT, path))
  const headers = { 'content-type': 'application/xml' }
  const answer = await request(url, { method: 'POST', headers, body })
  const [, code] = /ResponseCode>([^<]+)</.exec(await answer.body.text()) ?? []
  return { code, decision: String(answer.headers['duisgate-decision']) }
}

const READ = 'read-import-registers.xml'
const FIRMWARE = 'firmware-two-devices.xml'

async function signIn(page: Page, address: string, token: string): Promise<void> {
  await page.goto(address)
  await page.getByLabel('Access token').fill(token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL((url) => url.pathname !== '/sign-in')
}

async function openMeter(page: Page, address: string, mpan: string): Promise<void> {
  await page.goto(`${address}search`)
  await page.getByLabel('MPAN, MPRN or Device ID').fill(mpan)
  await page.getByRole('button', { name: 'Search' }).click()
}

async function restrict(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Restrict this meter' }).click()
  await page.getByLabel('We explained what a smart meter does').check()
  const today = new Date()
  const date = page.getByRole('group', { name: 'preference recorded' })
  await date.getByLabel('Day').fill(String(today.getUTCDate()))
  await date.getByLabel('Month').fill(String(today.getUTCMonth() + 1))
  await date.getByLabel('Year').fill(String(today.getUTCFullYear()))
  await page.getByLabel('Reference to your evidence').fill('CASE-4711')
  await page.getByLabel('This is a last resort').check()
  await page.getByLabel('The meter is in credit mode').check()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Restrict this meter' }).click()
  await page.getByText(/In force in every gateway after \d/).waitFor()
}

async function clear(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Clear the flag' }).click()
  await page.getByLabel('Another reason').check()
  await page.getByLabel('Reference to the instruction').fill('CASE-4712')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Clear the flag' }).click()
  await page.getByText(/In force in every gateway after \d/).waitFor()
}

/** What the CSP's page shows of the newest notice of the meter, once it was delivered. */
async function newestNotice(page: Page, address: string): Promise<string> {
  for (;;) {
    await page.goto(`${address}notices`)
    const newest = await page.locator('tbody tr').first().innerText()
    if (newest.includes('Delivered')) return newest
  }
}

/** What the page says of the decision, once the journal has it. */
async function explained(page: Page, address: string, decision: string): Promise<string> {
  for (;;) {
    await page.goto(`${address}decisions?reference=${decision}`)
    const text = await page.locator('main').innerText()
    if (text.includes('Verdict')) return text
  }
}

t.test(
  'a newcomer restricts a meter, sees its read rejected and firmware pass, clears it and sees the read pass',
  { skip: withoutChromium },
  async (t) => {
    const { child, printed, printedSince } = await startDemo(t)
    const [, address = ''] = /Open (http\S+)/.exec(printed) ?? []
    const [token = ''] = /duisgate_\S{43}/.exec(printed) ?? []
    const [, mpan = ''] = /MPAN (\d{13})/.exec(printed) ?? []
    t.match(await sent(printed, READ), { code: 'I99' }, 'the read passes first')

    const browser = await startChromium()
    t.teardown(() => browser.close())
    const page = await browser.newPage()
    await signIn(page, address, token)
    await openMeter(page, address, mpan)
    await restrict(page)
    const { code: rejected, decision } = await sent(printed, READ)
    t.equal(rejected, 'E5', 'the read is rejected')
    t.match(await explained(page, address, decision), /Verdict\s+Reject/, 'and the page explains why')
    t.match(await sent(printed, FIRMWARE), { code: 'I99' }, 'the firmware request passes')

    const [, cspToken = ''] = /(duisgate_\S{43}) {2}.*\(csp\)/.exec(printed) ?? []
    const ofCsp = await (await browser.newContext()).newPage()
    await signIn(ofCsp, address, cspToken)
    t.match(await newestNotice(ofCsp, address), /The flag was set\s+00-0D-5C-AA-16-9A-00-E1/)
    t.match(printedSince(), /→ CSP +notice: set +electricity meter .*delivered/, 'and the CSP has the event')

    await openMeter(page, address, mpan)
    await clear(page)
    t.match(await sent(printed, READ), { code: 'I99' }, 'the read passes again')
    t.match(await newestNotice(ofCsp, address), /The flag was cleared/)
    await browser.close()

    await everyPartySignsIn(t, printed, address)
    child.kill('SIGINT')
    const [code] = await exitOf(child)
    t.equal(code, 0)
  },
)

function everyPartySignsIn(t: Test, printed: string, address: string): Promise<unknown> {
  return t.test('every sample party may sign in with the token that is printed for it', async (t) => {
    const roles: string[] = []
    for (const [, token = '', role = ''] of printed.matchAll(/^ +(duisgate_\S{43}) {2}.*\((\S+)\)$/gm)) {
      const headers = { authorization: `Bearer ${token}` }
      const answer = await request(`${address}api/v1/me`, { headers })
      t.match(await answer.body.json(), { role })
      roles.push(role)
    }
    const [, second = ''] = /two people: [^$]*?(duisgate_\S{43})/.exec(printed) ?? []
    const headers = { authorization: `Bearer ${second}` }
    const answer = await request(`${address}api/v1/me`, { headers })
    t.match(
      await answer.body.json(),
      { role: 'operations', name: 'demo.ops-second' },
      'and the second person',
    )
    t.same(roles, [
      ...['supplier', 'supplier', 'network-operator', 'service-centre', 'csp', 'auditor', 'operations'],
    ])
  })
}
