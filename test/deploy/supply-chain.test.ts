/** What a running gateway is made of beside its own code: row A8 of the test plan, and docs/dependencies.md. */
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { broughtBy, direct, installed, locked } from './dependencies.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Licences that ask for no more than to be named. */
const PERMISSIVE = ['MIT', 'ISC', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause']

t.test('every package of a running gateway has a permissive licence', async (t) => {
  for (const { path, license } of locked.filter(({ isDev }) => !isDev))
    t.ok(PERMISSIVE.includes(license), `${path}: ${license}`)
  const count = `${installed.length} packages, ${direct.length} of them direct`
  t.comment(
    `figure: ${count}, all of them ${[...new Set(installed.map(({ license }) => license))].join(', ')}`,
  )
})

t.test('every locked package has the hash of its archive', async (t) => {
  t.ok(locked.length > 100)
  for (const { path, integrity } of locked) t.match(integrity, /^sha512-/, path)
  t.comment(`figure: ${locked.length} of ${locked.length} locked with a hash`)
})

t.test('no package of a running gateway runs a script when it is installed', async (t) => {
  t.same(
    installed.filter(({ hasScript }) => hasScript).map(({ path }) => path),
    [],
  )
  const image = readFileSync(`${ROOT}Dockerfile`, 'utf8')
  t.match(image, 'npm ci --omit=dev --omit=optional --ignore-scripts')
})

/** `npm sbom --omit=dev` by itself left out pg, yaml and lru-cache, which packages for tests need too. */
t.test('npm run sbom lists every package of a running gateway, and none for tests', async (t) => {
  const script = `${ROOT}scripts/sbom.ts`
  const text = execFileSync(process.execPath, [script], { cwd: ROOT, encoding: 'utf8' })
  const { bomFormat, components } = JSON.parse(text) as { bomFormat: string; components: Component[] }
  t.equal(bomFormat, 'CycloneDX')
  const expected = locked.filter(({ isDev }) => !isDev).map(({ name }) => name)
  t.same(components.map(({ name }) => name).sort(), expected.sort())
  for (const { name, hashes, licenses } of components) t.ok(hashes?.length && licenses?.length, name)
  t.comment(`figure: ${components.length} components in the CycloneDX document, optional ones among them`)
})

interface Component {
  readonly name: string
  readonly hashes?: readonly unknown[]
  readonly licenses?: readonly unknown[]
}

t.test('docs/dependencies.md has every direct dependency, its licence and what it brings', async (t) => {
  const page = readFileSync(`${ROOT}docs/dependencies.md`, 'utf8')
  const rows = [...page.matchAll(/^\| \[?`?(@?[\w/-]+)`?[^|]*\| ([\w.-]+) \| (\d+) \| (\S[^|]*) \|$/gm)]
  t.same(rows.map(([, name]) => name).sort(), [...direct].sort())
  for (const [, name = '', license, brings] of rows) {
    t.equal(license, locked.find((one) => one.path === `node_modules/${name}`)?.license, name)
    t.equal(Number(brings), broughtBy(name).length, `${name} brings ${broughtBy(name).join(', ')}`)
  }
  t.match(page, `${installed.length} packages`)
})

t.test('every direct dependency is used by the product', async (t) => {
  const sources = globSync('{src,bin}/**/*.{ts,mjs}', { cwd: ROOT })
  const text = sources.map((file) => readFileSync(`${ROOT}${file}`, 'utf8')).join('\n')
  for (const name of direct) t.match(text, new RegExp(`['"\`(]${name}['"\`/]`), name)
})

t.test('nothing under GPL is imported by the product', async (t) => {
  const copyleft = locked.filter(({ license }) => /GPL/.test(license)).map(({ name }) => name)
  t.ok(copyleft.length > 0, 'the tests use some')
  for (const file of globSync('{src,bin}/**/*.{ts,mjs}', { cwd: ROOT })) {
    const text = readFileSync(`${ROOT}${file}`, 'utf8')
    for (const name of copyleft) t.notMatch(text, new RegExp(`from '${name}['/]`), `${file}: ${name}`)
  }
})
