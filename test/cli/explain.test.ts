/** `explain`: every fixture gets the facts and verdicts that `fixtures/expected.json` states. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { duisgate, jsonLines, ROOT } from './run.ts'

interface Expected {
  readonly direction: string
  readonly kind?: string
  readonly codes?: readonly string[]
  readonly devices?: readonly string[]
  readonly deviceTypes?: Readonly<Record<string, string>>
  readonly verdicts?: Readonly<
    Record<'none restricted' | 'all restricted', { readonly verdict: string; readonly rule: string }>
  >
}

interface Explanation {
  readonly source: string
  readonly direction: string
  readonly kind: string
  readonly codes: readonly string[]
  readonly devices: readonly string[]
  readonly verdict: string
  readonly rule: string | null
  readonly reason: string
  readonly fault?: { readonly code: string; readonly message: string; readonly offset: number }
}

const READ = 'fixtures/southbound/read-import-registers.xml'
const METER = '00-0D-5C-AA-16-9A-00-E1'
const allExpected = JSON.parse(readFileSync(join(ROOT, 'fixtures/expected.json'), 'utf8')) as Record<
  string,
  Expected
>
const readable = Object.entries(allExpected).filter(([, expected]) => expected.verdicts !== undefined)

t.test('every readable fixture has its direction, kind, codes, Devices, verdict and rule', async (t) => {
  t.ok(readable.length > 100)
  const files = readable.map(([name]) => `fixtures/${name}`)
  const devices = new Set(readable.flatMap(([, { devices = [] }]) => devices))
  const types = Object.assign({}, ...readable.map(([, { deviceTypes = {} }]) => deviceTypes)) as Record<
    string,
    string
  >
  const typed = Object.entries(types).map(([id, type]) => `--device=${id}=${type}`)
  const restricted = [...devices].map((id) => `--restricted=${id}`)
  const runs = {
    'none restricted': await duisgate(['explain', ...files, '--json', ...typed]),
    'all restricted': await duisgate(['explain', ...files, '--json', ...typed, ...restricted]),
  } as const
  for (const [when, ran] of Object.entries(runs)) {
    const lines = new Map(jsonLines<Explanation>(ran.stdout).map((line) => [line.source, line]))
    for (const [name, { direction, kind, codes, devices, deviceTypes = {}, verdicts }] of readable) {
      const line = lines.get(`fixtures/${name}`)
      const facts = { direction, kind, devices, codes: [...(codes ?? [])].sort() }
      t.match({ ...line, codes: [...(line?.codes ?? [])].sort() }, facts, name)
      // A fixture that is about an unknown type means it; the types of the others are given to all at once.
      if ((devices ?? []).some((id) => (deviceTypes[id] ?? types[id]) !== deviceTypes[id])) continue
      t.match(line, verdicts?.[when as keyof typeof verdicts], `${name}, ${when}`)
    }
    t.equal(ran.code, 1)
  }
})

t.test('every malformed fixture is refused with a code, a message and a byte offset', async (t) => {
  const { code, stdout } = await duisgate(['explain', 'fixtures/malformed', '--json'])
  // Two of them are well-formed messages that only the other listener accepts.
  const lines = jsonLines<Explanation>(stdout).filter(
    ({ source }) => !/(?:request-north|response-south)bound/.test(source),
  )
  t.equal(code, 1)
  t.ok(lines.length > 40)
  for (const { source, kind, verdict, rule, fault } of lines) {
    t.match({ kind, verdict, rule }, { kind: 'unreadable', verdict: 'refuse', rule: null }, source)
    t.ok(
      fault && /^(XML|DUIS)_[A-Z]+$/.test(fault.code) && fault.message.length > 5 && fault.offset >= 0,
      source,
    )
  }
})

t.test('a line of --json has exactly the fields of the contract', async (t) => {
  const { stdout } = await duisgate(['explain', READ, 'fixtures/malformed/deep.xml', '--json'])
  const [read, refused] = jsonLines<object>(stdout)
  const fields = ['source', 'direction', 'kind', 'codes', 'devices', 'verdict', 'rule', 'reason']
  t.same(Object.keys(read ?? {}), fields)
  t.same(Object.keys(refused ?? {}).sort(), [...fields, 'fault'].sort())
})

t.test('alarms are listed where the decision raises any', async (t) => {
  const file = 'fixtures/northbound/answer-of-an-unknown-message-code.xml'
  const { stdout } = await duisgate(['explain', file, '--json'])
  t.match(jsonLines<object>(stdout), [{ verdict: 'forward', alarms: ['unknown-message-code'] }])
  t.match((await duisgate(['explain', file])).stdout, /\n {2}alarms: unknown-message-code\n/)
})

t.test('a Device is Restricted in either letter case, given again and again or with commas', async (t) => {
  for (const options of [
    [`--restricted=${METER.toLowerCase()}`],
    ['--restricted', '00-00-00-00-00-00-00-01', '--restricted', METER],
    ['--restricted', `00-00-00-00-00-00-00-01,${METER}`],
  ]) {
    const { code, stdout } = await duisgate(['explain', READ, '--json', ...options])
    t.match(jsonLines<Explanation>(stdout)[0], { verdict: 'reject', devices: [METER] })
    t.equal(code, 1)
  }
})

t.test('a message on standard input is explained, and told in words without --json', async (t) => {
  const { code, stdout } = await duisgate(['explain', '-'], { stdin: readFileSync(join(ROOT, READ)) })
  t.match(stdout, /^-: forward\n {2}southbound service-request 4\.1\.1, 00-0D-5C-AA-16-9A-00-E1\n/)
  t.equal(code, 0)
})

t.test('a given direction counts, also against the root element', async (t) => {
  const { stdout } = await duisgate(['explain', READ, '--direction', 'northbound', '--json'])
  t.match(jsonLines<Explanation>(stdout)[0], {
    direction: 'northbound',
    verdict: 'refuse',
    fault: { code: 'DUIS_ROOT' },
  })
})

t.test('a malformed Response is known by its root element as northbound', async (t) => {
  const whole = readFileSync(join(ROOT, 'fixtures/northbound/acknowledgement.xml'))
  const { stdout } = await duisgate(['explain', '-', '--json'], { stdin: whole.subarray(0, -30) })
  t.match(jsonLines<Explanation>(stdout)[0], { direction: 'northbound', fault: { code: 'XML_INCOMPLETE' } })
})

t.test('a table decides by its name or its file', async (t) => {
  for (const table of ['seed-2023-04-literal', 'policy/seed-2023-04-literal.yaml']) {
    const { stdout } = await duisgate([
      'explain',
      'fixtures/northbound/alert-supply-restored.xml',
      '--json',
      '--table',
      table,
      '--restricted',
      METER,
    ])
    t.match(jsonLines<Explanation>(stdout)[0], { verdict: 'withhold' }, table)
  }
})

t.test(
  'a path, an ID, an option or a table that is wrong is told before anything is explained',
  async (t) => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [
        [READ, 'nowhere.xml', 'either.xml'],
        /cannot read nowhere\.xml \(there is no such file or folder, ENOENT\)\ncannot read either\.xml/,
      ],
      [['schemas'], /no \.xml file in schemas/],
      [[READ, '--restricted', '00-0D'], /"00-0D" is not a Device ID; give eight hex pairs/],
      [[READ, '--device', `${METER}=KETTLE`], /TYPE is one of ESME/],
      [[READ, '--direction', 'up'], /southbound or northbound/],
      [[READ, '--table', 'nothing'], /no table nothing is shipped/],
      [[], /give messages, or --decision/],
    ]
    for (const [words, expected] of wrong) {
      const { code, stdout, stderr } = await duisgate(['explain', ...words])
      t.match(stderr, expected)
      t.match({ code, stdout }, { code: 2, stdout: '' }, words.join(' '))
    }
  },
)

t.test('a thousand messages at once', async (t) => {
  const { stdout } = await duisgate(['explain', ...Array.from({ length: 1_000 }, () => READ), '--json'])
  t.equal(jsonLines(stdout).length, 1_000)
})
