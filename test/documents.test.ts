/** The documents say what the code does: errors, metrics, commands, links, and nothing about any one machine. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { READ_FAULTS } from '../src/core/duis/fault.ts'
import { GATEWAY_FAULTS } from '../src/gateway/faults.ts'
import { METRICS } from '../src/observe/metric-list.ts'
import { TLS_FILE_FAULTS, TLS_REASONS } from '../src/tls/reasons.ts'
import { CLI_PAGE, commandNames, withOptionTables } from './cli/documents.ts'
import { MANUAL_PAGE, manualPage } from './cli/manual.ts'
import { withClosure } from './policy/closure-page.ts'
import { shipped } from './policy/messages.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const PAGES = globSync(['*.md', 'docs/**/*.md', 'bench/**/*.md', 'policy/**/*.md', 'fixtures/**/*.md'], {
  cwd: ROOT,
})

function page(name: string): string {
  return readFileSync(join(ROOT, name), 'utf8')
}

/** Names in the first column of a page's tables that match. */
function listedIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(/^\| `([^`]+)` \|/gm)]
    .map((found) => found[1] ?? '')
    .filter((name) => pattern.test(name))
}

t.test('docs/errors.md lists exactly the faults that are answered', async (t) => {
  const text = page('docs/errors.md')
  for (const [code, { status, text: meaning, advice }] of Object.entries(GATEWAY_FAULTS)) {
    t.ok(text.includes(`| \`${code}\` | ${status} | ${meaning} | ${advice} |`), code)
  }
  for (const [code, meaning] of Object.entries(READ_FAULTS))
    t.ok(text.includes(`| \`${code}\` | ${meaning} |`), code)
  const known = [...Object.keys(GATEWAY_FAULTS), ...Object.keys(READ_FAULTS)]
  t.same(
    listedIn(text, /^(?:GW|XML|DUIS)_/).filter((code) => !known.includes(code)),
    [],
  )
})

t.test('the lines of the README are those of the golden grid', async (t) => {
  const [grid = ''] = page('policy/expected-decisions.txt').split('\ntable ')
  const [, shown = ''] = /golden grid\].*\n\n```\n.*\n([\s\S]*?)```/.exec(page('README.md')) ?? []
  const lines = shown.split('\n').filter(Boolean)
  t.ok(lines.length > 10)
  for (const line of lines) t.ok(grid.includes(`\n${line} `), line)
})

t.test('decision IDs of samples were made in these years', async (t) => {
  const samples = PAGES.flatMap((name) => [
    ...page(name).matchAll(/(?:Duisgate-Decision: |"decision":"|^decision )([\w-]{22})\b/gm),
  ])
  t.ok(samples.length >= 4)
  for (const [, id = ''] of samples) {
    const year = new Date(Buffer.from(id, 'base64url').readUIntBE(0, 6)).getUTCFullYear()
    t.ok(year >= 2025 && year < 2035, `${id} is of ${year}`)
  }
})

t.test('docs/policy-table.md shows how the list follows; run npm run documents after a change', async (t) => {
  const text = page('docs/policy-table.md')
  t.equal(withClosure(text, await shipped('recommended')), text)
})

t.test('docs/tls.md lists exactly the reasons that are given', async (t) => {
  const text = page('docs/tls.md')
  const known = { ...TLS_REASONS, ...TLS_FILE_FAULTS }
  for (const [code, meaning] of Object.entries(known))
    t.ok(text.includes(`| \`${code}\` | ${meaning} |`), code)
  t.same(
    listedIn(text, /^TLS_/).filter((code) => !(code in known)),
    [],
  )
})

t.test('docs/metrics.md lists exactly the metrics that are counted', async (t) => {
  const text = page('docs/metrics.md')
  for (const [name, { type, labels, help }] of Object.entries(METRICS)) {
    const shown = labels.map((label) => `\`${label}\``).join(', ') || '–'
    t.ok(text.includes(`| \`${name}\` | ${type} | ${shown} | ${help} |`), name)
  }
  t.same(
    listedIn(text, /^duisgate_/).filter((name) => !(name in METRICS)),
    [],
  )
})

t.test('docs/cli.md has every command with its options; npm run documents writes the tables', async (t) => {
  const text = readFileSync(CLI_PAGE, 'utf8')
  for (const name of commandNames()) t.match(text, new RegExp(`^### duisgate ${name}$`, 'm'))
  t.equal(text, withOptionTables(text))
})

t.test('the manual page has every command and setting; npm run documents writes it', async (t) => {
  t.equal(readFileSync(MANUAL_PAGE, 'utf8'), manualPage())
})

t.test('every relative link leads somewhere', async (t) => {
  t.ok(PAGES.length > 5)
  for (const name of PAGES) {
    const targets = [...page(name).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((found) => found[1] ?? '')
    const dead = targets.filter(
      (target) => !/^[a-z]+:/.test(target) && !existsSync(join(ROOT, dirname(name), target)),
    )
    t.same(dead, [], name)
  }
})

t.test('scripts and commands that documents name exist', async (t) => {
  const { scripts } = JSON.parse(page('package.json')) as { scripts: Record<string, string> }
  const commands = new Set(commandNames().flatMap((name) => [name, name.split(' ')[0] ?? '']))
  for (const name of PAGES) {
    const text = page(name)
    for (const [, script = ''] of text.matchAll(/npm run (?:--\S+ )*([a-z][a-z:-]*)/g))
      t.ok(script in scripts, `${name}: npm run ${script}`)
    for (const [, command = ''] of text.matchAll(/(?:npx |\$ |`)duisgate ([a-z][a-z-]*)\b/g)) {
      t.ok(commands.has(command), `${name}: duisgate ${command}`)
    }
  }
})

t.test(
  'the README names every command, every command below it, and every folder of the source',
  async (t) => {
    const text = page('README.md')
    const cells = [...text.matchAll(/^\| (`duisgate .*?`) \| /gm)].map((found) => found[1] ?? '')
    for (const name of commandNames()) {
      const words = ['duisgate', ...name.split(' ')].map((word) => new RegExp(`(?<![\\w-])${word}(?![\\w-])`))
      t.ok(
        cells.some((cell) => words.every((word) => word.test(cell))),
        name,
      )
    }
    for (const folder of globSync('src/*/', { cwd: ROOT })) t.ok(text.includes(`\`${folder}\``), folder)
  },
)

t.test('docs/README.md leads to every page of docs', async (t) => {
  const text = page('docs/README.md')
  for (const name of globSync('*.md', { cwd: join(ROOT, 'docs') }))
    t.ok(name === 'README.md' || text.includes(`](${name})`), name)
})

t.test('nothing speaks of the machine it was written on', async (t) => {
  const files = globSync(
    ['*.{md,json,yaml}', '.ci/*', '{src,test,docs,bench,bin,scripts,policy}/**/*.{ts,mjs,md,json,yaml,txt}'],
    { cwd: ROOT, exclude: ['**/*.tmp.*'] },
  )
  t.ok(files.length > 100)
  for (const file of files) t.notMatch(page(file), /(?:^|[\s"'`(=:])\/(?:work|root|home)\//m, file)
})
