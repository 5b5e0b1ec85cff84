/** The house as rules: who may import whom, no circles, every file says what it is for, no drawers. */
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const ROOT = fileURLToPath(new URL('../', import.meta.url))

const BELOW_CONTROL = [
  ...['core/', 'csv/', 'governance/', 'journal/', 'notices/', 'reports/', 'restrictions/', 'store/*.ts'],
  ...['observe/', 'tls/'],
]
const CONTROL_SHARED = [
  ...BELOW_CONTROL,
  ...['control/*.ts', 'control/http/', 'control/html/', 'control/documents/'],
]

/** What a room may import, by path under src/; `*` is one name. The innermost room that a file lies in counts. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'core/': ['core/'],
  'csv/': ['core/nearest.ts', 'core/utf8-text.ts', 'csv/'],
  'observe/': ['core/', 'observe/'],
  'store/': ['core/', 'store/*.ts'],
  'store/sql/': ['core/', 'store/*.ts', 'store/sql/'],
  'store/sqlite/': ['core/', 'store/*.ts', 'store/sql/', 'store/sqlite/'],
  'store/postgres/': ['core/', 'store/*.ts', 'store/sql/', 'store/postgres/'],
  'flags/': ['core/', 'flags/', 'store/*.ts', 'observe/'],
  'events/': ['core/', 'events/', 'store/*.ts', 'observe/'],
  'governance/': ['core/', 'governance/', 'store/*.ts', 'observe/'],
  'journal/': ['core/', 'journal/', 'store/*.ts', 'observe/'],
  'http1/': ['http1/'],
  'tls/': ['core/', 'tls/', 'observe/'],
  'gateway/': [
    'core/',
    'gateway/',
    'http1/',
    'tls/',
    'flags/',
    'events/',
    'journal/file-journal.ts',
    'store/store.ts',
    'observe/',
  ],
  'second-reader/': ['core/duis/eui64.ts', 'core/catalogue/', 'second-reader/*.ts'],
  'second-reader/in-service/': [
    'core/duis/eui64.ts',
    'core/catalogue/',
    'second-reader/',
    'gateway/tap.ts',
    'observe/',
  ],
  'capture/': ['core/', 'capture/', 'gateway/tap.ts', 'observe/'],
  'restrictions/': ['core/', 'restrictions/', 'store/*.ts', 'observe/'],
  'notices/': ['core/', 'notices/', 'restrictions/permissions.ts', 'store/*.ts', 'tls/dialer.ts', 'observe/'],
  'reports/': [
    'core/',
    'journal/',
    'reports/',
    'restrictions/permissions.ts',
    'restrictions/views.ts',
    'store/*.ts',
    'observe/',
  ],
  'control/': [...BELOW_CONTROL, 'control/'],
  // What both the API and the page may use: neither imports the other.
  'control/http/': [...BELOW_CONTROL, 'control/*.ts', 'control/http/'],
  'control/html/': [...BELOW_CONTROL, 'control/html/'],
  'control/documents/': [...BELOW_CONTROL, 'control/html/', 'control/documents/'],
  'control/api/': [...CONTROL_SHARED, 'control/api/'],
  'control/page/': [...CONTROL_SHARED, 'control/page/'],
  'config/': [
    'core/',
    'config/',
    'flags/flag-limits.ts',
    'gateway/limits.ts',
    'store/postgres/connection-text.ts',
    'control/identity.ts',
    'tls/certificate.ts',
  ],
  'run/': ['*/'],
  'demo/': ['*/'],
  'cli/': ['*/'],
  '': ['cli/'],
}

/** What a room may import beyond that as types alone, which are gone when the program runs. */
const MAY_IMPORT_TYPES: Readonly<Record<string, readonly string[]>> = {
  'second-reader/': ['core/duis/facts.ts'],
  'second-reader/in-service/': ['core/duis/facts.ts'],
}

/** Whether the path under src/ falls under the pattern. */
function fallsUnder(path: string, pattern: string): boolean {
  const text = pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]+')
  return new RegExp(`^${text}${pattern.endsWith('/') ? '' : '$'}`).test(path)
}

/** Packages that core may use: nothing with I/O or a clock; of node:crypto only what is not random. */
const PURE_PACKAGES = ['node:buffer', 'node:crypto']
const DRAWERS = /(?:^|\/)(?:utils?|helpers?|common|misc|shared|manager|processor)(?:\/|\.ts$)/

const files = globSync('src/**/*.ts', { cwd: ROOT })
const sources = new Map(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]))

const IMPORT = /^(?:import|export)\b[^']*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm

/** Imported packages as written, imported files as `src/…`. */
function importsOf(file: string, text = sources.get(file) ?? ''): string[] {
  const names = [...text.matchAll(IMPORT)].map(([, plain, bare, dynamic]) => plain ?? bare ?? dynamic ?? '')
  return names.map((name) => (name.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file), name)) : name))
}

function roomOf(file: string): string {
  const path = file.slice('src/'.length)
  const rooms = Object.keys(MAY_IMPORT).filter((room) => path.startsWith(room))
  return rooms.sort((a, b) => b.length - a.length)[0] ?? ''
}

t.test('every room imports only what it may', async (t) => {
  t.ok(files.length > 50)
  for (const file of files) {
    const room = roomOf(file)
    const allowed = MAY_IMPORT[room] ?? []
    const mayImport = (patterns: readonly string[]) => (name: string) =>
      !name.startsWith('src/') || patterns.some((pattern) => fallsUnder(name.slice('src/'.length), pattern))
    const types = MAY_IMPORT_TYPES[room] ?? []
    const wrong = [
      ...valueImportsOf(file).filter((name) => !mayImport(allowed)(name)),
      ...importsOf(file).filter((name) => !mayImport([...allowed, ...types])(name)),
    ]
    t.same(wrong, [], `${file} (room ${room || 'top'}) may import ${allowed.join(', ')}`)
  }
})

/** The rooms from the top down: none imports one that stands before it. Of their own line they see what `MAY_IMPORT` lists. */
const FLOORS: readonly (readonly string[])[] = [
  ['cli'],
  ['demo'],
  ['run'],
  ['config'],
  ['control', 'gateway', 'capture', 'second-reader'],
]

t.test('CONTRIBUTING.md says of every room what is in it', async (t) => {
  const page = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')
  const [, section = ''] = /^## Rooms$([\s\S]*?)^Outside/m.exec(page) ?? []
  const listed = [...section.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  )
  const inCore = files.flatMap((file) => /^src\/(core\/[^/]+\/)/.exec(file)?.[1] ?? [])
  const rooms = new Set([...Object.keys(MAY_IMPORT).filter((room) => room !== ''), ...inCore])
  t.same(listed.sort(), [...rooms].sort())
})

t.test('arrows go down: from the command line through what a process is made of to the core', async (t) => {
  const floorOf = (path: string) => FLOORS.findIndex((rooms) => rooms.includes(path.split('/')[1] ?? ''))
  for (const file of files) {
    const own = floorOf(file)
    const upwards = importsOf(file).filter((name) => {
      const floor = floorOf(name)
      return name.startsWith('src/') && name !== 'src/main.ts' && floor >= 0 && (own < 0 || floor < own)
    })
    if (file !== 'src/main.ts') t.same(upwards, [], file)
  }
})

t.test('core uses only packages without I/O, clock or randomness', async (t) => {
  for (const file of files.filter((name) => name.startsWith('src/core/'))) {
    t.same(
      importsOf(file).filter((name) => !name.startsWith('src/') && !PURE_PACKAGES.includes(name)),
      [],
      file,
    )
    const text = (sources.get(file) ?? '').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    t.notMatch(
      text,
      /\bDate\.now\(|\bnew Date\(\)|Math\.random\(|\brandom[A-Z]\w+\(|\bprocess\.|\bsetTimeout\(|\bfetch\(/,
      file,
    )
  }
})

t.test('nobody imports main.ts', async (t) => {
  t.same(
    files.filter((file) => importsOf(file).includes('src/main.ts')),
    [],
  )
})

/** Development packages that a file loads when it is asked to, and says so where they are missing. */
const WHEN_ASKED: Readonly<Record<string, readonly string[]>> = {
  'src/demo/sign-in-provider.ts': ['oidc-provider'],
}

t.test('nothing in src imports a development package, but what it is asked for', async (t) => {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const declared = [...Object.keys(dependencies), ...Object.keys(optionalDependencies)]
  const isOf = (packages: readonly string[]) => (name: string) =>
    packages.some((known) => name === known || name.startsWith(`${known}/`))
  for (const file of files) {
    const packages = importsOf(file).filter((name) => !/^(?:src\/|node:|\/)/.test(name))
    const undeclared = packages.filter((name) => !isOf(declared)(name))
    const text = sources.get(file) ?? ''
    const isWhenAsked = (name: string) =>
      isOf(WHEN_ASKED[file] ?? [])(name) && !new RegExp(`^import (?!type )[^']*'${name}'`, 'm').test(text)
    t.same(
      undeclared.filter((name) => !isWhenAsked(name)),
      [],
      file,
    )
  }
})

t.test('imports do not go in circles', async (t) => {
  const settled = new Set<string>()
  const circleFrom = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (settled.has(file)) return undefined
    for (const next of valueImportsOf(file)) {
      const circle = circleFrom(next, [...path, file])
      if (circle) return circle
    }
    settled.add(file)
    return undefined
  }
  for (const file of files) t.equal(circleFrom(file, [])?.join(' → '), undefined, file)
})

/** Rooms in which types point at each other, and why. What runs never goes in circles. */
const TYPE_CIRCLES: Readonly<Record<string, string>> = {
  'core/': 'facts name what the catalogue has of a message code, which names the logs that facts tell',
  'core/duis/': 'the scanner of content and its fast way through plain text share one reader of content',
  'core/policy/': 'a verdict carries the Permit that only decide makes; a table is what its checks look at',
  'store/': 'one page of a listing is described with the store, the ports of its groups beside it',
  'store/sql/': 'a group writes by the head, and the head keeps the chain that the audit group reads',
  'control/': 'the ports name the service of tables, which is made of two of the ports',
  'control/http/': 'an endpoint is described by its responses, which are those of endpoints',
  'gateway/': 'a message context ends in an answer, which is written by it',
  'http1/': 'a client has connections, which tell their client',
  'observe/': 'a snapshot is taken of metrics, which take it',
}

t.test('types point at each other only within a room, for a stated reason', async (t) => {
  const reachable = new Map(files.map((file) => [file, reachedFrom(file)]))
  const found = new Set<string>()
  for (const file of files)
    for (const other of reachable.get(file) ?? []) {
      if (other === file || !reachable.get(other)?.has(file)) continue
      found.add(roomOfBoth(file, other))
    }
  t.same([...found].sort(), Object.keys(TYPE_CIRCLES).sort())
})

const direct = new Map(files.map((file) => [file, importsOf(file).filter((name) => sources.has(name))]))

/** Every file that the file imports, also by way of others, types included. */
function reachedFrom(file: string): ReadonlySet<string> {
  const reached = new Set<string>()
  const open = [file]
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const name of (direct.get(next) ?? []).filter((one) => !reached.has(one))) {
      reached.add(name)
      open.push(name)
    }
  return reached
}

function roomOfBoth(one: string, other: string): string {
  let room = `${dirname(one)}/`
  while (!other.startsWith(room)) room = `${dirname(room)}/`
  return room.slice('src/'.length)
}

/** Files whose imports remain once types are stripped: types may point at each other. */
function valueImportsOf(file: string): string[] {
  const text = (sources.get(file) ?? '').replace(/^(?:import|export) type [^']*?from '[^']+'$/gm, '')
  return importsOf(file, text).filter((name) => name.startsWith('src/'))
}

t.test('every file opens with what it is for', async (t) => {
  for (const [file, text] of sources) t.match(text, /^\/\*\*[\s\S]{20,}?\*\//, file)
})

t.test('no file is a drawer for whatever fits nowhere', async (t) => {
  t.same(
    files.filter((file) => DRAWERS.test(file) || basename(file) === 'index.ts'),
    [],
  )
})
