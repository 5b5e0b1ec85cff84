/** `demo --oidc`: signing in at the demo's own OpenID provider and out again, in a real Chromium; and without its package. */
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { duisgateProcess, ROOT, temporaryFolder } from '../cli/run.ts'
import { Somebody } from '../control/sign-in/signing-in.ts'
import { exitOf } from '../support/child-exit.ts'
import { startChromium, withoutChromium } from '../support/chromium.ts'
import { startDemo } from './start-demo.ts'

t.setTimeout(290_000)

t.test(
  'whoever has the demo with a provider signs in there as any sample party, and out again',
  { skip: withoutChromium },
  async (t) => {
    const { child, printed } = await startDemo(t, ['--oidc'])
    const [, address = ''] = /Open (http\S+)/.exec(printed) ?? []
    const [, issuer = ''] = /at the provider \((http\S+)\)/.exec(printed) ?? []
    const accounts = [...printed.matchAll(/^ +(someone\.\S+) {2}(.*)$/gm)]
    const browser = await startChromium()
    t.teardown(() => browser.close())
    const page = await browser.newPage()
    const asked = new Set<string>()
    page.on('request', (one) => asked.add(new URL(one.url()).origin))
    // The second is asked who it is: the first has signed out at the provider too.
    for (const [, name = '', party = ''] of accounts.slice(0, 2)) {
      await page.goto(address)
      await page.getByRole('button', { name: 'Sign in with your organisation’s account' }).click()
      await page.getByRole('button', { name: party }).click()
      await page.waitForURL(address)
      const who = await page.locator('.dg-visitor__who').innerText()
      t.match(who, name)
      t.match(who, party.split(' (')[0])
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByRole('button', { name: 'Yes, sign me out' }).click()
      await page.waitForURL(`${address}sign-in`)
    }
    for (const [, name = '', party = ''] of accounts.slice(2))
      await signsInAndOut(t, { address, name, party })
    t.equal(accounts.length, 7)
    t.same([...asked].sort(), [new URL(address).origin, issuer].sort(), 'nobody else is asked for anything')
    await browser.close()

    const [, token = ''] = /(duisgate_\S{43}) {2}.*\(auditor\)/.exec(printed) ?? []
    const headers = { authorization: `Bearer ${token}` }
    const answer = await request(`${address}api/v1/me`, { headers })
    t.match(await answer.body.json(), { role: 'auditor' }, 'tokens are good as well')
    const stranger = await request(`${issuer}/choose`)
    t.equal(stranger.statusCode, 400, 'who has begun nothing chooses nobody')
    t.match(await stranger.body.text(), 'Begin again')

    child.kill('SIGINT')
    t.same(await exitOf(child), [0, null])
  },
)

interface SampleAccount {
  readonly address: string
  readonly name: string
  readonly party: string
}

/** By HTTP alone, as a browser does it without scripts. */
async function signsInAndOut(t: Test, { address, name, party }: SampleAccount) {
  const somebody = await new Somebody().get(`${address}sign-in/provider`)
  const offered = [...somebody.text.matchAll(/value="([^"]+)">([^<]+)</g)]
  const account = offered.find(([, , text]) => text === party)?.[1] ?? ''
  await somebody.post('/choose', { account })
  t.equal(somebody.at.href, address)
  t.match(somebody.text, name)
  t.match(somebody.text, party.split(' (')[0])
  await somebody.signOut()
  t.equal(somebody.at.href, `${address}sign-in`)
}

t.test('without the package of the provider the demo says what to do, and begins nothing', async (t) => {
  const folder = temporaryFolder()
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const name of ['bin', 'src', 'package.json'])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true })
  for (const name of ['policy', 'fixtures', 'schemas']) symlinkSync(join(ROOT, name), join(folder, name))
  mkdirSync(join(folder, 'node_modules'))
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (name !== 'oidc-provider')
      symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  const { code, stdout, stderr } = await duisgateProcess(['demo', '--oidc'], {
    folder,
    bin: join(folder, 'bin/duisgate.mjs'),
  })
  t.match(
    { code, stderr },
    { code: 2, stderr: /--oidc needs the package oidc-provider.*npm ci, with development/ },
  )
  t.notMatch(stdout, 'Setting up')
})
