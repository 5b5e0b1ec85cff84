/** Text and environment in, configuration or every problem out. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Config } from '../../src/config/config.ts'
import { type ConfigProblem, type ConfigSources, readConfig } from '../../src/config/read-config.ts'
import { restrictionRules } from '../../src/config/rules.ts'
import { SETTINGS, type Setting } from '../../src/config/settings.ts'
import { parseEui64 } from '../../src/core/duis/eui64.ts'
import { DEFAULT_READ_LIMITS } from '../../src/core/duis/read-limits.ts'
import { DEFAULT_GATEWAY_LIMITS } from '../../src/gateway/limits.ts'
import { CONFIG_PAGE, SCHEMA_FILE, schemaText, settingsTable } from './documents.ts'

const NOTHING: ConfigSources = { file: undefined, environment: {}, overrides: [], workingFolder: '/srv' }

function file(text: string) {
  return { name: 'duisgate.yaml', folder: '/etc/duisgate', text }
}

function configFrom(sources: Partial<ConfigSources>): Config {
  const result = readConfig({ ...NOTHING, ...sources })
  if (!result.ok) throw new Error(result.problems.map((problem) => problem.text).join('\n'))
  return result.config
}

function problemsFrom(sources: Partial<ConfigSources>): readonly ConfigProblem[] {
  const result = readConfig({ ...NOTHING, ...sources })
  return result.ok ? [] : result.problems
}

t.test('everything has a finite default', async (t) => {
  const config = configFrom({})
  t.same(config.southbound.listen, { host: '127.0.0.1', port: 8600 })
  t.equal(config.reject.code, 'E5')
  t.equal(config.flags.maxStalenessMs, 2_000)
  t.same(config.dccEuis, [parseEui64('90-B3-D5-1F-30-00-00-02')])
  const numbers = SETTINGS.filter((setting) => setting.form === 'number')
  t.ok(numbers.length > 20 && numbers.every((setting) => Number.isFinite(setting.default)))
})

t.test(
  'every bound of the gateway and of the reader can be moved, and stands at its own default',
  async (t) => {
    const { limits, reading, drainMs } = configFrom({})
    t.same({ ...limits, drainMs }, DEFAULT_GATEWAY_LIMITS)
    t.same(reading, DEFAULT_READ_LIMITS)
  },
)

t.test(
  'a file that says nothing is a file of defaults, but an empty one was cut off while it was written',
  async (t) => {
    t.same(configFrom({ file: file('# nothing\n') }), configFrom({}))
    t.match(problemsFrom({ file: file('') }), [{ where: 'duisgate.yaml', text: 'the file is empty' }])
  },
)

t.test('the command line comes before the environment, the environment before the file', async (t) => {
  const environment = { DUISGATE_DRAIN_MS: '2', DUISGATE_FLAGS_POLL_MS: '22' }
  const config = configFrom({
    file: file('drainMs: 1\nflags: {pollMs: 11, lookupTimeoutMs: 111}'),
    environment,
    overrides: ['drainMs=3'],
  })
  t.equal(config.drainMs, 3)
  t.equal(config.flags.pollMs, 22)
  t.equal(config.flags.lookupTimeoutMs, 111)
})

t.test('the last of two overrides counts', async (t) => {
  t.equal(configFrom({ overrides: ['drainMs=3', 'drainMs=4'] }).drainMs, 4)
})

t.test('lists and maps can be written as one text', async (t) => {
  const config = configFrom({
    environment: {
      DUISGATE_DCC_EUIS: '90-b3-d5-1f-30-00-00-02, 90-B3-D5-1F-30-00-00-03',
      DUISGATE_NORTHBOUND_USERS: '90-b3-d5-1f-30-01-00-00=http://a:1/x?y=1,90-B3-D5-1F-30-01-00-01=http://b/',
    },
  })
  t.equal(config.dccEuis.length, 2)
  const user = parseEui64('90-B3-D5-1F-30-01-00-00')
  t.ok(user !== undefined && config.northbound.users.get(user)?.href === 'http://a:1/x?y=1')
})

t.test('relative paths count from the file that names them, or from the working folder', async (t) => {
  const fromFile = configFrom({ file: file('store: d/x.db\ntable: own.yaml') })
  t.equal(fromFile.store.location, '/etc/duisgate/d/x.db')
  t.equal(fromFile.table, '/etc/duisgate/own.yaml')
  t.equal(configFrom({ environment: { DUISGATE_STORE: 'x.db' } }).store.location, '/srv/x.db')
})

t.test('a shipped table goes by its name', async (t) => {
  t.equal(configFrom({ file: file('table: seed-2023-04-literal') }).table, 'seed-2023-04-literal')
})

t.test('the configuration is frozen to its leaves', async (t) => {
  const config = configFrom({})
  t.ok(Object.isFrozen(config) && Object.isFrozen(config.limits) && Object.isFrozen(config.southbound.listen))
})

t.test(
  'every problem of every source is told at once, with key, value, what is accepted and an example',
  async (t) => {
    const problems = problemsFrom({
      file: file('limits: {holdBytes: 64k}\nsouthbound: {dspUrl: "ftp://x", listen: "host"}\ndccEuis: []'),
      environment: { DUISGATE_FLAGS_POLL_MS: 'fast' },
      overrides: ['log.level=loud'],
    })
    t.match(
      problems.find((problem) => problem.text.startsWith('limits.holdBytes')),
      {
        where: 'duisgate.yaml',
        text: 'limits.holdBytes is "64k"; give a whole number of bytes from 8192 to 16777216, for example 262144',
      },
    )
    for (const key of ['southbound.dspUrl', 'southbound.listen', 'dccEuis', 'flags.pollMs', 'log.level']) {
      t.equal(problems.filter((problem) => problem.text.startsWith(`${key} is `)).length, 1, key)
    }
    t.match(
      problems.find((problem) => problem.text.startsWith('flags.pollMs')),
      {
        where: 'environment variable DUISGATE_FLAGS_POLL_MS',
      },
    )
    t.equal(problems.find((problem) => problem.text.startsWith('log.level'))?.where, '--set')
  },
)

t.test('a URL is used whole, or refused with the parts that it may have', async (t) => {
  const told = (key: string, value: string) =>
    problemsFrom({ overrides: [`${key}=${value}`] }).map(({ text }) => text)
  for (const [key, accepted, refused] of [
    [
      'southbound.dspUrl',
      'http://h:1/base',
      ['http://h/?a=b', 'http://u:p@h/', 'http://u@h/', 'http://h/#x'],
    ],
    ['northbound.fallback', 'http://h/receive?a=b', ['https://u:p@h/receive', 'https://h/#x']],
    [
      'controlPlane.origin',
      'https://flags.example',
      ['https://flags.example/page', 'https://u@flags.example'],
    ],
  ] as const) {
    t.same(told(key, accepted), [], accepted)
    for (const value of refused)
      t.match(told(key, value).join(), /; give an http or https URL.*(?:without|alone)/, value)
  }
  const users = { '90-B3-D5-1F-30-01-00-00': 'http://u:p@h/receive' }
  t.ok(told('northbound.users', JSON.stringify(users)).length > 0)
})

t.test('a name that nobody knows is a problem in every source, with the likeliest name', async (t) => {
  const problems = problemsFrom({
    file: file('flags: {pollMilliseconds: 5, polMs: 5}\nstorre: x'),
    environment: { DUISGATE_DRAIN: '5', DUISGATE_CONFIG: 'x.yaml', HOME: '/root' },
    overrides: ['drainMS=4', 'store'],
  })
  t.match(
    problems.map((problem) => problem.text).join('\n'),
    /flags\.polMs is not a setting; did you mean flags\.pollMs\?/,
  )
  t.match(problems.map((problem) => problem.text).join('\n'), /storre is not a setting; did you mean store\?/)
  t.match(
    problems.map((problem) => problem.text).join('\n'),
    /drainMS is not a setting; did you mean drainMs\?/,
  )
  t.match(problems.map((problem) => problem.text).join('\n'), /store has no value/)
  t.match(problems.map((problem) => problem.text).join('\n'), /DUISGATE_DRAIN is not a setting/)
  t.equal(problems.length, 6)
})

t.test('a number out of range, a port beyond 65535 and a success code are refused', async (t) => {
  for (const override of [
    'drainMs=-1',
    'drainMs=1.5',
    'southbound.listen=a:65536',
    'reject.code=I0',
    'reject.codes=5.4=I99',
  ]) {
    t.equal(problemsFrom({ overrides: [override] }).length, 1, override)
  }
})

t.test('YAML that cannot be read, or is no map, is a problem of the file', async (t) => {
  t.match(problemsFrom({ file: file('a: [1') }), [{ where: 'duisgate.yaml' }])
  t.match(
    problemsFrom({ file: file('a:\n  b: [1\nc:') })[0]?.text,
    /^line 3: this is not plain YAML: .*[^:]$/,
  )
  t.match(problemsFrom({ file: file('drainMs: 1\ndrainMs: 2') }), [
    {
      text: 'line 2: this is not plain YAML: the key stands above already; keep it once, with the entries of both below it',
    },
  ])
  const bomb = Array.from(
    { length: 8 },
    (_, n) => `a${n}: &a${n} [${(n ? `*a${n - 1}, ` : 'x, ').repeat(10)}]`,
  )
  t.match(problemsFrom({ file: file(bomb.join('\n')) }), [
    { text: /^this is not plain YAML: its aliases stand for nothing, or for too much/ },
  ])
  t.match(problemsFrom({ file: file('- a') }), [{ text: /must hold settings/ }])
  t.match(problemsFrom({ file: file('flags: 5') })[0]?.text, /^flags must hold settings/)
})

t.test('a key that reaches for the prototype changes nothing', async (t) => {
  t.equal(problemsFrom({ overrides: ['__proto__.x=1'] }).length, 1)
  t.equal(problemsFrom({ file: file('__proto__: {drainMs: 5}\nconstructor: 1') }).length, 2)
})

t.test('schemas/config.schema.json is in step; npm run documents writes it', async (t) => {
  t.equal(readFileSync(SCHEMA_FILE, 'utf8'), schemaText())
})

t.test('docs/config.md lists every setting as it is; npm run documents writes the table', async (t) => {
  t.ok(readFileSync(CONFIG_PAGE, 'utf8').includes(`${settingsTable()}\n`))
})

t.test('every setting says what it is, what it accepts and gives an example that is accepted', async (t) => {
  for (const setting of SETTINGS) {
    const { key, description, accepts, example } = setting
    t.ok(description.length > 10 && accepts.length > 3, key)
    const parties = NEEDED_PARTIES[key]
    const overrides = [...(parties === undefined ? [] : [`parties=${parties}`]), ...withItsGroup(setting)]
    t.same(problemsFrom({ overrides }), [], `${key}=${example}`)
  }
})

/** The setting as `--set` takes it; the settings of TLS come together or not at all, and one listens where the store is a PostgreSQL. */
function withItsGroup({ key, path, example }: Setting): string[] {
  const group = path.slice(0, -1)
  if (key === 'store.listen') return [`store=${example}`, `${key}=${example}`]
  if (group.at(-1) === 'oidc') return withProvider(key, example)
  if (!/^signing$|tls$/i.test(group.at(-1) ?? '')) return [`${key}=${example}`]
  const together = SETTINGS.filter((other) => other.path.slice(0, -1).join() === group.join())
  const parties = SETTINGS.filter((other) => other.key === 'parties')
  return [...parties, ...together].map((other) => `${other.key}=${other.example}`)
}

/** The least that a provider is configured by, and the setting in place of its own. */
function withProvider(key: string, example: string): string[] {
  const least = ['origin', 'signIn.oidc.issuer', 'signIn.oidc.clientId'].map((name) => `controlPlane.${name}`)
  const others = SETTINGS.filter((setting) => least.includes(setting.key) && setting.key !== key)
  const parties = SETTINGS.filter((setting) => setting.key === 'parties')
  const all = [...parties, ...others].map((setting) => `${setting.key}=${setting.example}`)
  return [...all, `${key}=${example}`]
}

/** Settings whose example names a party. */
const NEEDED_PARTIES: Readonly<Record<string, string | undefined>> = {
  credentials: SETTINGS.find(({ key }) => key === 'parties')?.example,
  'notices.partners': '[{"id":"CSP-N","name":"CSP","roles":["csp"],"regions":["North"]}]',
}

t.test('parties and credentials are read from a file, or as JSON from anywhere else', async (t) => {
  const yaml = `
parties:
  - {id: SUP-A, name: Supplier A, roles: [supplier], euis: [90-b3-d5-1f-30-01-00-00]}
  - {id: CSP-N, name: CSP North, roles: [csp], regions: [North]}
credentials:
  - {tokenHash: ${'ab'.repeat(32)}, party: SUP-A, roles: [supplier], name: jane.doe}
`
  const { parties, credentials } = configFrom({ file: file(yaml) })
  t.match(parties, [
    { id: 'SUP-A', euis: [parseEui64('90-B3-D5-1F-30-01-00-00')], regions: [] },
    { id: 'CSP-N', regions: ['North'] },
  ])
  t.match(credentials, [{ party: 'SUP-A', roles: ['supplier'], name: 'jane.doe' }])
  const asJson = JSON.stringify([{ id: 'A', name: 'A', roles: ['auditor'] }])
  t.equal(configFrom({ environment: { DUISGATE_PARTIES: asJson } }).parties[0]?.id, 'A')
  t.equal(configFrom({ overrides: ['controlPlane.isOn=false'] }).controlPlane.isOn, false)
})

t.test('what parties and credentials have wrong with each other is told, each with what to do', async (t) => {
  const hash = 'ab'.repeat(32)
  const texts = problemsFrom({
    file: file(`
parties:
  - {id: A, name: A, roles: [supplier], euis: [90-B3-D5-1F-30-01-00-00], regions: [North]}
  - {id: A, name: B, roles: [auditor], euis: [90-b3-d5-1f-30-01-00-00]}
credentials:
  - {tokenHash: ${hash}, party: A, roles: [supplier], name: one}
  - {tokenHash: ${hash}, party: B, roles: [auditor], name: two}
  - {tokenHash: secret, party: A, roles: [operations], name: three}
`),
  }).map(({ text }) => text)
  for (const said of [
    /^the party A is there twice/,
    /^the party A has the EUI-64 90-B3-D5-1F-30-01-00-00 of A/,
    /^the party A has regions and is no csp/,
    /^credential 2 \(two\) names the party B, which is not configured/,
    /^credential 2 \(two\) has the token of another one/,
    /^credential 3 \(three\) has no SHA-256/,
    /^credential 3 \(three\) has the role operations/,
  ]) {
    t.equal(texts.filter((text) => said.test(text)).length, 1, String(said))
  }
})

t.test('an EUI-64 of a party that is none is a problem with its place, and no crash', async (t) => {
  for (const text of ['00-0D-5C-AA-16-9A-00-E1-00', '00-0D-5C-AA-16-9A-00', 'none']) {
    const party = `{id: SUP-A, name: Supplier A, roles: [supplier], euis: ["${text}"]}`
    const [problem, ...more] = problemsFrom({ file: file(`parties: [${party}]`) })
    t.equal(
      problem?.text,
      'parties.0.euis.0: give an EUI-64: eight pairs of hexadecimal digits with hyphens between',
    )
    t.same(more, [])
  }
})

t.test('a token where its hash belongs is not shown', async (t) => {
  const texts = problemsFrom({
    file: file('credentials: [{tokenHash: {token: duisgate_secret}, party: A, roles: [emperor], name: x}]'),
  }).map(({ text }) => text)
  t.match(texts.join('\n'), /credentials\.0\.roles\.0: give one of supplier/)
  t.notMatch(texts.join('\n'), /duisgate_secret/)
})

t.test('the rules of change are those of the configuration', async (t) => {
  t.match(restrictionRules(configFrom({})), {
    generations: ['SMETS1', 'SMETS2'],
    clearAfterTenancyDays: undefined,
  })
  const config = configFrom({ file: file('rules: {generations: [SMETS2], clearAfterTenancyDays: 28}') })
  t.match(restrictionRules(config), { generations: ['SMETS2'], clearAfterTenancyDays: 28 })
})
