// What a command loads: a count of files, because time is the machine's.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { COMMANDS } from '../../src/cli/commands.ts'
import { duisgate, duisgateProcess, ROOT } from './run.ts'

/** Prints the address of every module to standard error, and in the end what Node has loaded of its own. */
const WATCH = `import { registerHooks } from 'node:module'
registerHooks({ load(url, context, next) { process.stderr.write('loads ' + url + '\\n'); return next(url, context) } })
process.on('exit', () => process.moduleLoadList.forEach((name) => process.stderr.write('has ' + name + '\\n')))`
const environment = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(WATCH)}` }
const SOURCE = pathToFileURL(join(ROOT, 'src/')).href

const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>
}

/** Paths of our own files below src, and packages that duisgate depends on. */
async function loadedBy(...words: readonly string[]) {
  const { code, stdout, stderr } = await duisgateProcess(words, { environment })
  const urls = stderr.split('\n').flatMap((line) => (line.startsWith('loads ') ? line.slice(6) : []))
  const own = urls.flatMap((url) => (url.startsWith(SOURCE) ? url.slice(SOURCE.length) : []))
  const packages = new Set(urls.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []))
  const hasFetch = stderr.includes('has NativeModule internal/deps/undici')
  return { code, stdout, own, packages: [...packages].filter((name) => name in dependencies), hasFetch }
}

t.test('help and version load the list of commands and none of them', async (t) => {
  for (const word of ['--help', '--version']) {
    const { code, own, packages } = await loadedBy(word)
    t.equal(code, 0)
    t.ok(own.length > 0 && own.length < 10, own.join())
    t.same(packages, ['commander'])
  }
})

t.test('explain of a file loads no store and nothing that listens or sends', async (t) => {
  const { own, packages, stdout } = await loadedBy('explain', 'fixtures/southbound', '--json')
  t.ok(stdout.includes('"verdict":"forward"'))
  t.same(
    own.filter((file) =>
      /^(?:store\/(?:sql|postgres\/postgres)|http1\/|restrictions\/|notices\/)/.test(file),
    ),
    [],
  )
  for (const name of ['fast-xml-parser', 'pg', 'undici', 'hono', 'prom-client', 'pino'])
    t.notOk(packages.includes(name), name)
})

t.test(
  'a process that stays up loads no more than it needs before it has read its configuration',
  async (t) => {
    const atOnce = ['commander', 'pino', 'yaml', 'zod']
    const ofPage = ['@hono/node-server', '@hono/zod-openapi', 'csv-parse', 'hono', 'lru-cache']
    const gateway = await loadedBy('serve', '--config', 'missing.yaml')
    const plane = await loadedBy('control-plane', '--config', 'missing.yaml')
    t.same([gateway.code, plane.code], [2, 2])
    t.same(gateway.packages.sort(), [...atOnce, 'lru-cache', 'prom-client'].sort())
    t.same(plane.packages.sort(), [...atOnce, ...ofPage].sort())
    t.notOk(gateway.hasFetch)
  },
)

t.test('what only reads the configuration loads no reader of messages', async (t) => {
  const words = ['--party', 'SUP-A', '--role', 'supplier', '--name', 'jane', '--config', 'missing.yaml']
  const { code, own, packages } = await loadedBy('token', 'new', ...words)
  t.equal(code, 2)
  t.ok(own.length < 50, own.join())
  t.same(packages.sort(), ['commander', 'yaml', 'zod'])
})

t.test('a command is found by its name, with help of its own and as an argument of help', async (t) => {
  for (const name of Object.keys(COMMANDS)) {
    const [asked, told] = [await duisgate([name, '--help']), await duisgate(['help', name])]
    t.match(asked.stdout, `Usage: duisgate ${name}`)
    t.equal(told.stdout, asked.stdout, name)
    t.ok(asked.stdout.replaceAll(/\s+/g, ' ').includes(COMMANDS[name]?.description ?? '-'), name)
  }
})
