/** Settings of signing in: what is wrong with them is said with its place and what to do. */
import t from 'tap'
import { readConfig } from '../../src/config/read-config.ts'

const PARTIES = 'parties=[{"id":"SUP-A","name":"A","roles":["supplier"]}]'
const OIDC = [
  ...['issuer=https://id.example/realms/energy', 'clientId=duisgate', 'parties=acme=SUP-A'],
  'roles=flag-suppliers=supplier',
].map((text) => `controlPlane.signIn.oidc.${text}`)
const GOOD = [PARTIES, 'controlPlane.origin=https://flags.example', ...OIDC]

function problems(...overrides: string[]): readonly string[] {
  const result = readConfig({ file: undefined, environment: {}, overrides, workingFolder: '/' })
  return result.ok ? [] : result.problems.map(({ text }) => text)
}

t.test('a provider is configured by its issuer, the client and two maps', async (t) => {
  const overrides = [...GOOD, 'controlPlane.signIn.oidc.clientSecretFile=secret']
  const result = readConfig({ file: undefined, environment: {}, overrides, workingFolder: '/etc' })
  t.match(result, {
    ok: true,
    config: {
      controlPlane: {
        signIn: {
          tokens: true,
          oidc: {
            ...{ parties: { acme: 'SUP-A' }, scopes: ['openid', 'profile'], clockToleranceMs: 30_000 },
            clientSecretFile: '/etc/secret',
          },
        },
      },
    },
  })
})

const S = 'controlPlane.signIn'
for (const [overrides, text] of [
  [[`${S}.tokens=false`], /signIn\.tokens is false and there is no oidc: nobody could sign in/],
  [[PARTIES, ...OIDC], /oidc\.issuer needs controlPlane\.origin.*give it/],
  [[...GOOD, `${S}.oidc.issuer=http://id.example`], /oidc\.issuer is .*; give an https URL/],
  [[...GOOD, `${S}.oidc.issuer=https://id.example/?a=b`], /oidc\.issuer is .*; give an https URL/],
  [[...GOOD, `${S}.oidc.scopes=profile`], /oidc\.scopes lacks openid.*add it/],
  [[...GOOD, `${S}.oidc.parties=acme=SUP-Z`], /oidc\.parties has "acme" as SUP-Z, which is not configured/],
  [
    [...GOOD, `${S}.oidc.roles=a=boss`],
    /oidc\.roles has "a" as boss, which is no role; give one of supplier/,
  ],
  [
    [...GOOD, `${S}.oidc.clientSecret=a`, `${S}.oidc.clientSecretFile=b`],
    /clientSecretFile stands beside clientSecret; take one of them away/,
  ],
] as const) {
  t.test(`${text}`, async (t) => {
    const found = problems(...overrides)
    t.equal(found.length, 1)
    t.match(found[0], text)
  })
}

t.test('an issuer on loopback may be http, for trying it out', async (t) => {
  t.same(problems(...GOOD, `${S}.oidc.issuer=http://localhost:3000`), [])
})
