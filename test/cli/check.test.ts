/** `check`: every problem of configuration and table, and exit code 2. */
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SHIPPED_TABLES } from '../../src/config/table-path.ts'
import { duisgate, ROOT, temporaryFolder } from './run.ts'

const folder = temporaryFolder()
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

t.test('the defaults are valid, with a note about what will surprise', async (t) => {
  t.match(await duisgate(['check']), {
    code: 0,
    stdout:
      /^note: northbound has no users and no fallback.*\nok: the configuration and table recommended; \d+ unit tests hold\n$/,
  })
})

t.test('every shipped table is valid', async (t) => {
  for (const table of ['recommended', 'seed-2023-04-literal']) {
    t.match(await duisgate(['check', '--table', table]), { code: 0 }, table)
  }
})

t.test('problems of the configuration and of the table are listed together', async (t) => {
  const text = readFileSync(join(ROOT, 'policy/recommended.yaml'), 'utf8')
  writeFileSync(join(folder, 'table.yaml'), text.replace('action: block', 'action: blok'))
  writeFileSync(join(folder, 'duisgate.yaml'), 'drainMs: soon\nlimit: {}\n')
  const { code, stdout } = await duisgate(
    ['check', '--config', 'duisgate.yaml', '--table', join(folder, 'table.yaml'), '--json'],
    {
      folder,
      environment: { DUISGATE_LOG_LEVEL: 'loud' },
    },
  )
  const { ok, problems } = JSON.parse(stdout) as {
    ok: boolean
    problems: { what: string; where: string; line?: number }[]
  }
  t.match({ code, ok }, { code: 2, ok: false })
  t.equal(problems.filter(({ what }) => what === 'config').length, 3)
  t.ok(problems.some(({ what, line }) => what === 'table' && line !== undefined))
})

t.test('the file named by DUISGATE_CONFIG is read, and --config comes before it', async (t) => {
  writeFileSync(join(folder, 'bad.yaml'), 'drainMs: soon\n')
  writeFileSync(join(folder, 'good.yaml'), 'drainMs: 5\n')
  const environment = { DUISGATE_CONFIG: 'bad.yaml' }
  t.match(await duisgate(['check'], { folder, environment }), {
    code: 2,
    stdout: /config: bad\.yaml: drainMs is "soon"/,
  })
  t.match(await duisgate(['check', '--config', 'good.yaml'], { folder, environment }), { code: 0 })
})

t.test('a configuration or a table that is not there is told', async (t) => {
  t.match(await duisgate(['check', '--config', 'none.yaml']), {
    code: 2,
    stderr: /cannot read the configuration none\.yaml \(there is no such file or folder, ENOENT\)/,
  })
  t.match(await duisgate(['check', '--table', 'none.yaml']), {
    code: 2,
    stdout: /cannot read the table none\.yaml \(there is no such file or folder, ENOENT\)/,
  })
})

t.test(
  'a file that cannot be one is told in words: a folder, an empty one, one that is not UTF-8',
  async (t) => {
    writeFileSync(join(folder, 'empty.yaml'), '')
    writeFileSync(join(folder, 'latin.yaml'), Buffer.from('drainMs: 5\nname: a\xa3b\n', 'latin1'))
    const run = (...words: readonly string[]) => duisgate(['check', ...words], { folder })
    const latin =
      /\(line 2: byte 8 of the line \(19 of the file\) is 0xA3, which is not UTF-8; save the file as UTF-8\)/
    t.match(await run('--config', '.'), {
      code: 2,
      stderr: /configuration \. \(it is a folder, not a file, EISDIR\)/,
    })
    t.match(await run('--config', 'empty.yaml'), {
      code: 2,
      stdout: /config: empty\.yaml: the file is empty/,
    })
    t.match(await run('--config', 'latin.yaml'), { code: 2, stderr: latin })
    t.match(await run('--table', './'), { code: 2, stdout: /cannot read the table .* \(it is a folder/ })
    t.match(await run('--table', join(folder, 'empty.yaml')), {
      code: 2,
      stdout: /table: file: the file is empty/,
    })
    t.match(await run('--table', join(folder, 'latin.yaml')), { code: 2, stdout: latin })
  },
)

t.test('a table by a name that is not shipped is told what is, and how a file is named', async (t) => {
  t.match(await duisgate(['check', '--table', 'mine']), {
    code: 2,
    stdout:
      /no table mine is shipped; give recommended or seed-2023-04-literal, or a file by a path that ends in \.yaml or has a slash: \.\/mine/,
  })
  const shipped = globSync('*.yaml', { cwd: join(ROOT, 'policy') }).map((name) => name.replace('.yaml', ''))
  t.same(shipped.filter((name) => !name.endsWith('.tests')).sort(), [...SHIPPED_TABLES].sort())
})

t.test('unit tests beside a table are run, and one that fails is a problem with its line', async (t) => {
  const table = join(folder, 'own.yaml')
  writeFileSync(table, readFileSync(join(ROOT, 'policy/recommended.yaml')))
  t.match(await duisgate(['check', '--table', table]), {
    code: 0,
    stdout: /note: the table .* has no unit tests beside it/,
  })
  writeFileSync(
    join(folder, 'own.tests.yaml'),
    "tests:\n  - { name: a read passes, given: { srv: '4.8.1', flag: restricted }, expect: { verdict: forward } }\n",
  )
  t.match(await duisgate(['check', '--table', table]), {
    code: 2,
    stdout:
      /^test: a read passes \(line 2\): expected the verdict forward, and it is reject\. .*\n(?:note: .*\n)?1 problem\n$/,
  })
  writeFileSync(
    join(folder, 'own.tests.yaml'),
    'tests:\n  - { name: x, given: { srv: 4.10 }, expect: { verdict: forward } }\n',
  )
  t.match(await duisgate(['check', '--table', table]), {
    code: 2,
    stdout: /^test: tests\.0\.given\.srv \(line 2\): /,
  })
})

t.test('without a table in a file it says where the tables are', async (t) => {
  t.match(await duisgate(['check', '--set', 'table=store']), {
    code: 0,
    stdout: /ok: the configuration and no file of a table: with table: store the tables are in the store/,
  })
})

t.test('--coverage names what no unit test holds, and --missing writes tests that hold it', async (t) => {
  const table = join(folder, 'covered.yaml')
  writeFileSync(table, readFileSync(join(ROOT, 'policy/recommended.yaml')))
  const check = (...words: readonly string[]) => duisgate(['check', '--table', table, ...words], { folder })
  t.match(await check('--coverage', '--missing', 'covered.tests.yaml'), {
    code: 1,
    stdout: /^untested: set-payment-mode, when\.paymentMode: no unit test fails when it is turned round$/m,
    stderr: /^covered\.tests\.yaml: \d+ tests with what the table does today; name each/,
  })
  t.match(await check('--coverage'), { code: 0, stdout: /; \d+ unit tests hold\n$/ })
  const shown = JSON.parse((await check('--coverage', '--json')).stdout)
  t.match(shown, { ok: true, untested: [] })
  writeFileSync(join(folder, 'covered.tests.yaml'), 'tests: []\n')
  t.match(JSON.parse((await check('--coverage', '--json')).stdout), {
    untested: [{ where: /./, part: 'action' }],
  })
  t.match(await check('--coverage', '--missing', 'covered.tests.yaml'), {
    code: 2,
    stderr:
      /cannot write covered\.tests\.yaml \(it is there already, EEXIST\); give a file that is not there yet/,
  })
})
